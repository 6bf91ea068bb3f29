import Determinism
import Scheduling
import TestSupport
import WorkGraph

extension WorkUnit {
    /// A unit of a kind that does nothing.
    static func sample(
        _ name: String, reading parents: [WorkUnit] = [], ranks: ClosedRange<Int> = 1...1, cpus: Int = 1,
        memoryBytes: Int = 0, countable: [String: Int] = [:], retries: Int = 0
    ) -> WorkUnit {
        var resources = ResourceRequest()
        resources.ranks = ranks
        resources.cpus = cpus
        resources.memoryBytes = memoryBytes
        resources.countable = countable
        resources.retries = retries
        let type = PortType("Nothing")
        return WorkUnit(
            name: name, kind: "Sample", kindVersion: 1, parameters: ["name": .string(name)], options: [:],
            inputs: [
                PortBinding(
                    port: "in", type: type, parts: parents.map { OutputReference(producer: $0.key, output: "out") })
            ],
            sources: [], outputs: [OutputDeclaration(name: "out", type: type)], resources: resources, seed: nil,
            numericsVersion: nil, isDeterministic: true, estimate: WorkEstimate(), location: nil)
    }
}

/// Runs a random graph on a random site with random durations, failures, reuse and stops.
struct RunSimulation {
    private var random: SplitMix
    private let graph: WorkGraph
    private var machine: RunStateMachine
    private var commits: [Int]
    private let stopsAt: Double?
    private let failsOften: Bool
    private let predictedSeconds: [Double]
    private let capacity: SiteCapacity
    private let options: RunStateMachine.Options
    /// When coordinators die, ascending.
    private var deaths: [Double] = []
    /// Attempts launched so far, over all sessions.
    private var attempts: [Int: Int] = [:]
    /// Second attempts that were started.
    private(set) var duplicateCount = 0

    init(seed: UInt64) {
        var random = SplitMix(state: seed)
        let count = Int.random(in: 1...24, using: &random)
        let rankCount = Int.random(in: 1...5, using: &random)
        var units: [WorkUnit] = []
        for position in 0..<count {
            let parents = units.filter { _ in Int.random(in: 0..<5, using: &random) == 0 }
            let low = Int.random(in: 1...rankCount, using: &random)
            let isGang = Int.random(in: 0..<4, using: &random) == 0
            units.append(
                .sample(
                    "u\(position)", reading: parents,
                    ranks: isGang ? low...Int.random(in: low...rankCount + 2, using: &random) : 1...1,
                    cpus: Int.random(in: 0..<5, using: &random) == 0 ? 2 : 1,
                    memoryBytes: Int.random(in: 0..<4, using: &random) == 0
                        ? Int.random(in: 1...120, using: &random) : 0,
                    countable: Int.random(in: 0..<5, using: &random) == 0
                        ? ["gpus": Int.random(in: 1...3, using: &random)] : [:],
                    retries: Int.random(in: 0...2, using: &random)))
        }
        graph = WorkGraph(recipe: "random", seed: seed, units: units)
        let split = Int.random(in: 0...rankCount, using: &random)
        let machines = [Array(0..<split), Array(split..<rankCount)].filter { !$0.isEmpty }.map {
            SiteCapacity.Machine(ranks: $0, cpus: Int.random(in: 1...4, using: &random), memoryBytes: 150)
        }
        var options = RunStateMachine.Options()
        options.failsFast = Int.random(in: 0..<8, using: &random) == 0
        options.speculates = Bool.random(using: &random)
        self.options = options
        predictedSeconds = units.map { _ in Double.random(in: 0...20, using: &random) }
        capacity = SiteCapacity(machines: machines, countable: ["gpus": 2])
        machine = RunStateMachine(
            graph: graph, predictedSeconds: predictedSeconds, capacity: capacity, options: options)
        if Int.random(in: 0..<5, using: &random) == 0 {
            machine.close(
                ClosingTime(
                    atSeconds: Double.random(in: 0...80, using: &random),
                    neededSeconds: units.map { _ in Double.random(in: 0...40, using: &random) }))
        }
        commits = Array(repeating: 0, count: count)
        stopsAt = Int.random(in: 0..<6, using: &random) == 0 ? Double.random(in: 0...50, using: &random) : nil
        failsOften = Bool.random(using: &random)
        if Bool.random(using: &random) {
            deaths = (0..<Int.random(in: 1...4, using: &random)).map { _ in Double.random(in: 0...120, using: &random) }
                .sorted()
        }
        self.random = random
    }

