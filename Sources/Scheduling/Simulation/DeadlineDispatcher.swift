import Determinism
import Sites

/// Rents the cheapest ranks with which a run is expected to keep its deadline, and others when it is late.
///
/// Every few minutes of the run it schedules what is left, in thought, on some choices of ranks near the present one, and takes the cheapest
/// that is in time even when units take longer than expected; when none is, the one that is late by the least. Ranks that are not in the
/// choice finish their unit and are given back, those in it too while nothing is there for them.
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
    /// For each rank since when it has been idle, and whether a unit has run on it since it was rented.
    private var idleSince: [Double] = []
    private var isUsed: [Bool] = []
    private var rankOf: [Int]
    /// Part of the deadline that is kept for what nobody foresees.
    private let reserve: Double
    /// Deviations by which units are taken to be longer than expected.
    private let caution: Double
    /// How surely a deadline is taken for a word on the work before anything has ended: deviation of a logarithm, 0 for not at all.
    private let trust: Double
    /// Of every unit that is not known any better than at the beginning, what was expected then, and the factor that the deadline suggests.
    private var firstSeconds: [Double] = []
    private var suggested = 1.0

    private var looks: Double { 60 }
    /// A unit weighs e to this times its deviation when a place is chosen for it: one that turns out long does most harm on a slow rank.
    private var riskAversion: Double { 0.5 }

    public init(
        _ workload: Workload, deadlineSeconds: Double, estimates: Estimates, caution: Double = 0.5,
        reserve: Double = 0.03, trust: Double = 0.5
    ) {
        self.trust = trust
        self.workload = workload
        self.estimates = estimates
        deadline = deadlineSeconds
        self.caution = caution
        self.reserve = reserve
        isDone = Array(repeating: false, count: workload.count)
        rankOf = Array(repeating: 0, count: workload.count)
        version = estimates.version
        priorities = workload.precedence.tails((0..<workload.count).map(estimates.seconds))
    }

    public mutating func becameReady(_ unit: Int, in cluster: Cluster) {
        estimates.becameReady(unit)
        ready.append(unit)
    }

    public mutating func started(_ unit: Int, ranks: [Int], in cluster: Cluster) {
        guard let rank = ranks.first else { return }
        rankOf[unit] = rank
        isUsed[rank] = true
        estimates.started(unit, at: cluster.computingSince[rank], rate: cluster.rate(of: unit, on: rank))
    }

    public mutating func finished(_ unit: Int, seconds: Double?, in cluster: Cluster) {
        estimates.finished(unit, seconds: seconds)
        idleSince[rankOf[unit]] = cluster.now
        if seconds == nil { nextLook = cluster.now } else { isDone[unit] = true }
    }

    public mutating func decide(in cluster: Cluster) -> [SimulatedDecision] {
        estimates.timePassed(to: cluster.now)
        if estimates.version != version {
            version = estimates.version
            priorities = workload.precedence.tails((0..<workload.count).map(estimates.seconds))
        }
        if choice == nil {
            idleSince = Array(repeating: 0, count: cluster.rankCount)
            isUsed = Array(repeating: false, count: cluster.rankCount)
        }
        if cluster.now >= nextLook || choice == nil {
            look(cluster)
            nextLook = cluster.now + min(deadline, 1e9) / looks
        }
        var decisions = placing(cluster)
        if nextWake <= cluster.now {
            nextWake = nextLook
            decisions.append(.wake(afterSeconds: max(1e-3, nextLook - cluster.now)))
        }
        return decisions
    }

    // MARK: Which ranks

    /// The ranks of a pool, those in use first.
    private func preferred(_ pool: Int, _ cluster: Cluster) -> [Int] {
        func order(_ rank: Int) -> Int {
            switch cluster.occupations[rank] {
            case .running: 0
            case .idle: isUsed[rank] ? 1 : 2
            case .starting: 3
            case .closed: 4
            case .away: 5
            }
        }
        return (0..<cluster.rankCount).filter { cluster.poolOfRank[$0] == pool }
            .sorted { (order($0), $0) < (order($1), $1) }
    }

    /// Seconds from now until a rank can take a unit, with those in which one that is not rented starts.
    private func secondsUntilFree(_ rank: Int, _ cluster: Cluster) -> Double {
        if let seconds = cluster.secondsUntilFree(rank, estimates) { return seconds }
        return cluster.now == 0 ? 0 : cluster.site.pools[cluster.poolOfRank[rank]].startupSeconds
    }

    private func inThought(_ rank: Int, _ cluster: Cluster) -> RentalOutlook.Rank {
        let pool = cluster.site.pools[cluster.poolOfRank[rank]]
        return RentalOutlook.Rank(
            free: cluster.now + secondsUntilFree(rank, cluster), pace: 1 / pool.speed,
            pricePerSecond: (pool.pricePerHour ?? 0) / 3600, startup: pool.startupSeconds, isUsed: isUsed[rank],
            interruptions: pool.interruptionSeconds.map { 1 / $0 } ?? 0, outage: pool.outageSeconds)
    }

    private mutating func look(_ cluster: Cluster) {
        let pools = cluster.site.pools
        let limit = cluster.site.rankLimit ?? cluster.rankCount
        let ranks = pools.indices.map { preferred($0, cluster) }
        let thought = ranks.map { $0.map { inThought($0, cluster) } }
        var busyUntil: [Int: Double] = [:]
        for rank in 0..<cluster.rankCount {
            if case .running(let unit) = cluster.occupations[rank] {
                busyUntil[unit] = cluster.now + secondsUntilFree(rank, cluster)
            }
        }
        let order = (0..<workload.count).filter { !isDone[$0] && busyUntil[$0] == nil }
            .sorted { (priorities[$1], $0) < (priorities[$0], $1) }
        var outlook = RentalOutlook(workload.precedence, order: order, busyUntil: busyUntil, now: cluster.now)
        let expected = believed(order, &outlook, thought.flatMap { $0 }, limit: limit, now: cluster.now)
        let deviations = order.map(estimates.deviation)
        func longer(by caution: Double) -> [Double] {
            order.indices.map { expected[$0] * min(2.5, ExactMath.exp(caution * deviations[$0])) }
        }
        let byPrice = pools.indices.sorted { (pools[$0].pricePerHour ?? 0, $0) < (pools[$1].pricePerHour ?? 0, $1) }
        let latest = deadline * (1 - reserve)
        let careful = longer(by: caution)
        /// First whether a choice is in time, then what it costs, at last how late it is.
        func value(_ counts: [Int]) -> (rank: Int, value: Double) {
            let chosen = byPrice.flatMap { thought[$0].prefix(counts[$0]) }
            let plain = outlook.outcome(on: chosen, seconds: expected)
            guard plain.end <= latest else { return (2, plain.end) }
            let safe = caution > 0 ? outlook.outcome(on: chosen, seconds: careful) : plain
            return safe.end <= latest ? (0, plain.cost) : (1, safe.end)
        }
        let most = pools.map(\.count)
        var best: (counts: [Int], value: (rank: Int, value: Double))?
        var seen: Set<[Int]> = []
        var round = choice.map { [$0] } ?? Self.spread(most, limit: limit)
        for _ in 0..<6 {
            var isBetter = false
            for counts in round where seen.insert(counts).inserted {
                let value = value(counts)
                if best.map({ value < $0.value }) ?? true {
                    best = (counts, value)
                    isBetter = true
                }
            }
            guard isBetter, let best else { break }
            round = Self.neighbours(of: best.counts, most, limit: limit)
        }
        let counts = best?.counts ?? pools.map { min(1, $0.count) }
        choice = counts
        isAllowed = Array(repeating: false, count: cluster.rankCount)
        for pool in pools.indices { for rank in ranks[pool].prefix(counts[pool]) { isAllowed[rank] = true } }
    }

    /// What units are expected to take; before anything has ended, the deadline says something of it too.
    ///
    /// Somebody believes that it can be kept: the fastest ranks are taken to need a third of it, by ``trust`` more or less.
    private mutating func believed(
        _ order: [Int], _ outlook: inout RentalOutlook, _ ranks: [RentalOutlook.Rank], limit: Int, now: Double
    ) -> [Double] {
        let expected = order.map(estimates.seconds)
        guard trust > 0, !order.isEmpty else { return expected }
        if firstSeconds.isEmpty {
            firstSeconds = (0..<workload.count).map(estimates.seconds)
            let fastest = ranks.sorted { ($0.pace, $0.interruptions) < ($1.pace, $1.interruptions) }.prefix(limit)
            let part = outlook.outcome(on: Array(fastest), seconds: expected).end / deadline
            let weight = zip(order, expected).reduce((variance: 0.0, seconds: 1e-9)) {
                let deviation = estimates.deviation($1.0)
                return ($0.variance + deviation * deviation * $1.1, $0.seconds + $1.1)
            }
            let variance = weight.variance / weight.seconds
            suggested = ExactMath.exp(
                -variance / (variance + trust * trust) * ExactMath.log(max(1e-6, part) * 3))
        }
        return zip(order, expected).map { unit, seconds in
            seconds == firstSeconds[unit] ? seconds * suggested : seconds
        }
    }

    /// Some more or fewer ranks of one pool, or of another in their stead.
    private static func neighbours(of counts: [Int], _ most: [Int], limit: Int) -> [[Int]] {
        var found: [[Int]] = []
        func add(_ counts: [Int]) {
            guard counts.reduce(0, +) >= 1, counts.reduce(0, +) <= limit,
                zip(counts, most).allSatisfy({ $0 >= 0 && $0 <= $1 })
            else { return }
            found.append(counts)
        }
        for pool in most.indices {
            for step in [1, 2, 4] {
                for sign in [-1, 1] {
                    var more = counts
                    more[pool] += sign * step
                    add(more)
                }
                for other in most.indices where other != pool {
                    var swapped = counts
                    swapped[pool] += step
                    swapped[other] -= step
                    add(swapped)
                }
            }
        }
        return found
    }

    /// Some numbers from every pool, in all combinations.
    private static func spread(_ most: [Int], limit: Int) -> [[Int]] {
        var found: [[Int]] = [[]]
        for pool in most.indices {
            found = found.flatMap { counts in
                [0, 1, 2, 4, 8, 12, 16].filter { $0 <= most[pool] && counts.reduce($0, +) <= limit }.map {
                    counts + [$0]
                }
            }
        }
        return found.filter { $0.contains { $0 > 0 } }
    }

    // MARK: Which units

    /// Starts ready units, each where it is expected to end first, asks for the ranks they want and gives back those nothing needs.
    private mutating func placing(_ cluster: Cluster) -> [SimulatedDecision] {
        var decisions: [SimulatedDecision] = []
        var openCount = cluster.occupations.count { $0 != .closed }
        let limit = cluster.site.rankLimit ?? cluster.rankCount
        var idle: Set<Int> = []
        for rank in cluster.idleRanks {
            if isAllowed[rank] {
                idle.insert(rank)
            } else {
                decisions.append(.close(rank: rank))
                isUsed[rank] = false
                openCount -= 1
            }
        }
        let pools = cluster.site.pools
        let places = (0..<cluster.rankCount).filter { isAllowed[$0] }
            .sorted {
                (pools[cluster.poolOfRank[$0]].pricePerHour ?? 0, $0) < (
                    pools[cluster.poolOfRank[$1]].pricePerHour ?? 0, $1
                )
            }
        var free = places.map { secondsUntilFree($0, cluster) }
        var asked: Set<Int> = []
        if !ready.isEmpty {
            ready.sort { (priorities[$1], $0) < (priorities[$0], $1) }
            var waiting: [Int] = []
            for unit in ready {
                guard waiting.count < 8 * places.count else {
                    waiting.append(unit)
                    continue
                }
                let seconds = estimates.seconds(unit)
                let weighed = seconds * ExactMath.exp(riskAversion * estimates.deviation(unit))
                var best = -1
                var bestEnd = Double.infinity
                for place in places.indices {
                    let end = free[place] + weighed / cluster.speeds[places[place]]
                    if end < bestEnd { (best, bestEnd) = (place, end) }
                }
                guard best >= 0 else {
                    waiting.append(unit)
                    continue
                }
                let rank = places[best]
                free[best] += seconds / cluster.speeds[rank]
                if idle.remove(rank) != nil {
                    decisions.append(.start(unit: unit, ranks: [rank]))
                } else {
                    waiting.append(unit)
                    if cluster.occupations[rank] == .closed, openCount < limit, asked.insert(rank).inserted {
                        decisions.append(.open(rank: rank))
                        openCount += 1
                    }
                }
            }
            ready = waiting
        }
        // What has been idle for as long as a new rank takes to start is paid for less when it is given back.
        for rank in idle.sorted() where isUsed[rank] {
            let startup = pools[cluster.poolOfRank[rank]].startupSeconds
            guard cluster.now - idleSince[rank] > startup else { continue }
            decisions.append(.close(rank: rank))
            isUsed[rank] = false
        }
        return decisions
    }
}
