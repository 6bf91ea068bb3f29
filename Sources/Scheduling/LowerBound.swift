import HeapModule

/// A time below which no schedule of a workload can end, with the reason that proves it.
public struct LowerBound: Hashable, Sendable, Codable {
    /// What the run cannot be faster than.
    public enum Reason: String, Hashable, Sendable, Codable, CaseIterable {
        /// The longest path, on the fastest rank.
        case criticalPath = "critical path"
        /// All work, on all ranks together.
        case area
        /// Some units cannot start before a time and have a path behind them; their work lies between.
        case headAreaTail = "head-area-tail"
        /// On identical ranks one of them must run several of the longest units, perhaps between a head and a tail.
        case pigeonhole
    }

    public let seconds: Double
    public let reason: Reason

    /// The greatest of all bounds for units of one rank each.
    ///
    /// - Parameters:
    ///   - seconds: on a rank of speed 1.
    ///   - speeds: of all ranks; positive, not empty.
    /// - Complexity: O(*n* log *n* + *n* × least(*n*, 10⁷ / *n*)).
    public init(seconds: [Double], precedence: Precedence, speeds: [Double]) {
        self.init(
            areas: seconds, shortest: seconds, precedence: precedence, runsOnOneRank: true, speeds: speeds)
    }

    /// The greatest of all bounds for units that may use several identical ranks.
    ///
    /// A unit is on a path for the time it takes on the most ranks, and costs the area it has on one, which is the least.
    public init(workload: Workload, speeds: [Double]) {
        guard !workload.gangs.isEmpty else {
            self.init(seconds: workload.seconds, precedence: workload.precedence, speeds: speeds)
            return
        }
        let shortest = workload.seconds.indices.map { unit in
            let gang = workload.gangs[unit]
            return workload.seconds[unit] * gang.share(ranks: min(gang.maximumRanks, speeds.count))
        }
        self.init(
            areas: workload.seconds, shortest: shortest, precedence: workload.precedence, runsOnOneRank: false,
            speeds: speeds)
    }

    /// The greatest of all bounds for units that may use several of `ranks` identical ranks.
    ///
    /// - Parameters:
    ///   - areas: for each unit the least of ranks times seconds.
    ///   - shortest: for each unit the least seconds.
    public init(areas: [Double], shortest: [Double], precedence: Precedence, ranks: Int) {
        self.init(
            areas: areas, shortest: shortest, precedence: precedence, runsOnOneRank: areas == shortest,
            speeds: Array(repeating: 1, count: ranks))
    }

    /// - Parameters:
    ///   - areas: least work of each unit, in seconds of a rank of speed 1.
    ///   - shortest: least time of each unit, at speed 1.
    private init(
        areas: [Double], shortest: [Double], precedence: Precedence, runsOnOneRank: Bool, speeds: [Double]
    ) {
        let heads = precedence.heads(shortest)
        let tails = precedence.tails(shortest)
        let after = tails.indices.map { max(0, tails[$0] - shortest[$0]) }
        let fastest = speeds.reduce(0) { max($0, $1) }
        let total = speeds.reduce(0, +)
        var best = (seconds: tails.reduce(0) { max($0, $1) } / fastest, reason: Reason.criticalPath)
        func offer(_ seconds: Double, _ reason: Reason) {
            // Sums in another order differ in the last bits, which is no better bound.
            if seconds > best.seconds * (1 + 1e-12) { best = (seconds, reason) }
        }
        offer(areas.reduce(0, +) / total, .area)
        offer(
            Self.headAreaTail(areas: areas, heads: heads, after: after, fastest: fastest, total: total),
            .headAreaTail)
        if runsOnOneRank, speeds.allSatisfy({ $0 == speeds[0] }) {
            offer(Self.pigeonhole(areas, ranks: speeds.count) / fastest, .pigeonhole)
            let between = Self.headPigeonholeTail(areas, heads: heads, after: after, ranks: speeds.count)
            offer(between / fastest, .pigeonhole)
        }
        seconds = best.seconds
        reason = best.reason
    }

    /// For every set of units that start after one time and have another behind them: both and the work between.
    ///
    /// Source: Carlier, "The one-machine sequencing problem", EJOR 11 (1982), with all ranks as one machine of their total speed.
    private static func headAreaTail(
        areas: [Double], heads: [Double], after: [Double], fastest: Double, total: Double
    ) -> Double {
        let byAfter = areas.indices.sorted { (after[$0], $0) > (after[$1], $1) }
        var best = 0.0
        for start in starts(heads) {
            var work = 0.0
            for unit in byAfter where heads[unit] >= start {
                work += areas[unit]
                best = max(best, (start + after[unit]) / fastest + work / total)
            }
        }
        return best
    }

    /// The times before which some units cannot start; in large graphs some of them, so that planning stays quick.
    private static func starts(_ heads: [Double]) -> [Double] {
        let distinct = Set(heads).sorted()
        let most = max(128, 10_000_000 / heads.count)
        return stride(from: 0, to: distinct.count, by: max(1, (distinct.count + most - 1) / most)).map { distinct[$0] }
    }

    /// Two of any P + 1 units share a rank, after the least of their heads and before the least of what follows them.
    private static func headPigeonholeTail(
        _ seconds: [Double], heads: [Double], after: [Double], ranks: Int
    ) -> Double {
        let byAfter = seconds.indices.sorted { (after[$0], $0) > (after[$1], $1) }
        var best = 0.0
        for start in starts(heads) {
            // The P + 1 longest units so far, and the two least of them together.
            var longest = Heap<Double>()
            var pair = 0.0
            for unit in byAfter where heads[unit] >= start {
                if longest.count > ranks {
                    guard let least = longest.min, seconds[unit] > least else { continue }
                    longest.removeMin()
                }
                longest.insert(seconds[unit])
                guard longest.count > ranks else { continue }
                let least = longest.removeMin()
                pair = least + (longest.min ?? 0)
                longest.insert(least)
                best = max(best, start + pair + after[unit])
            }
        }
        return best
    }

    /// Of the k P + 1 longest units some rank runs k + 1, at the least the shortest of them.
    private static func pigeonhole(_ seconds: [Double], ranks: Int) -> Double {
        let sorted = seconds.sorted(by: >)
        var best = 0.0
        var most = 1
        while most * ranks < sorted.count {
            let last = most * ranks
            best = max(best, sorted[(last - most)...last].reduce(0, +))
            most += 1
        }
        return best
    }
}
