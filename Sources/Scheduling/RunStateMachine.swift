public import WorkGraph

/// Decides what a run does next, without clock, files or MPI.
///
/// Events go in, actions come out; time comes with the events. The same events give the same actions.
///
/// - Complexity: handling one event is O(children of the unit + ranks + distinct demands + log ready units).
public struct RunStateMachine: Sendable {
    /// How far one unit is.
    public enum UnitState: Hashable, Sendable {
        /// Inputs are missing.
        case waiting
        /// The store is being asked.
        case examining
        /// Another run computes it.
        case elsewhere
        case ready
        /// It failed and is tried again after a pause.
        case pausing
        case running
        /// Outputs are made and on their way into the store.
        case committing
        /// Outputs are written and wait for the disk.
        case syncing
        case ran
        case reused
        case failed
        /// It depends on a unit that failed.
        case skipped

        /// The unit's outputs exist.
        public var isDone: Bool { self == .ran || self == .reused }
        /// Nothing will happen to the unit any more.
        public var isFinal: Bool { isDone || self == .failed || self == .skipped }
    }

    /// What may be chosen for a run.
    public struct Options: Hashable, Sendable {
        /// The first failure ends the run.
        public var failsFast = false
        /// The pause before the first repetition of a failed attempt; doubled for each further one, up to `longestPauseSeconds`.
        public var pauseSeconds = 1.0
        public var longestPauseSeconds = 60.0
        /// A gang waits this long for more ranks even where predictions see no gain.
        public var gangPatienceSeconds = 30.0
        /// Short units are queued on a rank as far as this much work, so that it never waits for the coordinator.
        public var backlogSeconds = 0.002
        public var backlogLimit = 140
        /// The same for rank 0, whose reports and orders stay within one process.
        public var ownBacklogLimit = 32
        /// So many light units at most are launched and not written: what the death of a process can cost to repeat.
        public var unwrittenLimit = 190
        /// So many units at most are written and not committed: what the death of a machine can cost beside these.
        public var unsyncedLimit = 2000
        /// Units that straggle get a second attempt on ranks that nothing else wants.
        public var speculates = false
        /// The end of a run waits so long for attempts that others were faster than; they may hang.
        public var outdonePatienceSeconds = 20.0

        public init() {}
    }

    /// What one attempt occupies.
    struct Running: Sendable {
        let attempt: Int
        let ranks: [Int]
        let startedSeconds: Double
        /// Seconds this attempt was expected to take when it was placed.
        let expectedSeconds: Double
        /// Index into ``RunStateMachine/lines``: what it occupies.
        let line: Int
    }

    /// A line of ready units with one demand.
    struct Line: Sendable {
        let demand: Demand
        /// Why the site can never run these units.
        let refusal: String?
        var ready = ReadyQueue()
    }

    public let options: Options
    let capacity: SiteCapacity
    let children: [[Int]]
    let parents: [[Int]]
    private let precedence: Precedence
    private let policy: any SchedulingPolicy
    var priorities: [Double]
    var predictedSeconds: [Double]
    /// How many units have become ready so far.
    var readyCount = 0
    let retries: [Int]
    /// Index into ``lines`` of each unit.
    var lineOf: [Int]
    /// Index into `durations` of each unit's kind.
    let kindOf: [Int]
    var states: [UnitState]
    var missingParents: [Int]
    /// Attempts launched so far; an attempt's number is never used twice.
    var attempts: [Int]
    /// Attempts that failed, which retries are counted against.
    var failures: [Int]
    var lines: [Line]
    var running: [Int: Running] = [:]
    /// Second attempts beside those in ``running``.
    var duplicates: [Int: Running] = [:]
    /// Attempts that others were faster than and that have not ended yet.
    var outdone: [Int: Running] = [:]
    var lastOutdoneSeconds = 0.0
    /// Of units that had two attempts, the one that made what is on its way into the store.
    var winners: [Int: Int] = [:]
    /// Units that wait for ranks on which a second attempt could run.
    var straggling: Set<Int> = []
    /// When failed units are tried again.
    var pausingUntil: [Int: Double] = [:]
    /// Units whose next attempt asks for more memory than the last.
    var outgrown: Set<Int> = []
    /// Ready units that are not started any more; no line has them.
    var held: Set<Int> = []
    /// When the ranks are taken away; `nil` for ranks that stay.
    var closing: ClosingTime?
    var occupancy: Occupancy
    /// Mean seconds of the attempts of one kind in this run, and their number.
    var durations: [(mean: Double, count: Int)]
    var finalCount = 0
    var committingCount = 0
    var syncingCount = 0
    var runningLightCount = 0
    var hasFailed = false
    var isContradicted = false
    var isStopping = false
    var isCancelling = false
    var hasFinished = false

