import Determinism
import Sites

/// Rents the cheapest ranks with which a run is expected to keep its deadline, and others when it is late.
///
/// Every few minutes of the run it schedules what is left, in thought, on some choices of ranks near the present one: with every unit as long
/// as the deadline can bear it to be. The cheapest choice that is in time is taken; when none is, the cheapest that is in time if units
/// take what is expected, else the fastest. Ranks that are not in the choice finish their unit and are given back.
///
/// - Complexity: a look is O(choices × units × ranks); there are at most ``looks`` of them, and one after every interruption.
public struct DeadlineDispatcher<Estimates: RunEstimates>: Dispatcher {
    private let workload: Workload
    private var estimates: Estimates
    private let deadline: Double
    /// Ranks of each pool that are in use; `nil` before the first look.
    private var choice: [Int]?
    private var isAllowed: [Bool] = []
    private var ready: [Int] = []
    private var isDone: [Bool]
    private var priorities: [Double]
    private var version: Int
    private var nextLook = 0.0
    private var nextWake = -1.0
    /// Part of the deadline that is kept for what nobody foresees.
    private let reserve: Double
    /// Deviations by which units are taken to be longer than expected.
    private let caution: Double

    private var looks: Double { 60 }

    public init(
        _ workload: Workload, deadlineSeconds: Double, estimates: Estimates, caution: Double = 0.5,
        reserve: Double = 0.03
    ) {
        self.workload = workload
        self.estimates = estimates
        deadline = deadlineSeconds
        self.caution = caution
        self.reserve = reserve
        isDone = Array(repeating: false, count: workload.count)
        version = estimates.version
        priorities = workload.precedence.tails((0..<workload.count).map(estimates.seconds))
    }

    public mutating func becameReady(_ unit: Int, in cluster: Cluster) {
        estimates.becameReady(unit)
        ready.append(unit)
    }

    public mutating func started(_ unit: Int, ranks: [Int], in cluster: Cluster) {
        guard let rank = ranks.first else { return }
        estimates.started(unit, at: cluster.computingSince[rank], rate: cluster.rate(of: unit, on: rank))
    }

    public mutating func finished(_ unit: Int, seconds: Double?, in cluster: Cluster) {
        estimates.finished(unit, seconds: seconds)
        if seconds == nil { nextLook = cluster.now } else { isDone[unit] = true }
    }

    public mutating func decide(in cluster: Cluster) -> [SimulatedDecision] {
        estimates.timePassed(to: cluster.now)
        if estimates.version != version {
            version = estimates.version
            priorities = workload.precedence.tails((0..<workload.count).map(estimates.seconds))
        }
        var decisions: [SimulatedDecision] = []
        if cluster.now >= nextLook || choice == nil {
            look(cluster)
            nextLook = cluster.now + min(deadline, 1e9) / looks
            decisions += opening(cluster)
        }
        decisions += starting(cluster)
        if nextWake <= cluster.now {
            nextWake = nextLook
            decisions.append(.wake(afterSeconds: max(1e-3, nextLook - cluster.now)))
        }
        return decisions
    }

    // MARK: Which ranks

    /// One rank in thought.
    private struct Rank {
        var free: Double
        let speed: Double
        let price: Double
        /// Seconds that are paid from now on beside those from here to its last unit.
        let startup: Double
        let isOpen: Bool
        /// Mean seconds between interruptions, and what one costs beside the unit's work.
        let interruption: Double?
        let outage: Double
        var firstStart = Double.infinity
        var lastEnd = 0.0
    }

    /// The ranks of a pool, those in use first.
    private func preferred(_ pool: Int, _ cluster: Cluster) -> [Int] {
        func order(_ rank: Int) -> Int {
            switch cluster.occupations[rank] {
            case .running: 0
            case .idle: 1
            case .starting: 2
            case .closed: 3
            case .away: 4
            }
        }
        return (0..<cluster.rankCount).filter { cluster.poolOfRank[$0] == pool }
            .sorted { (order($0), $0) < (order($1), $1) }
    }

    private func inThought(_ rank: Int, _ cluster: Cluster) -> Rank {
        let pool = cluster.site.pools[cluster.poolOfRank[rank]]
        let isOpen = cluster.occupations[rank] != .closed
        let startup = isOpen ? 0 : pool.startupSeconds
        let free =
            isOpen
            ? cluster.now + (cluster.secondsUntilFree(rank, estimates) ?? 0)
            : cluster.now + (cluster.now == 0 ? 0 : startup)
        return Rank(
            free: free, speed: pool.speed, price: pool.pricePerHour ?? 0, startup: startup, isOpen: isOpen,
            interruption: pool.interruptionSeconds, outage: pool.outageSeconds)
    }

    /// When everything that is left ends on these ranks, and what they cost from now on.
    private func outcome(_ chosen: [Rank], _ order: [Int], _ seconds: [Double], _ busyUntil: [Int: Double], now: Double)
        -> (end: Double, cost: Double)
    {
        var ranks = chosen
        var ends = [Double](repeating: now, count: workload.count)
        for (unit, end) in busyUntil { ends[unit] = end }
        var last = now
        for unit in order {
            var start = now
            for parent in workload.precedence.parents[unit] { start = max(start, ends[parent]) }
            var best = -1
            var bestEnd = Double.infinity
            for place in ranks.indices {
                var time = seconds[unit] / ranks[place].speed
                if let mean = ranks[place].interruption { time *= 1 + (time / 2 + ranks[place].outage) / mean }
                let end = max(start, ranks[place].free) + time
                if end < bestEnd { (best, bestEnd) = (place, end) }
            }
            guard best >= 0 else { return (.infinity, .infinity) }
            ranks[best].firstStart = min(ranks[best].firstStart, max(start, ranks[best].free))
            ranks[best].free = bestEnd
            ranks[best].lastEnd = bestEnd
            ends[unit] = bestEnd
            last = max(last, bestEnd)
        }
        for end in busyUntil.values { last = max(last, end) }
        let cost = ranks.reduce(0) { sum, rank in
            guard rank.lastEnd > 0 else { return sum }
            return sum + rank.price * (rank.lastEnd - (rank.isOpen ? now : rank.firstStart) + rank.startup)
        }
        return (last, cost)
    }

