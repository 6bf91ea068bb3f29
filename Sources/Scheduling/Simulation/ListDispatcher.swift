import Determinism
import HeapModule

/// Starts ready units in a policy's order, each on one rank by the policy's placement rule.
///
/// - Complexity: O(log ready units) a start; with ``PlacementRule/earliestFinish`` also O(ranks) for every unit that is looked at.
public struct ListDispatcher<Estimates: RunEstimates>: Dispatcher {
    private struct Entry: Comparable {
        let priority: Double
        let tie: Int
        let unit: Int

        static func < (left: Entry, right: Entry) -> Bool {
            left.priority == right.priority ? left.tie > right.tie : left.priority < right.priority
        }
    }

    private let policy: any SchedulingPolicy
    private let workload: Workload
    private var priorities: [Double]
    /// What is believed of durations now.
    public private(set) var estimates: Estimates
    private var version: Int
    private var ready = Heap<Entry>()
    private var readyCount = 0
    /// How often the order was found again, and how many units have ended since.
    private var orderCount = 0
    private var finishedSinceOrder = 0
    private var random: RandomWords
    /// How much a unit's own uncertainty counts for faster ranks: its seconds weigh e to this times the deviation of their logarithm.
    ///
    /// A unit that may turn out long does most harm on a slow rank. Measured on mixed ranks: less than 0.25 or more than 0.75 is worse.
    private static var riskAversion: Double { 0.5 }

    /// - Parameter seed: chooses among idle ranks where the policy takes any.
    public init(_ workload: Workload, policy: any SchedulingPolicy, estimates: Estimates, seed: UInt64 = 0) {
        self.policy = policy
        self.workload = workload
        self.estimates = estimates
        version = estimates.version
        priorities = []
        random = RandomField(seed: seed, purpose: RandomPurpose("simulator.placement")).stream()
        order()
    }

    private mutating func order() {
        let seconds = (0..<workload.count).map(estimates.seconds)
        priorities = policy.priorities(workload.precedence, predictedSeconds: seconds)
        version = estimates.version
        orderCount += 1
        finishedSinceOrder = 0
        ready = Heap(ready.unordered.map { Entry(priority: priorities[$0.unit], tie: $0.tie, unit: $0.unit) })
    }

    public mutating func becameReady(_ unit: Int, in cluster: Cluster) {
        estimates.becameReady(unit)
        readyCount += 1
        ready.insert(
            Entry(priority: priorities[unit], tie: policy.ties == .position ? unit : readyCount, unit: unit))
    }

    public mutating func started(_ unit: Int, ranks: [Int], in cluster: Cluster) {
        guard let rank = ranks.first else { return }
        estimates.started(unit, at: cluster.computingSince[rank], rate: cluster.rate(of: unit, on: rank))
    }

    public mutating func finished(_ unit: Int, seconds: Double?, in cluster: Cluster) {
        estimates.finished(unit, seconds: seconds)
        finishedSinceOrder += 1
    }

    /// What the first units teach moves much, later ones little: finding the order each time would cost the square of the units.
    private var isOrderOld: Bool {
        estimates.version != version && (orderCount < 100 || finishedSinceOrder * 200 >= workload.count)
    }

    public mutating func decide(in cluster: Cluster) -> [SimulatedDecision] {
        guard !cluster.idleRanks.isEmpty, !ready.isEmpty else { return [] }
        estimates.timePassed(to: cluster.now)
        if policy.readsPredictions, isOrderOld { order() }
        switch policy.placement {
        case .any: return startAny(cluster.idleRanks)
        case .fastest:
            let ranks = cluster.idleRanks.sorted { cluster.speeds[$0] > cluster.speeds[$1] }
            return zip(ranks, 0..<min(ranks.count, ready.count)).compactMap { rank, _ in
                ready.popMax().map { .start(unit: $0.unit, ranks: [rank]) }
            }
        case .earliestFinish: return startWhereEarliest(cluster)
        }
    }

    private mutating func startAny(_ idle: [Int]) -> [SimulatedDecision] {
        var idle = idle
        var decisions: [SimulatedDecision] = []
        while !idle.isEmpty, let entry = ready.popMax() {
            let place = idle.count == 1 ? 0 : random.index(below: idle.count)
            decisions.append(.start(unit: entry.unit, ranks: [idle.remove(at: place)]))
        }
        return decisions
    }