    /// A run of `graph` on a site.
    ///
    /// - Parameters:
    ///   - predictedSeconds: one per unit, on the ranks it gets at most.
    ///   - expectedMemoryBytes: one per unit, what each of its ranks is expected to need; 0 or less than that what is declared counts, and
    ///     empty when nothing is known. A need that the site cannot meet is taken for the most that it can.
    ///   - earlierAttempts: attempts of earlier sessions, by unit; numbers go on from there.
    /// - Precondition: one prediction per unit; ranks are `0..<capacity.rankCount`.
    public init(
        graph: WorkGraph, predictedSeconds: [Double], capacity: SiteCapacity,
        policy: any SchedulingPolicy = CriticalPathPolicy(), options: Options = Options(),
        expectedMemoryBytes: [Int] = [], earlierAttempts: [Int: Int] = [:]
    ) {
        precondition(predictedSeconds.count == graph.units.count, "one prediction per unit")
        self.options = options
        self.capacity = capacity
        self.predictedSeconds = predictedSeconds
        precedence = Precedence(parents: graph.parentPositions())
        parents = precedence.parents
        children = precedence.children
        self.policy = policy
        priorities = policy.priorities(precedence, predictedSeconds: predictedSeconds)
        retries = graph.units.map(\.resources.retries)
        let site = Occupancy(capacity: capacity)
        var lines: [Line] = []
        var lineByDemand: [Demand: Int] = [:]
        var kindByName: [String: Int] = [:]
        var lineOf: [Int] = []
        var kindOf: [Int] = []
        for (position, unit) in graph.units.enumerated() {
            let demand = site.demand(
                unit.resources, expectedMemoryBytes: expectedMemoryBytes.isEmpty ? 0 : expectedMemoryBytes[position])
            if lineByDemand[demand] == nil {
                lineByDemand[demand] = lines.count
                lines.append(Line(demand: demand, refusal: site.refusal(of: demand)))
            }
            lineOf.append(lineByDemand[demand] ?? 0)
            let kind = kindByName[unit.kind] ?? kindByName.count
            kindByName[unit.kind] = kind
            kindOf.append(kind)
        }
        self.lines = lines
        self.lineOf = lineOf
        self.kindOf = kindOf
        durations = Array(repeating: (0, 0), count: kindByName.count)
        states = Array(repeating: .waiting, count: graph.units.count)
        attempts = graph.units.indices.map { earlierAttempts[$0] ?? 0 }
        failures = Array(repeating: 0, count: graph.units.count)
        missingParents = parents.map(\.count)
        occupancy = site
    }

    /// How far each unit is, by position.
    public var unitStates: [UnitState] { states }

    /// For each unit whether it may queue behind others on a rank, see ``Demand/isLight``.
    public var lightUnits: [Bool] { lineOf.map { lines[$0].demand.isLight } }

    /// The units that run now, in order.
    public var runningUnits: [Int] { running.keys.sorted() }

    /// The ranks on which a unit runs now.
    public func ranks(of unit: Int) -> [Int]? { running[unit]?.ranks }

