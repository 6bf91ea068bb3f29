import Observatory

/// The ranges of one stream over all episodes: as a whole, and of each dimension.
public struct StreamRange: Hashable, Sendable, Encodable {
    /// Dimensions beyond which only the whole is told.
    static let widthLimit = 256
    /// Dimensions beyond which people are shown only the whole.
    private static let shownWidth = 16

    /// Path below an episode, such as `actions` or `obs/agent_pos`; in other files the path with numbers as `#`.
    public let stream: String
    public private(set) var whole = ValueRange()
    /// One for each number of a row; empty when rows differ in width, are single numbers or very wide.
    public private(set) var dimensions: [ValueRange]

    init(stream: String, width: Int) {
        self.stream = stream
        dimensions = [ValueRange](repeating: ValueRange(), count: width > Self.widthLimit ? 0 : width)
    }

    /// Takes in rows of `width` numbers.
    mutating func add(_ values: [Double], width: Int) {
        if width != dimensions.count { dimensions = [] }
        guard !dimensions.isEmpty else {
            for value in values { whole.add(value) }
            return
        }
        var block = [ValueRange](repeating: ValueRange(), count: width)
        var dimension = 0
        for value in values {
            block[dimension].add(value)
            dimension = dimension + 1 == width ? 0 : dimension + 1
        }
        for (place, range) in block.enumerated() {
            dimensions[place].merge(range)
            whole.merge(range)
        }
    }

    /// A table of streams and their dimensions.
    static func table(_ ranges: [StreamRange], names: [String: [String]] = [:]) -> [String] {
        var table = TextTable(["stream", "min", "max", "mean", "not finite"], numeric: [1, 2, 3, 4])
        func add(_ label: String, _ range: ValueRange) {
            func text(_ value: Double?) -> String { value.map(HumanText.number) ?? "-" }
            table.append([
                label, text(range.least), text(range.greatest), text(range.mean),
                range.notFinite > 0 ? "\(range.notFinite)" : "",
            ])
        }
        for range in ranges {
            guard (2...shownWidth).contains(range.dimensions.count) else {
                let width = range.dimensions.count > 1 ? " (\(range.dimensions.count) dimensions)" : ""
                add(range.stream + width, range.whole)
                continue
            }
            for (place, dimension) in range.dimensions.enumerated() { add("\(range.stream)[\(place)]", dimension) }
        }
        return table.isEmpty ? [] : table.withoutEmptyColumns.lines()
    }
}