    /// Looks at ready units in order; each takes the rank where it ends first, in thought also a busy one.
    private mutating func startWhereEarliest(_ cluster: Cluster) -> [SimulatedDecision] {
        guard cluster.hasTransfers else { return startOnClasses(cluster) }
        var free = (0..<cluster.rankCount).map { cluster.secondsUntilFree($0, estimates) ?? .infinity }
        var isTaken = [Bool](repeating: true, count: free.count)
        for rank in cluster.idleRanks { isTaken[rank] = false }
        var idleCount = cluster.idleRanks.count
        var waiting: [Entry] = []
        var decisions: [SimulatedDecision] = []
        let limit = 64 * cluster.rankCount
        while idleCount > 0, waiting.count < limit, let entry = ready.popMax() {
            let seconds = estimates.seconds(entry.unit)
            let weighed = seconds * ExactMath.exp(Self.riskAversion * estimates.deviation(entry.unit))
            var best = -1
            var bestEnd = Double.infinity
            for rank in free.indices {
                var end = free[rank] + weighed / cluster.speeds[rank]
                if end >= bestEnd { continue }
                end += cluster.fetchSeconds(entry.unit, to: rank)
                if end < bestEnd { (best, bestEnd) = (rank, end) }
            }
            guard best >= 0 else {
                waiting.append(entry)
                break
            }
            if isTaken[best] {
                waiting.append(entry)
                free[best] += seconds / cluster.speeds[best]
            } else {
                decisions.append(.start(unit: entry.unit, ranks: [best]))
                isTaken[best] = true
                idleCount -= 1
                free[best] += seconds / cluster.speeds[best]
            }
        }
        for entry in waiting { ready.insert(entry) }
        return decisions
    }

    /// A rank and when it is expected to be free.
    private struct Place: Comparable {
        var free: Double
        let rank: Int
        static func < (left: Place, right: Place) -> Bool {
            left.free == right.free ? left.rank < right.rank : left.free < right.free
        }
    }

    /// The same where moving costs nothing: of the ranks of one speed only the one that is free first needs to be looked at, and busy ones
    /// only where a faster rank may be worth waiting for.
    ///
    /// - Complexity: O(speeds + log ranks) for every unit that is looked at.
    private mutating func startOnClasses(_ cluster: Cluster) -> [SimulatedDecision] {
        var decisions: [SimulatedDecision] = []
        if cluster.speedClasses.count == 1 {
            for rank in cluster.idleRanks {
                guard let entry = ready.popMax() else { break }
                decisions.append(.start(unit: entry.unit, ranks: [rank]))
            }
            return decisions
        }
        var isTaken = [Bool](repeating: true, count: cluster.rankCount)
        var slowest = Double.infinity
        for rank in cluster.idleRanks {
            isTaken[rank] = false
            slowest = min(slowest, cluster.speeds[rank])
        }
        // No unit waits for a rank that is slower than an idle one.
        let classes = cluster.speedClasses.prefix { $0.speed >= slowest }
        var heaps = classes.map { place in
            Heap(
                place.ranks.map { rank in
                    Place(
                        free: isTaken[rank] ? cluster.secondsUntilFree(rank, estimates) ?? .infinity : 0, rank: rank)
                })
        }
        var idleCount = cluster.idleRanks.count
        var waiting: [Entry] = []
        let limit = 64 * cluster.rankCount
        while idleCount > 0, waiting.count < limit, let entry = ready.popMax() {
            let seconds = estimates.seconds(entry.unit)
            let weighed = seconds * ExactMath.exp(Self.riskAversion * estimates.deviation(entry.unit))
            var best = -1
            var bestEnd = Double.infinity
            var bestRank = Int.max
            for (place, heap) in heaps.enumerated() {
                guard let first = heap.min else { continue }
                let end = first.free + weighed / classes[place].speed
                if end < bestEnd || (end == bestEnd && first.rank < bestRank && end < .infinity) {
                    (best, bestEnd, bestRank) = (place, end, first.rank)
                }
            }
            guard best >= 0, var place = heaps[best].min else {
                waiting.append(entry)
                break
            }
            if isTaken[place.rank] {
                waiting.append(entry)
            } else {
                decisions.append(.start(unit: entry.unit, ranks: [place.rank]))
                isTaken[place.rank] = true
                idleCount -= 1
            }
            place.free += seconds / classes[best].speed
            heaps[best].replaceMin(with: place)
        }
        for entry in waiting { ready.insert(entry) }
        return decisions
    }
}