    /// Numbers of the attempts that run now and whose outputs may count, ascending: one, or two after a duplication.
    public func attemptNumbers(of unit: Int) -> [Int] {
        [running[unit], duplicates[unit]].compactMap { $0?.attempt }.sorted()
    }

    /// Number of the attempt that runs now.
    public func attemptNumber(of unit: Int) -> Int? { running[unit]?.attempt }

    /// Believes from now on that units take so long; those that are ready are put in order again.
    ///
    /// - Precondition: one prediction per unit.
    /// - Complexity: O(units + edges).
    public mutating func expect(_ seconds: [Double]) {
        precondition(seconds.count == states.count, "one prediction per unit")
        predictedSeconds = seconds
        guard policy.readsPredictions else { return }
        priorities = policy.priorities(precedence, predictedSeconds: seconds)
        for line in lines.indices { lines[line].ready.reorder(priorities) }
    }

    /// Takes note of what happened until `seconds` and returns what to do, in order.
    public mutating func handle(_ events: some Sequence<RunEvent>, at seconds: Double) -> [RunAction] {
        var actions: [RunAction] = []
        for event in events { apply(event, at: seconds, into: &actions) }
        if !pausingUntil.isEmpty, !isStopping { endPauses(at: seconds, into: &actions) }
        if !hasFinished { dispatch(at: seconds, into: &actions) }
        let isIdle = running.isEmpty && committingCount + syncingCount == 0 && !waitsForOutdone(at: seconds)
        if !hasFinished, isIdle, let outcome {
            hasFinished = true
            actions.append(.finish(outcome))
        }
        return actions
    }

    /// The outcome once nothing runs, if it is known.
    private var outcome: RunOutcome? {
        if isContradicted { return .failed }
        if isCancelling { return hasFailed && options.failsFast ? .failed : .cancelled }
        if finalCount == states.count { return hasFailed ? .failed : .completed }
        if isStopping || isHeldUp { return hasFailed ? .failed : .stopped }
        return nil
    }

    private mutating func apply(_ event: RunEvent, at seconds: Double, into actions: inout [RunAction]) {
        switch event {
        case .started:
            for unit in states.indices where missingParents[unit] == 0 { complete(inputsOf: unit, into: &actions) }
        case .examined(let unit, let verdict):
            guard states[unit] == .examining else { return }
            switch verdict {
            case .run: makeReady(unit, into: &actions)
            case .wait: states[unit] = .elsewhere
            case .reuse: settle(unit, as: .reused, into: &actions)
            case .refuse: fail(unit, into: &actions)
            }
        case .released(let unit):
            guard states[unit] == .elsewhere else { return }
            states[unit] = .examining
            actions.append(.examine(unit: unit))
        case .computed(let unit, let attempt, let workSeconds):
            guard end(unit, attempt: attempt) else { return }
            outdo(unit, by: attempt, at: seconds, into: &actions)
            learn(from: unit, seconds: workSeconds)
            states[unit] = .committing
            committingCount += 1
        case .written(let unit):
            guard states[unit] == .committing else { return }
            committingCount -= 1
            syncingCount += 1
            states[unit] = .syncing
        case .committed(let unit):
            guard endCommit(unit) else { return }
            settle(unit, as: .ran, into: &actions)
        case .failed(let unit, let attempt, let mayRetry):
            if !isCurrent(attempt, of: unit) || !endCommit(unit) {
                guard end(unit, attempt: attempt) else { return }
                // The other attempt goes on.
                if takeOver(unit) { return }
            }
            failures[unit] += 1
            if mayRetry, failures[unit] <= retries[unit], !isCancelling {
                pause(unit, at: seconds)
            } else {
                fail(unit, into: &actions)
            }
        case .outgrewMemory(let unit): outgrown.insert(unit)
        case .interrupted(let unit, let attempt):
            guard end(unit, attempt: attempt), !takeOver(unit) else { return }
            makeReady(unit, into: &actions)
        case .straggles(let unit):
            if options.speculates, running[unit] != nil { straggling.insert(unit) }
        case .contradicted:
            hasFailed = true
            isContradicted = true
            cancel(into: &actions)
        case .stopRequested:
            guard !isStopping, !isCancelling else { return }
            isStopping = true
            for unit in running.keys.sorted() { actions.append(.stop(unit: unit, cancel: false)) }
        case .cancelRequested: cancel(into: &actions)
        case .ticked: break
        }
    }

