/// How the rows of a leaf divide into documents: runs of rows that see each other and nothing else.
public struct DocumentRows: Hashable, Sendable {
    /// The first row of every document, ascending, and behind them the number of rows.
    let bounds: [Int]
    /// The place of every row in its document.
    public let positions: [UInt32]
    /// Rows of the longest document.
    public let longest: Int

    /// Documents that begin at `starts` and together are the rows `0..<rows`.
    ///
    /// - Precondition: `starts` ascend from 0 and are below `rows`; both are empty or neither is.
    public init(starts: [Int], rows: Int) {
        precondition(
            starts.first ?? rows == 0 && zip(starts, starts.dropFirst()).allSatisfy { $0 < $1 }
                && starts.last ?? -1 < rows, "documents at \(starts.prefix(8)) of \(rows) rows")
        bounds = starts + [rows]
        var positions: [UInt32] = []
        positions.reserveCapacity(rows)
        for (start, end) in zip(bounds, bounds.dropFirst()) { positions += 0..<UInt32(end - start) }
        self.positions = positions
        longest = zip(bounds, bounds.dropFirst()).map { $1 - $0 }.max() ?? 0
    }

    /// Every sequence one document.
    public init(sequences: Int, length: Int) {
        self.init(starts: (0..<sequences).map { $0 * length }, rows: sequences * length)
    }

    /// How many documents there are.
    public var count: Int { bounds.count - 1 }
    /// Rows of all documents.
    public var rows: Int { positions.count }
}
