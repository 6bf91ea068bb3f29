/// A table for terminals: columns as wide as their widest cell, numbers to the right.
public struct TextTable: Sendable {
    /// One column.
    public struct Column: Sendable {
        let title: String
        let isRight: Bool

        public init(_ title: String, right: Bool = false) {
            self.title = title
            isRight = right
        }
    }

    private let columns: [Column]
    private var rows: [[String]] = []

    /// An empty table.
    public init(_ columns: [Column]) { self.columns = columns }

    /// An empty table of columns with these titles; those at the positions in `numeric` are flush right, as numbers are read.
    public init(_ titles: [String], numeric: Set<Int> = []) {
        self.init(titles.enumerated().map { Column($1, right: numeric.contains($0)) })
    }

    /// Whether no row was appended.
    public var isEmpty: Bool { rows.isEmpty }

    /// The table without columns whose cells are all empty.
    public var withoutEmptyColumns: TextTable {
        let kept = columns.indices.filter { column in rows.contains { !$0[column].isEmpty } }
        var table = TextTable(kept.map { columns[$0] })
        for row in rows { table.append(kept.map { row[$0] }) }
        return table
    }

    /// Appends a row.
    ///
    /// - Precondition: one cell per column.
    public mutating func append(_ cells: [String]) {
        precondition(cells.count == columns.count)
        rows.append(cells)
    }

    /// The lines, without trailing spaces; the first is the header.
    public func lines() -> [String] {
        let widths = columns.indices.map { column in
            rows.reduce(columns[column].title.count) { max($0, $1[column].count) }
        }
        func line(_ cells: [String]) -> String {
            var text = ""
            for (column, cell) in cells.enumerated() {
                if column > 0 { text += "  " }
                text += HumanText.fit(cell, widths[column], right: columns[column].isRight)
            }
            while text.last == " " { text.removeLast() }
            return text
        }
        return [line(columns.map(\.title))] + rows.map(line)
    }
}