    /// Lets a failed unit wait: what was wrong may pass, such as a full disk or a busy server.
    private mutating func pause(_ unit: Int, at seconds: Double) {
        states[unit] = .pausing
        let factor = Double(1 << min(failures[unit] - 1, 20))
        pausingUntil[unit] = seconds + min(options.pauseSeconds * factor, options.longestPauseSeconds)
    }

    private mutating func endPauses(at seconds: Double, into actions: inout [RunAction]) {
        for unit in pausingUntil.keys.sorted() where pausingUntil[unit].map({ $0 <= seconds }) ?? false {
            pausingUntil[unit] = nil
            if outgrown.remove(unit) != nil { moveToLine(withTwiceTheMemoryOf: unit) }
            makeReady(unit, into: &actions)
        }
    }

    private mutating func moveToLine(withTwiceTheMemoryOf unit: Int) {
        let demand = lines[lineOf[unit]].demand.withTwiceTheMemory
        if let known = lines.firstIndex(where: { $0.demand == demand }) {
            lineOf[unit] = known
        } else {
            lineOf[unit] = lines.count
            lines.append(Line(demand: demand, refusal: Occupancy(capacity: capacity).refusal(of: demand)))
        }
    }

    private mutating func cancel(into actions: inout [RunAction]) {
        guard !isCancelling else { return }
        isStopping = true
        isCancelling = true
        for unit in running.keys.sorted() { actions.append(.stop(unit: unit, cancel: true)) }
    }

    private mutating func complete(inputsOf unit: Int, into actions: inout [RunAction]) {
        guard states[unit] == .waiting else { return }
        states[unit] = .examining
        actions.append(.examine(unit: unit))
    }

    private mutating func makeReady(_ unit: Int, into actions: inout [RunAction]) {
        let line = lineOf[unit]
        if let reason = lines[line].refusal {
            actions.append(.refuse(unit: unit, reason: reason))
            fail(unit, into: &actions)
            return
        }
        states[unit] = .ready
        lines[line].ready.insert(
            unit, priority: priorities[unit], order: policy.ties == .readiness ? readyCount : unit)
        readyCount += 1
    }

    private mutating func settle(_ unit: Int, as state: UnitState, into actions: inout [RunAction]) {
        states[unit] = state
        finalCount += 1
        for child in children[unit] {
            missingParents[child] -= 1
            if missingParents[child] == 0 { complete(inputsOf: child, into: &actions) }
        }
    }

    private mutating func fail(_ unit: Int, into actions: inout [RunAction]) {
        states[unit] = .failed
        finalCount += 1
        hasFailed = true
        var skipped: [Int] = []
        var open = children[unit]
        while let next = open.popLast() {
            guard states[next] == .waiting else { continue }
            states[next] = .skipped
            finalCount += 1
            skipped.append(next)
            open += children[next]
        }
        if !skipped.isEmpty { actions.append(.skip(units: skipped.sorted())) }
        if options.failsFast { cancel(into: &actions) }
    }

    private mutating func learn(from unit: Int, seconds: Double) {
        let kind = kindOf[unit]
        let known = durations[kind]
        // A short memory: kinds change their pace within a run.
        let weight = 1 / Double(min(known.count + 1, 32))
        // A short unit that lost its processor for a while says little of the next one.
        let most = known.count >= 8 ? max(known.mean * 4, 0.00001) : .infinity
        durations[kind] = (known.mean + (min(max(0, seconds), most) - known.mean) * weight, known.count + 1)
    }
}
