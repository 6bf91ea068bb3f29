import Pictures

/// Rows of a contact sheet, each with a heading above it.
struct SheetRows {
    /// Frames in a row.
    static let frames = 8
    /// Rows of one sheet.
    static let rows = 24
    /// Pixels a frame is at least wide, so that its caption can be read.
    private static let leastWidth = 96

    private var cells: [[ContactSheet.Cell]] = []
    private var headings: [String] = []

    /// Appends a row; one without frames is left out.
    mutating func add(_ heading: String, _ row: [ContactSheet.Cell]) {
        guard !row.isEmpty else { return }
        cells.append(row)
        headings.append(heading)
    }

    /// The sheet; `nil` without rows.
    var sheet: ContactSheet? {
        guard let widest = cells.joined().map(\.image.width).max() else { return nil }
        var sheet = ContactSheet(rows: cells)
        sheet.headings = headings
        sheet.scale = max(1, (Self.leastWidth + widest - 1) / widest)
        return sheet
    }
}
