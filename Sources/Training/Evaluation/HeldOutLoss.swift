public import Kernels
public import Modeling
public import Ranks

/// The loss on held-out documents, in windows that count every step once.
///
/// Leaves are divided among the ranks of a gang and added in their order, so the figures do not depend on the ranks.
public struct HeldOutLoss: Sendable {
    private let builder: LeafBuilder
    /// Sample numbers of each leaf.
    private let leaves: [[Int]]

    /// Cuts held-out documents into leaves of `rows` windows.
    ///
    /// - Parameter windows: at most so many windows are taken, spaced evenly.
    public init(_ corpus: TokenCorpus, context: Int, windows: Int, rows: Int) throws {
        let table = try SampleTable(corpus, context: context, spacing: .disjoint)
        builder = LeafBuilder(corpus: corpus, table: table)
        let count = min(max(1, windows), table.samples.count)
        let chosen = (0..<count).map { $0 * table.samples.count / count }
        leaves = stride(from: 0, to: count, by: rows).map { Array(chosen[$0..<min($0 + rows, count)]) }
    }

    /// The loss of all leaves; every rank of the gang calls it and gets the same.
    public func evaluate(_ model: Transformer, weights: FloatBuffer, gang: any Gang) throws -> LeafLoss {
        var report = LeafReport()
        do {
            for leaf in GradientTree.run(of: gang.rank, among: gang.count, leaves: leaves.count) {
                report.losses.append(try model.loss(of: builder.leaf(leaves[leaf]), weights: weights))
            }
        } catch {
            report.failure = "validation: \(error)"
        }
        return try LeafReport.total(report, gang)
    }
}
