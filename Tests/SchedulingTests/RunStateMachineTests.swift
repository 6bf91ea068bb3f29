import Determinism
import Scheduling
import Testing
import WorkGraph

@Suite("Run state machine")
struct RunStateMachineTests {
    @Test(
        "random graphs run to the end through deaths of the coordinator: every effect once, no edge violated, nothing overcommitted",
        arguments: 0..<20)
    func randomRuns(block: UInt64) throws {
        for seed in block * 500..<block * 500 + 500 {
            var simulation = RunSimulation(seed: seed)
            let problem = simulation.run()
            #expect(problem == nil, "seed \(seed): \(problem ?? "")")
            if problem != nil { return }
        }
    }

    @Test func `a gang takes every rank its range allows, though some are busy at first`() {
        let graph = WorkGraph(
            recipe: "t", seed: 1, units: [.sample("long"), .sample("gang", ranks: 1...4), .sample("short")])
        var machine = RunStateMachine(graph: graph, predictedSeconds: [5, 100, 1], capacity: .single(ranks: 3))
        machine.launchAll(at: 0)
        #expect(machine.ranks(of: 1) == [0, 1, 2])
        var other = RunStateMachine(graph: graph, predictedSeconds: [200, 100, 1], capacity: .single(ranks: 3))
        other.launchAll(at: 0)
        #expect(other.ranks(of: 0) == [0])
        _ = other.handle([.ticked], at: 1)
        #expect(other.ranks(of: 1) == nil || other.ranks(of: 1) == [1, 2])
    }

