/// Many pictures on one, in a grid with captions.
public struct ContactSheet: Sendable {
    /// One picture and what is written below it.
    public struct Cell: Sendable {
        public let image: PixelImage
        public let caption: String

        public init(_ image: PixelImage, caption: String = "") {
            self.image = image
            self.caption = caption
        }
    }

    /// Pixels between cells and around the sheet.
    public var gap = 6
    /// Every picture's pixels become squares of this side.
    public var scale = 1
    public var background = PixelColor.white
    public var ink = PixelColor(red: 60, green: 60, blue: 60)
    /// Rows of cells; rows may differ in length.
    public var rows: [[Cell]]

    /// What is written above each row; rows beyond the last heading have none.
    public var headings: [String] = []

    /// A sheet of given rows.
    public init(rows: [[Cell]]) { self.rows = rows }

    /// A sheet that starts a new row after `columns` cells.
    public init(_ cells: [Cell], columns: Int) {
        precondition(columns > 0)
        rows = stride(from: 0, to: cells.count, by: columns).map { Array(cells[$0..<min($0 + columns, cells.count)]) }
    }

    /// The picture of the whole sheet; one pixel when there are no cells.
    public func image() -> PixelImage {
        let cellWidth = rows.joined().map { $0.image.width * scale }.max() ?? 0
        guard cellWidth > 0 else { return PixelImage(width: 1, height: 1, color: background) }
        let columns = rows.map(\.count).max() ?? 0
        func heading(_ row: Int) -> String { row < headings.count ? headings[row] : "" }
        let headingHeights = rows.indices.map { heading($0).isEmpty ? 0 : BitmapFont.height + 5 }
        let heights = rows.map { row in
            let picture = row.map { $0.image.height * scale }.max() ?? 0
            return picture + (row.contains { !$0.caption.isEmpty } ? BitmapFont.height + 4 : 0)
        }
        var sheet = PixelImage(
            width: gap + columns * (cellWidth + gap),
            height: gap + (heights + headingHeights).reduce(0, +) + gap * rows.count,
            color: background)
        var top = gap
        for (place, (row, height)) in zip(rows, heights).enumerated() {
            sheet.draw(text: heading(place), x: gap, y: top, color: ink)
            top += headingHeights[place]
            for (column, cell) in row.enumerated() {
                let left = gap + column * (cellWidth + gap)
                sheet.draw(scale == 1 ? cell.image : cell.image.enlarged(by: scale), x: left, y: top)
                let room = cellWidth / BitmapFont.advance
                sheet.draw(
                    text: String(cell.caption.prefix(room)), x: left, y: top + cell.image.height * scale + 3, color: ink
                )
            }
            top += height + gap
        }
        return sheet
    }
}
