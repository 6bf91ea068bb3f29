import Determinism
import Prediction
import Scheduling
import Sites
import TestSupport
import Testing
import WorkGraph

@Suite("Memory and what is left")
struct MemoryTests {
    private func graph(_ count: Int, memory: Int = 0) -> WorkGraph {
        WorkGraph(recipe: "m", seed: 1, units: (0..<count).map { .sample("u\($0)", memoryBytes: memory) })
    }

    /// Units that run at first.
    private func firstWave(_ machine: inout RunStateMachine, _ count: Int) -> Int {
        _ = machine.handle([.started], at: 0)
        return machine.handle((0..<count).map { .examined(unit: $0, .run) }, at: 0).count {
            if case .launch = $0 { true } else { false }
        }
    }

    @Test(
        "expected memory is never overcommitted, and what a machine does not have makes no unit impossible",
        arguments: [
            (600, 1), (300, 3), (224, 4), (5000, 1), (0, 4), (10, 4),
        ])
    func placement(expected: Int, together: Int) {
        var machine = RunStateMachine(
            graph: graph(4), predictedSeconds: [1, 1, 1, 1], capacity: .single(ranks: 4, memoryBytes: 1000),
            expectedMemoryBytes: Array(repeating: expected, count: 4))
        #expect(firstWave(&machine, 4) == together)
        #expect(machine.violations().isEmpty)
        #expect(machine.lightUnits == Array(repeating: expected <= 31, count: 4))
    }

    @Test func `what the recipe says counts, whatever was measured`() {
        var machine = RunStateMachine(
            graph: graph(4, memory: 250), predictedSeconds: [1, 1, 1, 1],
            capacity: .single(ranks: 4, memoryBytes: 1000), expectedMemoryBytes: [900, 900, 900, 900])
        #expect(firstWave(&machine, 4) == 4)
    }

    @Test func `a pool's ranks stand on machines with the memory that the site file says`() {
        let pool = RankPool(name: "p", count: 8, memoryBytes: 100, ranksPerNode: 4)
        let capacity = SiteCapacity(pool: pool, ranks: 6, cpus: 12)
        #expect(capacity.machines.map(\.ranks) == [[0, 1, 2, 3], [4, 5]])
        #expect(capacity.machines.map(\.memoryBytes) == [400, 200] && capacity.machines.map(\.cpus) == [8, 4])
        #expect(SiteCapacity(pool: nil, ranks: 3, cpus: 3).machines.map(\.memoryBytes) == [.max])
    }

    // MARK: What is left

    private func left(_ position: Int, _ seconds: Double, elapsed: Double = 0, ranks: Int = 1, spread: Double = 0)
        -> RemainingTime.Unit
    {
        RemainingTime.Unit(
            position: position, kind: 0,
            forecast: UnitForecast(
                logMean: ExactMath.log(seconds), sharedVariance: spread / 2,
                ownVariance: spread / 2, basis: .prior), ranks: ranks, elapsedSeconds: elapsed)
    }

    @Test func `certain units leave their longest path or their work over the ranks`() {
        let chain = Precedence(parents: [[], [0], [1]])
        let path = RemainingTime([left(1, 10), left(2, 5)], precedence: chain, ranks: 4, runVariance: 0)
        #expect(abs(path.medianSeconds - 15) < 1e-6 && path.p10Seconds == path.p90Seconds)
        let wide = Precedence(parents: [[], [], [], []])
        let area = RemainingTime((0..<4).map { left($0, 10) }, precedence: wide, ranks: 2, runVariance: 0)
        #expect(abs(area.medianSeconds - 20) < 1e-6)
        let running = RemainingTime([left(1, 10, elapsed: 4)], precedence: chain, ranks: 1, runVariance: 0)
        #expect(abs(running.medianSeconds - 6) < 1e-6)
        #expect(RemainingTime([], precedence: chain, ranks: 1, runVariance: 0).p90Seconds == 0)
    }

    @Test func `uncertain units leave a range, also those that have run for longer than expected`() {
        let chain = Precedence(parents: [[], [0]])
        let rest = RemainingTime(
            [left(0, 10, elapsed: 60, spread: 0.4), left(1, 10, spread: 0.4)], precedence: chain, ranks: 1,
            runVariance: 0.1)
        #expect(rest.p10Seconds > 3 && rest.p10Seconds < rest.medianSeconds && rest.medianSeconds < rest.p90Seconds)
    }
}
