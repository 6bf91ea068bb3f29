import DequeModule
import Determinism
import DurableFiles
import Foundation
import Ledger
import Prediction
import Processes
import Ranks
import Recipes
import Scheduling
import WorkGraph

/// Runs a graph: tells ranks what to do, commits what they made, and writes down what happened.
///
/// Lives on the control thread of rank 0. The decisions are ``RunStateMachine``'s; this is its clock, its store and its wire.
final class Coordinator {
    /// What a finished unit left, as its children are told.
    struct Product {
        var artifact: Digest
        var outputs: [StoredOutput]
        var isInline: Bool
    }

    /// An attempt that runs.
    struct Launch {
        let attempt: Int
        let ranks: [Int]
        /// When it was sent, in seconds since the run started.
        let at: Double
        /// Whether the journal knows that it began.
        var isJournaled: Bool
        /// The processors it holds, by rank.
        var held: [(rank: Int, processors: [Int])] = []
        /// Of the ranks that have ended it.
        var reports: [Report] = []
    }

    /// A computed attempt on its way into the store.
    struct FinishedWork {
        let ranks: [Int]
        let start: Double
        let end: Double
        let isJournaled: Bool
        let figures: [String: Double]
        let peakMemoryBytes: Int
    }

    let prepared: PreparedRun
    let graph: WorkGraph
    let store: ArtifactStore
    let session: StoreSession
    let committer: Committer
    let journal: JournalThread
    let bay: WorkerBay
    let control: ControlFiles
    /// Epoch seconds of the run's first start, the zero of the journal's times.
    let runStart: Double
    /// What units are expected to take, corrected by those that have ended.
    var forecast: RunForecast
    /// Units of which it was said that they take unusually long.
    var stragglers: Set<Int> = []
    /// When the end of the run is foretold again.
    var nextForetelling = 0.0
    let precedence: Precedence
    /// How many units the state machine's expectations know of.
    var expectedFrom = 0
    /// Ranks times seconds that earlier sessions of the run have taken.
    let spentBefore: Double
    /// Seconds since the run first started.
    let sessionStart: Double
    var isBudgetSpent = false
    let storeWasEmpty: Bool
    /// Tells what cannot be written into the journal.
    let narrate: @Sendable (String) -> Void
    var mailbox: Mailbox?
    var machine: RunStateMachine
    var products: [Product?]
    var processors: [ProcessorPool]
    let machineOfRank: [Int]
    /// By position: the unit may queue behind others on a rank.
    let isLight: [Bool]
    /// By position; the unit goes on from checkpoints.
    let savesCheckpoints: [Bool]
    /// By position; `nil` for units that do not run.
    var launches: [Launch?]
    /// Second attempts beside those in ``launches``.
    var duplicates: [Int: Launch] = [:]
    /// What the first of two attempts made, until the other has ended.
    var firstResults: [Int: FirstResult] = [:]
    /// Units whose attempts have made different things.
    var contradicted: Set<Int> = []
    /// By position; `nil` for units that are not on their way into the store.
    var finishedWork: [FinishedWork?]
    var outbox: [Int: [Assignment]] = [:]
    var elsewhere: [Int: StoreSession.Holder] = [:]
    /// Why what was stored of a unit is of no use, until it is known that the unit runs.
    var lostResults: [Int: String] = [:]
    var toRelease: [Digest] = []
    /// Units of which the store has not been asked yet, in order.
    var unexamined: Deque<Int> = []
    var history: [History.Row] = []
    var historySampling = HistorySampling()
    var failures: [(unit: Int, attempt: Int, cause: String)] = []
    let crashCounts: [Int: CrashRecords.Crash]
    private var pulse: PulseWriter
    private var lastControlLook = 0.0
    private var lastElsewhereLook = 0.0
    private var lastTick = 0.0
    private var cancelledAt: Double?

    struct Setup {
        var prepared: PreparedRun
        var store: ArtifactStore
        var session: StoreSession
        var journal: RunJournal
        var bay: WorkerBay
        var capacity: SiteCapacity
        /// Ids of processors by machine, in the order of `capacity.machines`.
        var processors: [[Int]]
        var communicator: Communicator?
        var catalogue: Catalogue
        var narrate: @Sendable (String) -> Void
    }