    /// Plays the run; a sentence when something is wrong.
    mutating func run() -> String? {
        var now = 0.0
        var agenda: [(at: Double, event: RunEvent)] = [(0, .started)]
        if let stopsAt { agenda.append((stopsAt, Bool.random(using: &random) ? .stopRequested : .cancelRequested)) }
        var stopped: Set<Int> = []
        var outcome: RunOutcome?
        var rounds = 0
        while !agenda.isEmpty, outcome == nil {
            rounds += 1
            if rounds > 10_000 { return "the run does not end" }
            agenda.sort { $0.at < $1.at }
            let next = agenda.removeFirst()
            now = next.at
            if let death = deaths.first, death <= now {
                deaths.removeFirst()
                agenda.append(next)
                agenda = restarted(agenda, at: now)
                stopped = []
                continue
            }
            if case .committed(let unit) = next.event { commits[unit] += 1 }
            if case .computed(let unit, let attempt, _) = next.event, machine.attemptNumbers(of: unit).contains(attempt)
            {
                let isLost = failsOften && Int.random(in: 0..<6, using: &random) == 0
                if Bool.random(using: &random) { agenda.append((now, .written(unit: unit))) }
                agenda.append(
                    (
                        now + Double.random(in: 0...2, using: &random),
                        isLost ? .failed(unit: unit, attempt: attempt, mayRetry: true) : .committed(unit: unit)
                    ))
            }
            var events = [next.event]
            if case .failed(let unit, _, _) = next.event {
                if Int.random(in: 0..<3, using: &random) == 0 { events.insert(.outgrewMemory(unit: unit), at: 0) }
                agenda.append((now + Double.random(in: 0...2, using: &random), .ticked))
                agenda.append((now + 64, .ticked))
            }
            let actions = machine.handle(events, at: now)
            if let violation = machine.violations().first { return violation }
            for action in actions {
                switch action {
                case .examine(let unit):
                    // What is stored is found; what another run stored may be there too.
                    let verdict: RunEvent.Verdict =
                        commits[unit] > 0
                        ? .reuse : [.run, .run, .run, .reuse, .wait].randomElement(using: &random) ?? .run
                    agenda.append((now, .examined(unit: unit, verdict)))
                    if verdict == .wait { agenda.append((now + 3, .released(unit: unit))) }
                case .launch(let unit, let attempt, let ranks), .duplicate(let unit, let attempt, let ranks):
                    if case .duplicate = action {
                        duplicateCount += 1
                        guard let first = machine.ranks(of: unit) else {
                            return "a unit that does not run was duplicated"
                        }
                        if first.count != ranks.count || !Set(first).isDisjoint(with: ranks) {
                            return "unit \(unit) runs on \(first) and again on \(ranks)"
                        }
                    }
                    if commits[unit] > 0 { return "unit \(unit) is launched though it is stored" }
                    if attempt <= attempts[unit] ?? 0 { return "unit \(unit) has attempt \(attempt) twice" }
                    attempts[unit] = attempt
                    let seconds = Double.random(in: 0...30, using: &random)
                    let fails = failsOften && Int.random(in: 0..<4, using: &random) == 0
                    agenda.append(
                        (
                            now + seconds,
                            fails
                                ? .failed(unit: unit, attempt: attempt, mayRetry: Bool.random(using: &random))
                                : .computed(unit: unit, attempt: attempt, seconds: seconds)
                        ))
                    agenda.append((now + 1, .ticked))
                    agenda.append((now + seconds / 2, .straggles(unit: unit)))
                case .outdone(let unit, let attempt):
                    // It may end by itself before it hears of it.
                    guard Bool.random(using: &random) else { continue }
                    agenda.append((now + 0.5, .interrupted(unit: unit, attempt: attempt)))
                case .stop(let unit, let cancel):
                    if stopped.contains(unit), !cancel { return "unit \(unit) was stopped twice" }
                    stopped.insert(unit)
                    guard cancel || Bool.random(using: &random) else { continue }
                    let numbers = machine.attemptNumbers(of: unit)
                    agenda.removeAll { entry in
                        switch entry.event {
                        case .computed(unit, let attempt, _), .failed(unit, let attempt, _): numbers.contains(attempt)
                        default: false
                        }
                    }
                    for attempt in numbers { agenda.append((now + 1, .interrupted(unit: unit, attempt: attempt))) }
                case .refuse, .skip: break
                case .finish(let end): outcome = end
                }
            }
        }
        return verdict(outcome)
    }

    ///
    /// - Returns: what is still to come.
    private mutating func restarted(
        _ agenda: [(at: Double, event: RunEvent)], at now: Double
    ) -> [(at: Double, event: RunEvent)] {
        machine = RunStateMachine(
            graph: graph, predictedSeconds: predictedSeconds, capacity: capacity, options: options,
            earlierAttempts: attempts)
        var rest: [(at: Double, event: RunEvent)] = [(now + 1, .started)]
        for entry in agenda {
            switch entry.event {
            case .committed(let unit):
                // The rename was done before the death, or was not.
                if Bool.random(using: &random) { commits[unit] += 1 }
            case .computed, .interrupted, .failed:
                if Bool.random(using: &random) { rest.append((max(entry.at, now + 1), entry.event)) }
            case .stopRequested, .cancelRequested: rest.append(entry)
            default: break
            }
        }
        return rest
    }

    private func verdict(_ outcome: RunOutcome?) -> String? {
        guard let outcome else { return "nothing is left to happen and the run has not ended" }
        if commits.contains(where: { $0 > 1 }) { return "an effect happened twice" }
        let states = machine.unitStates
        for (unit, state) in states.enumerated() where state == .ran && commits[unit] != 1 {
            return "unit \(unit) ran without effect"
        }
        if outcome == .completed, !states.allSatisfy(\.isDone) { return "completed with units missing" }
        if outcome == .stopped, stopsAt == nil, machine.heldUnits.isEmpty { return "stopped without a reason" }
        if outcome == .failed, !states.contains(.failed) { return "failed without a failure" }
        return nil
    }
}
