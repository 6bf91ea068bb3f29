import Determinism
import HeapModule
public import Sites

/// Runs a workload on a site without a clock: equal arguments give equal results.
///
/// A unit occupies its ranks while it fetches what they lack and while it computes. Ready units are visible at once and dispatch costs
/// nothing: what is compared is order and placement. Events of one time are handled together before anything is decided, ends in the
/// order of their starts.
///
/// - Complexity: O((units + edges) log units) beside what the dispatcher does.
public struct Simulator {
    /// What may be chosen for a simulation.
    public struct Options {
        /// Whether all ranks are there from the beginning; otherwise the dispatcher asks for them.
        public var opensAll = true
        /// Chooses when ranks are interrupted.
        public var interruptionSeed: UInt64 = 0
        /// Called with the number of finished units, now and then.
        public var progress: ((Int) -> Void)?
        /// So many interruptions at most are simulated; then the run counts as unfinished.
        public var interruptionLimit = 100_000

        public init() {}
    }

    private struct Event: Comparable {
        enum Kind { case arrival, end, back, interruption, wake }
        let time: Double
        let sequence: Int
        let kind: Kind
        /// The workflow, rank or bar it is about.
        let subject: Int

        static func < (left: Event, right: Event) -> Bool {
            left.time == right.time ? left.sequence < right.sequence : left.time < right.time
        }
    }

    private struct Attempt {
        let unit: Int
        let ranks: [Int]
        let start: Double
        let end: Double
        var isLost = false
    }

    private let cluster: Cluster
    private let options: Options
    private var events = Heap<Event>()
    private var sequence = 0
    private var missing: [Int]
    private var attempts: [Attempt] = []
    /// For each rank the attempt on it.
    private var attemptOfRank: [Int?]
    private var firstUse: [Double?]
    private var lastUse: [Double]
    private var interruptions: [RandomWords] = []
    private var result: SimulatedRun
    private var remaining: [Int]

    /// The schedule that `dispatcher` makes of `workload` on `site`.
    public static func run<Policy: Dispatcher>(
        _ workload: Workload, on site: Site, dispatcher: inout Policy, options: Options = Options()
    ) -> SimulatedRun {
        var simulator = Simulator(workload, site, options)
        return simulator.run(&dispatcher)
    }

    private init(_ workload: Workload, _ site: Site, _ options: Options) {
        self.options = options
        cluster = Cluster(workload: workload, site: site, opensAll: options.opensAll)
        let ranks = cluster.rankCount
        missing = workload.precedence.parents.map(\.count)
        attemptOfRank = Array(repeating: nil, count: ranks)
        firstUse = Array(repeating: nil, count: ranks)
        lastUse = Array(repeating: 0, count: ranks)
        result = SimulatedRun(
            completionSeconds: Array(repeating: 0, count: workload.arrivals.count),
            paidSeconds: Array(repeating: 0, count: ranks))
        remaining = Array(repeating: 0, count: workload.arrivals.count)
        for workflow in workload.workflowOf { remaining[workflow] += 1 }
        let field = RandomField(seed: options.interruptionSeed, purpose: RandomPurpose("simulator.interruptions"))
        interruptions = (0..<ranks).map { field.stream(UInt32($0)) }
    }

    private mutating func run(_ dispatcher: inout some Dispatcher) -> SimulatedRun {
        for (workflow, time) in cluster.workload.arrivals.enumerated() { add(.arrival, at: time, workflow) }
        if options.opensAll { for rank in 0..<cluster.rankCount { scheduleInterruption(of: rank) } }
        while cluster.unfinishedCount > 0, let first = events.popMin() {
            cluster.now = first.time
            handle(first, &dispatcher)
            while let next = events.min, next.time == cluster.now {
                events.removeMin()
                handle(next, &dispatcher)
            }
            if cluster.unfinishedCount > 0 { apply(dispatcher.decide(in: cluster), &dispatcher) }
            if result.interruptions >= options.interruptionLimit { break }
        }
        return finish()
    }

    private mutating func add(_ kind: Event.Kind, at time: Double, _ subject: Int) {
        sequence += 1
        events.insert(Event(time: time, sequence: sequence, kind: kind, subject: subject))
    }

    private mutating func handle(_ event: Event, _ dispatcher: inout some Dispatcher) {
        switch event.kind {
        case .wake: break
        case .arrival:
            for unit in missing.indices
            where missing[unit] == 0 && cluster.workload.workflowOf[unit] == event.subject {
                dispatcher.becameReady(unit, in: cluster)
            }
        case .back:
            switch cluster.occupations[event.subject] {
            case .starting, .away:
                cluster.setIdle(event.subject)
                scheduleInterruption(of: event.subject)
            case .closed, .idle, .running: break
            }
        case .interruption: interrupt(event.subject, &dispatcher)
        case .end: end(event.subject, &dispatcher)
        }
    }