    init(_ setup: Setup, pulse: consuming PulseWriter) throws {
        self.pulse = pulse
        prepared = setup.prepared
        graph = setup.prepared.graph
        store = setup.store
        session = setup.session
        bay = setup.bay
        narrate = setup.narrate
        control = ControlFiles(setup.prepared.directory)
        let rankCount = setup.capacity.rankCount
        let past = History(store.layout).observations()
        forecast = RunForecast(
            graph.units, predictor: LearnedPredictor(observations: past.observations), ranks: rankCount,
            hostClass: HostClass.own)
        let predictedSeconds = forecast.medianSeconds
        runStart = try setup.journal.started()
        sessionStart = Date().timeIntervalSince1970 - runStart
        spentBefore =
            prepared.budgetRankSeconds == nil ? 0 : Self.spentBefore(prepared.directory, ranks: rankCount)
        let expectedMemory = MemoryPredictor(observations: past.observations).expectedBytes(
            graph.units, ranks: rankCount)
        var options = RunStateMachine.Options()
        options.failsFast = prepared.failsFast
        options.speculates = prepared.speculates
        machine = RunStateMachine(
            graph: graph, predictedSeconds: predictedSeconds, capacity: setup.capacity,
            policy: Self.policy(prepared.policy), options: options, expectedMemoryBytes: expectedMemory,
            earlierAttempts: try setup.journal.attempts())
        isLight = machine.lightUnits
        savesCheckpoints = graph.units.map { setup.catalogue[$0.kind]?.description.savesCheckpoints ?? false }
        precedence = Precedence(parents: graph.parentPositions())
        products = Array(repeating: nil, count: graph.units.count)
        launches = Array(repeating: nil, count: graph.units.count)
        finishedWork = Array(repeating: nil, count: graph.units.count)
        processors = setup.processors.map { ProcessorPool($0) }
        var machineOfRank = [Int](repeating: 0, count: rankCount)
        for (machine, place) in setup.capacity.machines.enumerated() {
            for rank in place.ranks { machineOfRank[rank] = machine }
        }
        self.machineOfRank = machineOfRank
        mailbox = setup.communicator.map { Mailbox($0) }
        let packs = try DurableFiles.entries(of: store.layout.packs)
        storeWasEmpty = packs.isEmpty && !DurableFiles.exists(store.layout.contents)
        crashCounts = Self.repeatedCrashes(prepared)
        let bay = bay
        committer = Committer(store: store, session: session) { bay.interruptWaiting() }
        journal = JournalThread(setup.journal)
        journal.append([.units(outcomes(predictedSeconds))])
        if let notice = past.notice { tell(notice) }
        setClosingTime()
    }

    private func outcomes(_ predicted: [Double]) -> [UnitOutcome] {
        let parents = graph.parentPositions()
        return graph.units.indices.map { position in
            let unit = graph.units[position]
            return UnitOutcome(
                name: unit.name, kind: unit.kind, key: unit.key, predictedSeconds: predicted[position],
                reason: prepared.reasons[unit.key], parents: parents[position].map { graph.units[$0].key })
        }
    }

    /// Units whose rank died so often that they must not run again, with the last death.
    private static func repeatedCrashes(_ prepared: PreparedRun) -> [Int: CrashRecords.Crash] {
        let records = CrashRecords(prepared.directory)
        guard !records.all().isEmpty else { return [:] }
        var extra: [String: Int] = [:]
        for unit in prepared.graph.units where RetryRule(unit.options).repeatsNodeFailures {
            extra[unit.name] = unit.resources.retries
        }
        let hopeless = records.hopeless { extra[$0] ?? 0 }
        var result: [Int: CrashRecords.Crash] = [:]
        for (position, unit) in prepared.graph.units.enumerated() {
            result[position] = hopeless[unit.name]
        }
        return result
    }

    /// Tells the user something: whoever follows the run reads it in the journal.
    func tell(_ notice: String) { journal.append([.notice(notice, atSeconds: now)], urgently: true) }

    /// Now, in seconds since the run first started.
    var now: Double { Date().timeIntervalSince1970 - runStart }

    // MARK: The loop

    /// Runs the graph to its end.
    func run() throws -> RunOutcome {
        ProcessControl.preferPromptness()
        var events: [RunEvent] = [.started]
        var pause = Pause()
        while true {
            if !events.isEmpty {
                pause.reset()
                let actions = machine.handle(events, at: now)
                events = []
                if let outcome = try perform(actions, into: &events) { return outcome }
                try sendAssignments()
                continue
            }
            if isPastGrace {
                throw ExecutionError(
                    .system, "units did not end within 20 s of being cancelled; their ranks are ended now")
            }
            try collect(into: &events, waiting: unexamined.isEmpty ? pause.next() : 0)
            try examineSome(into: &events)
        }
    }

