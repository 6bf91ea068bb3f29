import Determinism

/// Which samples share a row of a leaf: windows shorter than the context stand one behind the other and do not see each other.
///
/// A pure function of the lengths and the seed. Every sample that has a target stands in exactly one row.
public struct SamplePacking: Sendable {
    /// The samples of each row in the order in which they stand, the longest first.
    public let rows: [[Int]]
    /// The rows of each source; samples of two sources never share one.
    public let sourceRows: [Range<Int>]

    /// Packs samples into rows of `context` places, each into the fullest row that still has room; longer samples come first, and equal
    /// ones in an order drawn from `seed`.
    ///
    /// - Parameter lengths: inputs of each sample, at most `context`; one without inputs is left out.
    /// - Complexity: O(samples · (context + log samples)).
    /// - Source: best fit decreasing, which needs at most 11/9 of the fewest rows (Johnson et al., SIAM J. Comput. 3, 1974).
    public init(lengths: [Int], context: Int, seed: UInt64) {
        precondition(lengths.allSatisfy { 0...context ~= $0 }, "samples of more than \(context) inputs")
        let field = RandomField(seed: seed, purpose: RandomPurpose("train.packing"))
        let order = KeyedPermutation(count: max(1, lengths.count), field: field, epoch: 0)
        let sorted = lengths.indices.map { order[$0] }.enumerated()
            .sorted { (lengths[$1.element], $0.offset) < (lengths[$0.element], $1.offset) }.map(\.element)
        var rows: [[Int]] = []
        // Rows by the places that they have left.
        var open = [[Int]](repeating: [], count: context + 1)
        for sample in sorted where lengths[sample] > 0 {
            let length = lengths[sample]
            let room = (length...context).first { !open[$0].isEmpty }
            let row: Int
            if let room {
                row = open[room].removeLast()
                rows[row].append(sample)
            } else {
                row = rows.count
                rows.append([sample])
            }
            open[(room ?? context) - length].append(row)
        }
        self.rows = rows
        sourceRows = [rows.indices]
    }

    /// Packs the samples of a table, each source's by themselves.
    ///
    /// - Parameter sources: the samples of each source, one behind the other; all of one source when absent.
    /// - Throws: ``TrainingError`` when no sample of a source has two tokens.
    public init(_ table: SampleTable, of corpus: TokenCorpus, seed: UInt64, sources: [Range<Int>]? = nil) throws {
        let lengths = table.samples.map {
            $0.tokenPositions(in: corpus.documents[$0.document], limit: table.context + 1).count - 1
        }
        var rows: [[Int]] = []
        var sourceRows: [Range<Int>] = []
        for source in sources ?? [table.samples.indices] {
            let packed = SamplePacking(lengths: Array(lengths[source]), context: table.context, seed: seed).rows
            guard !packed.isEmpty else {
                throw TrainingError(
                    .unusableData, "no episode has two tokens, so nothing can be predicted; check the tokenizers")
            }
            sourceRows.append(rows.count..<rows.count + packed.count)
            rows += packed.map { row in row.map { source.lowerBound + $0 } }
        }
        (self.rows, self.sourceRows) = (rows, sourceRows)
    }
}