    private mutating func look(_ cluster: Cluster) {
        let pools = cluster.site.pools
        let limit = cluster.site.rankLimit ?? cluster.rankCount
        let ranks = pools.indices.map { preferred($0, cluster) }
        let thought = ranks.map { $0.map { inThought($0, cluster) } }
        var busyUntil: [Int: Double] = [:]
        for rank in 0..<cluster.rankCount {
            if case .running(let unit) = cluster.occupations[rank] {
                busyUntil[unit] = cluster.now + (cluster.secondsUntilFree(rank, estimates) ?? 0)
            }
        }
        let order = (0..<workload.count).filter { !isDone[$0] && busyUntil[$0] == nil }
            .sorted { (priorities[$1], $0) < (priorities[$0], $1) }
        let expected = (0..<workload.count).map(estimates.seconds)
        let careful = expected.indices.map { expected[$0] * min(2.5, ExactMath.exp(caution * estimates.deviation($0))) }
        var best: (counts: [Int], rank: Int, value: Double)?
        for counts in candidates(pools.map(\.count), limit: limit) {
            var chosen: [Rank] = []
            for pool in pools.indices { chosen += thought[pool].prefix(counts[pool]) }
            let limitSeconds = deadline * (1 - reserve)
            let safe = outcome(chosen, order, careful, busyUntil, now: cluster.now)
            let plain = outcome(chosen, order, expected, busyUntil, now: cluster.now)
            // First whether it is in time, then what it costs, at last how late it is.
            let (rank, value) =
                safe.end <= limitSeconds
                ? (0, plain.cost) : plain.end <= limitSeconds ? (1, safe.end) : (2, plain.end)
            if best.map({ (rank, value) < ($0.rank, $0.value) }) ?? true { best = (counts, rank, value) }
        }
        let counts = best?.counts ?? pools.map { min(1, $0.count) }
        choice = counts
        isAllowed = Array(repeating: false, count: cluster.rankCount)
        for pool in pools.indices { for rank in ranks[pool].prefix(counts[pool]) { isAllowed[rank] = true } }
    }

    /// Choices near the present one; at first, some over the whole range.
    private func candidates(_ most: [Int], limit: Int) -> [[Int]] {
        var found: [[Int]] = []
        func add(_ counts: [Int]) {
            let total = counts.reduce(0, +)
            guard total >= 1, total <= limit, zip(counts, most).allSatisfy({ $0 >= 0 && $0 <= $1 }),
                !found.contains(counts)
            else { return }
            found.append(counts)
        }
        if let choice {
            add(choice)
            for pool in most.indices {
                for step in [-4, -2, -1, 1, 2, 4] {
                    var counts = choice
                    counts[pool] += step
                    add(counts)
                    // One pool for another, where all ranks are in use.
                    for other in most.indices where other != pool && step > 0 {
                        var swapped = counts
                        swapped[other] -= step
                        add(swapped)
                    }
                }
            }
            return found
        }
        // Quarters of the limit from every pool, in all combinations.
        let steps = [0, 1, 2, 4, 8, 12, 16].filter { $0 <= limit }
        func extend(_ counts: [Int]) {
            guard counts.count < most.count else { return add(counts) }
            for step in steps where counts.reduce(0, +) + step <= limit { extend(counts + [step]) }
        }
        extend([])
        return found
    }

    private func opening(_ cluster: Cluster) -> [SimulatedDecision] {
        isAllowed.indices.filter { isAllowed[$0] && cluster.occupations[$0] == .closed }.map { .open(rank: $0) }
    }

    // MARK: Which units

    private mutating func starting(_ cluster: Cluster) -> [SimulatedDecision] {
        var decisions: [SimulatedDecision] = []
        var idle = cluster.idleRanks.filter { isAllowed[$0] }
        for rank in cluster.idleRanks where !isAllowed[rank] { decisions.append(.close(rank: rank)) }
        guard !idle.isEmpty, !ready.isEmpty else { return decisions }
        ready.sort { (priorities[$1], $0) < (priorities[$0], $1) }
        var free = (0..<cluster.rankCount).map { rank -> Double in
            isAllowed[rank] ? cluster.secondsUntilFree(rank, estimates) ?? .infinity : .infinity
        }
        var waiting: [Int] = []
        for unit in ready {
            guard !idle.isEmpty, waiting.count < 8 * cluster.rankCount else {
                waiting.append(unit)
                continue
            }
            let seconds = estimates.seconds(unit)
            var best = -1
            var bestEnd = Double.infinity
            for rank in free.indices where free[rank] < .infinity {
                let end = free[rank] + seconds / cluster.speeds[rank]
                if end < bestEnd { (best, bestEnd) = (rank, end) }
            }
            guard best >= 0 else {
                waiting.append(unit)
                continue
            }
            free[best] = bestEnd
            if let place = idle.firstIndex(of: best) {
                decisions.append(.start(unit: unit, ranks: [best]))
                idle.remove(at: place)
            } else {
                waiting.append(unit)
            }
        }
        ready = waiting
        return decisions
    }
}
