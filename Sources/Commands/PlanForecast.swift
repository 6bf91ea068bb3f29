import Determinism
import Foundation
import Prediction
import Scheduling
import Sites
import WorkGraph

/// The schedule that the run's own state machine would make, and how long it may take.
struct PlanForecast {
    /// One attempt on its ranks.
    struct Bar: Encodable {
        let unit: String
        let ranks: [Int]
        let startSeconds: Double
        let endSeconds: Double
    }

    /// If every unit took its median.
    let bars: [Bar]
    /// Seconds from the first start to the last end of ``bars``.
    let scheduleSeconds: Double
    /// Seconds of the whole run.
    let seconds: Percentiles
    /// Ranks times the seconds they are busy.
    let rankSeconds: Percentiles
    /// Part of all ranks' time in ``bars`` in which they have nothing to do.
    let idleShare: Double
    /// No schedule of the median durations is shorter, and why.
    let bound: LowerBound

    /// - Parameters:
    ///   - runs: for each unit whether it runs.
    ///   - memoryBytes: what a rank of each unit is expected to need, see ``MemoryPredictor/expectedBytes(_:ranks:)``.
    init(
        graph: WorkGraph, runs: [Bool], ranks: Int, predictor: some DurationPredictor, slot: RankSlot,
        policy: any SchedulingPolicy, pool: RankPool? = nil, memoryBytes: [Int] = []
    ) {
        let model = PlanDurations(graph: graph, runs: runs, ranks: ranks, predictor: predictor, slot: slot, pool: pool)
        bound = model.bound
        let medians = Self.simulate(graph, model, policy, memoryBytes, model.medianSeconds)
        bars = medians
        scheduleSeconds = medians.map(\.endSeconds).max() ?? 0
        let busy = Self.rankSeconds(medians)
        let available = Double(ranks) * scheduleSeconds
        idleShare = available > 0 ? max(0, 1 - busy / available) : 0
        let running = runs.count { $0 }
        guard running > 0 else {
            (seconds, rankSeconds) = (Percentiles([0]), Percentiles([0]))
            return
        }
        var times: [Double] = []
        var areas: [Double] = []
        // Whole schedules where they are quick; in long lists sums tell as much.
        let isShort = running <= 1000
        for draw in 0..<(running <= 200 ? 63 : isShort ? 15 : 31) {
            let durations = model.drawn(UInt32(draw))
            if isShort {
                let bars = Self.simulate(graph, model, policy, memoryBytes) { durations.seconds($0, ranks: $1) }
                times.append(bars.map(\.endSeconds).max() ?? 0)
                areas.append(Self.rankSeconds(bars))
            } else {
                let (time, area) = durations.longestAndTotal()
                times.append(max(time, area / Double(ranks)))
                areas.append(area)
            }
        }
        if !isShort {
            // What no schedule can avoid, scaled by what this one takes beyond.
            let least = max(model.medianLongest, busy / Double(ranks), .leastNormalMagnitude)
            let scale = (medians.map(\.endSeconds).max() ?? 0) / least
            times = times.map { $0 * scale }
        }
        seconds = Percentiles(times)
        rankSeconds = Percentiles(areas)
    }

    private static func rankSeconds(_ bars: [Bar]) -> Double {
        bars.reduce(0) { $0 + Double($1.ranks.count) * ($1.endSeconds - $1.startSeconds) }
    }

    /// The run, when units take what `truth` says on so many ranks.
    private static func simulate(
        _ graph: WorkGraph, _ model: PlanDurations, _ policy: any SchedulingPolicy, _ memoryBytes: [Int],
        _ truth: (_ unit: Int, _ ranks: Int) -> Double
    ) -> [Bar] {
        var machine = RunStateMachine(
            graph: graph, predictedSeconds: model.expected, capacity: model.capacity, policy: policy,
            expectedMemoryBytes: memoryBytes)
        var bars: [Bar] = []
        var running: [(end: Double, unit: Int, attempt: Int, start: Double)] = []
        var now = 0.0
        var events: [RunEvent] = [.started]
        while true {
            var next: [RunEvent] = []
            for action in machine.handle(events, at: now) {
                switch action {
                case .examine(let unit): next.append(.examined(unit: unit, model.runs[unit] ? .run : .reuse))
                case .launch(let unit, let attempt, let chosen):
                    let seconds = max(0, truth(unit, chosen.count))
                    let end = now + (seconds.isFinite ? seconds : 0)
                    bars.append(
                        Bar(unit: graph.units[unit].name, ranks: chosen, startSeconds: now, endSeconds: end))
                    // Kept in the order of their ends, latest first.
                    let place = running.firstIndex { $0.end <= end } ?? running.count
                    running.insert((end, unit, attempt, now), at: place)
                case .finish: return bars
                case .duplicate, .outdone, .stop, .refuse, .skip: break
                }
            }
            if next.isEmpty {
                guard let first = running.popLast() else { return bars }
                now = max(now, first.end)
                next = [
                    .computed(unit: first.unit, attempt: first.attempt, seconds: first.end - first.start),
                    .committed(unit: first.unit),
                ]
            }
            events = next
        }
    }
}

/// What nine of ten, half and one of ten exceed.
struct Percentiles: Hashable, Codable {
    let p10: Double
    let median: Double
    let p90: Double

    /// Of a list that is not empty, with linear interpolation.
    init(_ values: [Double]) {
        let sorted = values.sorted()
        func quantile(_ fraction: Double) -> Double {
            let position = fraction * Double(sorted.count - 1)
            let below = Int(position)
            guard below + 1 < sorted.count else { return sorted[sorted.count - 1] }
            return sorted[below] + (sorted[below + 1] - sorted[below]) * (position - Double(below))
        }
        p10 = quantile(0.1)
        median = quantile(0.5)
        p90 = quantile(0.9)
    }

    init(p10: Double, median: Double, p90: Double) {
        self.p10 = p10
        self.median = median
        self.p90 = p90
    }
}