    private mutating func end(_ index: Int, _ dispatcher: inout some Dispatcher) {
        let attempt = attempts[index]
        guard !attempt.isLost else { return }
        for rank in attempt.ranks {
            attemptOfRank[rank] = nil
            lastUse[rank] = cluster.now
            cluster.keepOutputs(of: attempt.unit, on: rank)
            cluster.setIdle(rank)
        }
        cluster.unfinishedCount -= 1
        let workflow = cluster.workload.workflowOf[attempt.unit]
        remaining[workflow] -= 1
        if remaining[workflow] == 0 { result.completionSeconds[workflow] = cluster.now }
        dispatcher.finished(attempt.unit, seconds: cluster.workload.seconds[attempt.unit], in: cluster)
        for child in cluster.workload.precedence.children[attempt.unit] {
            missing[child] -= 1
            if missing[child] == 0 { dispatcher.becameReady(child, in: cluster) }
        }
        if let progress = options.progress, cluster.unfinishedCount % 1024 == 0 {
            progress(cluster.workload.count - cluster.unfinishedCount)
        }
    }

    private mutating func scheduleInterruption(of rank: Int) {
        guard let mean = cluster.site.pools[cluster.poolOfRank[rank]].interruptionSeconds else { return }
        add(.interruption, at: cluster.now - mean * ExactMath.log(1 - interruptions[rank].unit()), rank)
    }

    private mutating func interrupt(_ rank: Int, _ dispatcher: inout some Dispatcher) {
        switch cluster.occupations[rank] {
        case .closed, .starting, .away: return
        case .idle: break
        case .running(let unit):
            guard let index = attemptOfRank[rank] else { return }
            result.interruptions += 1
            attempts[index].isLost = true
            let attempt = attempts[index]
            result.bars.append(
                SimulatedRun.Bar(
                    unit: unit, ranks: attempt.ranks, startSeconds: attempt.start, endSeconds: cluster.now, isLost: true
                ))
            for other in attempt.ranks {
                attemptOfRank[other] = nil
                lastUse[other] = cluster.now
                if other != rank { cluster.setIdle(other) }
            }
            dispatcher.finished(unit, seconds: nil, in: cluster)
            dispatcher.becameReady(unit, in: cluster)
        }
        let back = cluster.now + cluster.site.pools[cluster.poolOfRank[rank]].outageSeconds
        cluster.setOccupation(rank, .away(until: back))
        add(.back, at: back, rank)
    }

    private mutating func apply(_ decisions: [SimulatedDecision], _ dispatcher: inout some Dispatcher) {
        for decision in decisions {
            switch decision {
            case .start(let unit, let ranks):
                start(unit, ranks)
                dispatcher.started(unit, ranks: ranks, in: cluster)
            case .open(let rank):
                guard cluster.occupations[rank] == .closed else { continue }
                // Ranks that are asked for at the beginning start before the run does.
                let pool = cluster.site.pools[cluster.poolOfRank[rank]]
                let ready = cluster.now == 0 ? 0 : cluster.now + pool.startupSeconds
                cluster.setOccupation(rank, .starting(until: ready))
                add(.back, at: ready, rank)
            case .close(let rank):
                guard cluster.occupations[rank] == .idle else { continue }
                cluster.setOccupation(rank, .closed)
                settle(rank)
            case .wake(let seconds): add(.wake, at: cluster.now + max(seconds, 1e-6), 0)
            }
        }
    }

    private mutating func start(_ unit: Int, _ ranks: [Int]) {
        let speed = ranks.reduce(Double.infinity) { min($0, cluster.speeds[$1]) }
        var fetching = 0.0
        if cluster.hasTransfers { for rank in ranks { fetching = max(fetching, cluster.fetchSeconds(unit, to: rank)) } }
        let share = cluster.workload.gang(of: unit).share(ranks: ranks.count)
        let begin = cluster.now + fetching
        let end = begin + cluster.workload.seconds[unit] * share / speed
        for rank in ranks {
            cluster.keepInputs(of: unit, on: rank)
            cluster.setOccupation(rank, .running(unit: unit))
            cluster.computingSince[rank] = begin
            cluster.gangSizes[rank] = ranks.count
            attemptOfRank[rank] = attempts.count
            if firstUse[rank] == nil { firstUse[rank] = cluster.now }
        }
        add(.end, at: end, attempts.count)
        attempts.append(Attempt(unit: unit, ranks: ranks, start: cluster.now, end: end))
    }

    /// Adds what a rank is paid for since it was opened.
    private mutating func settle(_ rank: Int) {
        guard let first = firstUse[rank] else { return }
        let startup = cluster.site.pools[cluster.poolOfRank[rank]].startupSeconds
        result.paidSeconds[rank] += lastUse[rank] - first + startup
        firstUse[rank] = nil
    }

    private mutating func finish() -> SimulatedRun {
        for rank in 0..<cluster.rankCount { settle(rank) }
        for attempt in attempts where !attempt.isLost {
            result.bars.append(
                SimulatedRun.Bar(
                    unit: attempt.unit, ranks: attempt.ranks, startSeconds: attempt.start, endSeconds: attempt.end,
                    isLost: false))
        }
        result.bars.sort { ($0.startSeconds, $0.unit, $0.endSeconds) < ($1.startSeconds, $1.unit, $1.endSeconds) }
        result.makespanSeconds = result.bars.last(where: { !$0.isLost }) == nil ? 0 : cluster.now
        result.unfinishedCount = cluster.unfinishedCount
        if cluster.site.pools.contains(where: { $0.pricePerHour != nil }) {
            result.cost = result.paidSeconds.enumerated().reduce(0) { sum, paid in
                sum + paid.element / 3600 * (cluster.site.pools[cluster.poolOfRank[paid.offset]].pricePerHour ?? 0)
            }
        }
        return result
    }
}