    private func perform(_ actions: [RunAction], into events: inout [RunEvent]) throws -> RunOutcome? {
        for action in actions {
            switch action {
            case .examine(let unit): unexamined.append(unit)
            case .launch(let unit, let attempt, let ranks): launch(unit, attempt: attempt, ranks: ranks)
            case .duplicate(let unit, let attempt, let ranks): duplicate(unit, attempt: attempt, ranks: ranks)
            case .outdone(let unit, let attempt): try endOutdone(unit, attempt: attempt)
            case .stop(let unit, let cancel): try stop(unit, cancel ? .cancel : .checkpoint)
            case .refuse(let unit, let reason): noteFailure(unit, attempt: 0, cause: reason)
            case .skip(let units): noteSkipped(units)
            case .finish(let outcome):
                try noteHeldUnits()
                return outcome
            }
        }
        return nil
    }

    /// Asks the store about the next units: so many at a time that the first of a wide graph start while the others wait.
    private func examineSome(into events: inout [RunEvent]) throws {
        guard !unexamined.isEmpty else { return }
        let units = Array(unexamined.prefix(Self.examinedTogether))
        unexamined.removeFirst(units.count)
        events += try examine(units)
    }

    private static let examinedTogether = 512

    /// Gathers what happened, waiting at most `seconds` for the worker of this rank.
    private func collect(into events: inout [RunEvent], waiting seconds: Double) throws {
        if let news = bay.takeNews(waiting: seconds) { take(news, into: &events) }
        while let letter = try mailbox?.receive() { take(try RankNews(letter.bytes), into: &events) }
        for result in committer.takeResults() { take(result, into: &events) }
        let time = now
        if time - lastControlLook > 0.1 {
            lastControlLook = time
            pulse.beatIfDue()
            look(at: time, into: &events)
        }
        if time - lastTick > 1 {
            lastTick = time
            events.append(.ticked)
            if let failure = journal.takeFailure() { narrate("the journal cannot be written: \(failure)") }
            for notice in store.takeNotices() { tell(notice) }
            reviseForecast(at: time, into: &events)
            watchBudget(at: time, into: &events)
            foretellEnd(at: time)
        }
        if !elsewhere.isEmpty, time - lastElsewhereLook > 0.3 {
            lastElsewhereLook = time
            try lookElsewhere(into: &events)
        }
    }

    private func look(at time: Double, into events: inout [RunEvent]) {
        switch RunSignals.request ?? control.open {
        case .stop?: events.append(.stopRequested)
        case .cancel?:
            events.append(.cancelRequested)
            if cancelledAt == nil { cancelledAt = time }
        case .moreTime?, nil: break
        }
        var late: [JournalEntry] = []
        for unit in machine.runningUnits {
            guard let launch = launches[unit], !launch.isJournaled, time - launch.at > 0.2 else { continue }
            launches[unit]?.isJournaled = true
            late.append(.started(unit, attempt: launch.attempt, ranks: launch.ranks, atSeconds: launch.at))
        }
        journal.append(late, urgently: true)
    }

    /// Whether units were told to end so long ago that waiting for them is pointless.
    var isPastGrace: Bool { cancelledAt.map { now - $0 > 20 } ?? false }

    private func sendAssignments() throws {
        for rank in outbox.keys.sorted() {
            guard let assignments = outbox[rank] else { continue }
            try send(.assign(assignments), to: rank)
        }
        outbox.removeAll(keepingCapacity: true)
        committer.submit([], releasing: toRelease)
        toRelease.removeAll(keepingCapacity: true)
    }

    func send(_ message: ControlMessage, to rank: Int) throws {
        if rank == 0 {
            bay.deliver(message)
        } else {
            for letter in message.letters { try mailbox?.send(letter, to: rank) }
        }
    }

    private func stop(_ unit: Int, _ request: StopRequest) throws {
        for launch in [launches[unit], duplicates[unit]] {
            guard let launch else { continue }
            for rank in launch.ranks { try send(.stop(unit: unit, attempt: launch.attempt, request), to: rank) }
        }
    }

    /// Writes down what is known when the run cannot go on; what is stored stays.
    func giveUp() {
        journal.append([.status(cancelledAt == nil ? .interrupted : .cancelled, atSeconds: now)])
        journal.close()
    }

    /// Ends every rank's worker, writes the last entries and leaves the store.
    func close(_ outcome: RunOutcome) throws {
        pulse.leave()
        for rank in machineOfRank.indices { try send(.shutdown, to: rank) }
        // Beside what the committer and the journal still have to write.
        let writing = HistoryThread(History(store.layout), rows: history)
        committer.submit([], releasing: toRelease)
        committer.close()
        let status: RunStatus =
            switch outcome {
            case .completed: .done
            case .failed: .failed
            case .stopped: .interrupted
            case .cancelled: .cancelled
            }
        if let failure = writing.wait() { tell("the history of run times was not written: \(failure)") }
        journal.append([.status(status, atSeconds: now)])
        journal.close()
        prepared.trace?.finish(at: Date().timeIntervalSince1970)
        try mailbox?.drain(seconds: 5)
        try session.close()
    }
}
