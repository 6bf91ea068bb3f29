/// How many leaves of a step each rank computes, by the speed that was measured of it: contiguous runs, in rank order.
///
/// Every rank is given the same measurements and comes to the same runs. What a run holds has no part in the bits.
package struct LeafSpeeds: Sendable {
    /// So much of the longest rank's time must be gained before leaves move: clocks are not exact, and a rank's memory is warm.
    static let leastGain = 0.05
    /// What the newest step counts in the running mean.
    static let weight = 0.25

    private let leaves: Int
    /// Seconds an operation of each rank, a running mean; `nil` before it was measured.
    private var costs: [Double?]
    private var isFirst = true
    /// The leaves of each rank.
    package private(set) var runs: [Range<Int>]

    /// Equal runs.
    package init(ranks: Int, leaves: Int) {
        self.leaves = leaves
        costs = Array(repeating: nil, count: ranks)
        runs = (0..<ranks).map { GradientTree.run(of: $0, among: ranks, leaves: leaves) }
    }

    /// Takes in what a step took each rank.
    ///
    /// - Parameter step: of each rank, the time of its leaves and the model's operations in them.
    /// - Returns: whether runs are others from now on.
    package mutating func note(_ step: [(seconds: Double, operations: Double)]) -> Bool {
        // With fewer leaves than ranks no rank has two; the first step is spent on new memory.
        guard leaves >= costs.count, costs.count > 1 else { return false }
        guard !isFirst else {
            isFirst = false
            return false
        }
        for (rank, taken) in step.enumerated() where taken.operations > 0 && taken.seconds > 0 {
            let cost = taken.seconds / taken.operations
            costs[rank] = costs[rank].map { $0 + Self.weight * (cost - $0) } ?? cost
        }
        let known = costs.compactMap(\.self)
        guard known.count == costs.count else { return false }
        let counts = Self.counts(leaves: leaves, costs: known)
        func longest(_ counts: [Int]) -> Double { zip(counts, known).map { Double($0) * $1 }.max() ?? 0 }
        guard longest(counts) < (1 - Self.leastGain) * longest(runs.map(\.count)) else { return false }
        var next = 0
        runs = counts.map { count in
            defer { next += count }
            return next..<next + count
        }
        return true
    }

    /// At least one leaf for each rank, so that the longest takes as short as it can.
    ///
    /// Each further leaf goes to the rank that would be done with it first, the lower one of equals.
    package static func counts(leaves: Int, costs: [Double]) -> [Int] {
        precondition(leaves >= costs.count, "a leaf for each rank")
        var counts = costs.map { _ in 1 }
        for _ in costs.count..<leaves {
            var best = 0
            for rank in costs.indices
            where Double(counts[rank] + 1) * costs[rank] < Double(counts[best] + 1) * costs[best] {
                best = rank
            }
            counts[best] += 1
        }
        return counts
    }
}