    @Test func `a failure skips what depends on it and the rest goes on`() {
        let root = WorkUnit.sample("root")
        let bad = WorkUnit.sample("bad")
        let child = WorkUnit.sample("child", reading: [bad])
        let graph = WorkGraph(recipe: "t", seed: 1, units: [root, bad, child])
        var machine = RunStateMachine(graph: graph, predictedSeconds: [1, 1, 1], capacity: .single(ranks: 2))
        machine.launchAll(at: 0)
        let actions = machine.handle([.failed(unit: 1, attempt: 1, mayRetry: true)], at: 1)
        #expect(actions == [.skip(units: [2])])
        #expect(
            machine.handle([.computed(unit: 0, attempt: 1, seconds: 1), .committed(unit: 0)], at: 2) == [
                .finish(.failed)
            ])
        #expect(machine.unitStates == [.ran, .failed, .skipped])
    }

    @Test func `failing fast cancels what runs`() {
        let graph = WorkGraph(recipe: "t", seed: 1, units: [.sample("a"), .sample("b"), .sample("c")])
        var options = RunStateMachine.Options()
        options.failsFast = true
        var machine = RunStateMachine(
            graph: graph, predictedSeconds: [1, 1, 1], capacity: .single(ranks: 2), options: options)
        machine.launchAll(at: 0)
        #expect(machine.handle([.failed(unit: 0, attempt: 1, mayRetry: true)], at: 1) == [.stop(unit: 1, cancel: true)])
        #expect(machine.handle([.interrupted(unit: 1, attempt: 1)], at: 2) == [.finish(.failed)])
    }

    @Test func `what would not end in the time there is waits for the next allocation`() {
        let quick = WorkUnit.sample("quick")
        let graph = WorkGraph(
            recipe: "t", seed: 1,
            units: [quick, .sample("slow"), .sample("after quick", reading: [quick]), .sample("brief")])
        var machine = RunStateMachine(graph: graph, predictedSeconds: [9, 50, 1, 2], capacity: .single(ranks: 1))
        machine.close(ClosingTime(atSeconds: 10, neededSeconds: [9, 50, 5, 0.5]))
        machine.launchAll(at: 0)
        #expect(machine.heldUnits == [1] && machine.runningUnits == [0])
        let next = machine.handle([.computed(unit: 0, attempt: 1, seconds: 9), .committed(unit: 0)], at: 9)
        #expect(next == [.examine(unit: 2), .launch(unit: 3, attempt: 1, ranks: [0])])
        // A second is left: not enough for what has become ready.
        #expect(machine.handle([.examined(unit: 2, .run)], at: 9.1).isEmpty)
        let end = machine.handle([.computed(unit: 3, attempt: 1, seconds: 0.2), .committed(unit: 3)], at: 9.3)
        #expect(end == [.finish(.stopped)] && machine.heldUnits == [1, 2])
        #expect(machine.unitStates == [.ran, .ready, .ready, .ran] && machine.violations().isEmpty)
    }

    @Test func `a unit is tried again as often as it asks`() {
        var unit = WorkUnit.sample("flaky", retries: 1)
        unit.name = "flaky"
        let graph = WorkGraph(recipe: "t", seed: 1, units: [unit])
        var machine = RunStateMachine(graph: graph, predictedSeconds: [1], capacity: .single(ranks: 1))
        machine.launchAll(at: 0)
        #expect(machine.handle([.failed(unit: 0, attempt: 1, mayRetry: true)], at: 1).isEmpty)
        #expect(machine.handle([.ticked], at: 1.9).isEmpty)
        #expect(machine.handle([.ticked], at: 2) == [.launch(unit: 0, attempt: 2, ranks: [0])])
        #expect(machine.handle([.failed(unit: 0, attempt: 2, mayRetry: true)], at: 3) == [.finish(.failed)])
    }

    @Test func `pauses between repetitions double up to a limit, and a stop ends them`() {
        let graph = WorkGraph(recipe: "t", seed: 1, units: [.sample("flaky", retries: 100)])
        var machine = RunStateMachine(graph: graph, predictedSeconds: [1], capacity: .single(ranks: 1))
        machine.launchAll(at: 0)
        var now = 0.0
        for (attempt, pause) in [1.0, 2, 4, 8, 16, 32, 60, 60].enumerated() {
            #expect(machine.handle([.failed(unit: 0, attempt: attempt + 1, mayRetry: true)], at: now).isEmpty)
            #expect(machine.handle([.ticked], at: now + pause - 0.1).isEmpty)
            now += pause
            #expect(machine.handle([.ticked], at: now) == [.launch(unit: 0, attempt: attempt + 2, ranks: [0])])
        }
        #expect(machine.handle([.failed(unit: 0, attempt: 9, mayRetry: true)], at: now).isEmpty)
        #expect(machine.handle([.stopRequested], at: now + 100) == [.finish(.stopped)])
    }

    @Test func `a unit that needed more memory gets twice as much, until no machine has it`() {
        let graph = WorkGraph(
            recipe: "t", seed: 1,
            units: [.sample("large", memoryBytes: 40, retries: 5), .sample("other", memoryBytes: 40)])
        let site = SiteCapacity(machines: [.init(ranks: [0, 1], cpus: 2, memoryBytes: 100)])
        var machine = RunStateMachine(graph: graph, predictedSeconds: [1, 1], capacity: site)
        machine.launchAll(at: 0)
        _ = machine.handle([.outgrewMemory(unit: 0), .failed(unit: 0, attempt: 1, mayRetry: true)], at: 1)
        // 80 beside 40 is more than there is.
        #expect(machine.handle([.ticked], at: 5).isEmpty)
        #expect(
            machine.handle([.computed(unit: 1, attempt: 1, seconds: 5), .committed(unit: 1)], at: 6)
                == [.launch(unit: 0, attempt: 2, ranks: [0])])
        _ = machine.handle([.outgrewMemory(unit: 0), .failed(unit: 0, attempt: 2, mayRetry: true)], at: 7)
        let end = machine.handle([.ticked], at: 20)
        #expect(end.last == .finish(.failed))
        guard case .refuse(0, let reason)? = end.first else { return #expect(Bool(false), "\(end)") }
        #expect(reason.contains("160 bytes"))
        #expect(machine.violations().isEmpty)
    }

    @Test func `stopping lets running units end and starts nothing`() {
        let graph = WorkGraph(recipe: "t", seed: 1, units: [.sample("a"), .sample("b")])
        var machine = RunStateMachine(graph: graph, predictedSeconds: [1, 1], capacity: .single(ranks: 1))
        machine.launchAll(at: 0)
        #expect(machine.handle([.stopRequested], at: 1) == [.stop(unit: 0, cancel: false)])
        #expect(
            machine.handle([.computed(unit: 0, attempt: 1, seconds: 1), .committed(unit: 0)], at: 2) == [
                .finish(.stopped)
            ])
    }

    @Test func `a unit that another run computes is asked for again when that run is done with it`() {
        let graph = WorkGraph(recipe: "t", seed: 1, units: [.sample("a")])
        var machine = RunStateMachine(graph: graph, predictedSeconds: [1], capacity: .single(ranks: 1))
        #expect(machine.handle([.started], at: 0) == [.examine(unit: 0)])
        #expect(machine.handle([.examined(unit: 0, .wait)], at: 0) == [])
        #expect(machine.handle([.released(unit: 0)], at: 5) == [.examine(unit: 0)])
        #expect(machine.handle([.examined(unit: 0, .reuse)], at: 5) == [.finish(.completed)])
    }

    @Test func `what the site does not have is refused with the way to say so`() {
        let graph = WorkGraph(recipe: "t", seed: 1, units: [.sample("a", countable: ["gpus": 1])])
        var machine = RunStateMachine(graph: graph, predictedSeconds: [1], capacity: .single(ranks: 1))
        _ = machine.handle([.started], at: 0)
        let actions = machine.handle([.examined(unit: 0, .run)], at: 0)
        #expect(
            actions == [
                .refuse(unit: 0, reason: "needs 1 gpus, this run has 0; say so with --resource gpus=1"),
                .finish(.failed),
            ])
    }

    @Test func `short units queue up on ranks once their pace is known`() {
        let graph = WorkGraph(recipe: "t", seed: 1, units: (0..<500).map { .sample("u\($0)") })
        var machine = RunStateMachine(
            graph: graph, predictedSeconds: Array(repeating: 0.001, count: 500), capacity: .single(ranks: 2))
        var open = machine.launchAll(at: 0)
        var most = 0
        while let unit = open.first {
            open.removeFirst()
            for action in machine.handle(
                [.computed(unit: unit, attempt: 1, seconds: 0.00001), .committed(unit: unit)], at: 0)
            {
                if case .launch(let next, _, _) = action { open.append(next) }
            }
            most = max(most, open.count)
            #expect(machine.violations().isEmpty)
        }
        #expect(most > 100)
        #expect(machine.unitStates.allSatisfy { $0 == .ran })
    }

    @Test func `what is written waits for the disk without holding others up, within a limit`() {
        let graph = WorkGraph(recipe: "t", seed: 1, units: (0..<3000).map { .sample("u\($0)") })
        var machine = RunStateMachine(
            graph: graph, predictedSeconds: Array(repeating: 0.001, count: 3000), capacity: .single(ranks: 2))
        var queues: [[Int]] = [[], []]
        for unit in machine.launchAll(at: 0) { queues[machine.ranks(of: unit)?.first ?? 0].append(unit) }
        var done = [0, 0]
        var written: [Int] = []
        // The two ranks take turns for as long as both have something.
        while let rank = [0, 1].filter({ done[$0] < queues[$0].count }).min(by: { done[$0] < done[$1] }) {
            let unit = queues[rank][done[rank]]
            done[rank] += 1
            written.append(unit)
            for action in machine.handle(
                [.computed(unit: unit, attempt: 1, seconds: 0.00001), .written(unit: unit)], at: 0)
            {
                if case .launch(let launched, _, let ranks) = action { queues[ranks[0]].append(launched) }
            }
        }
        #expect(machine.violations().isEmpty)
        // All that was launched is written, and no more may be.
        let limit = machine.options.unsyncedLimit
        #expect(limit..<limit + machine.options.unwrittenLimit ~= written.count)
        #expect(abs(done[0] - done[1]) <= 200)
        #expect(
            machine.handle(written.map { .committed(unit: $0) }, at: 1).contains {
                if case .launch = $0 { true } else { false }
            })
        #expect(machine.unitStates.count { $0 == .ran } == written.count)
    }
}

extension RunStateMachine {
    /// Starts the run, answering every question of the store with "run"; returns what was launched.
    @discardableResult
    mutating func launchAll(at seconds: Double) -> [Int] {
        var launched: [Int] = []
        var events: [RunEvent] = [.started]
        while !events.isEmpty {
            let actions = handle(events, at: seconds)
            events = actions.compactMap { if case .examine(let unit) = $0 { .examined(unit: unit, .run) } else { nil } }
            launched += actions.compactMap { if case .launch(let unit, _, _) = $0 { unit } else { nil } }
        }
        return launched
    }
}
