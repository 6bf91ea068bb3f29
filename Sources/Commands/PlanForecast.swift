import Foundation
import Prediction
import Scheduling
import WorkGraph

/// The schedule that the run's own state machine would make if every unit took its predicted time.
struct PlanForecast {
    /// One attempt on its ranks.
    struct Bar: Encodable {
        let unit: String
        let ranks: [Int]
        let startSeconds: Double
        let endSeconds: Double
    }

    let bars: [Bar]
    /// Seconds from the first start to the last end.
    let seconds: Double
    let p10Seconds: Double
    let p90Seconds: Double
    /// Ranks times the seconds they are busy.
    let rankSeconds: Double
    /// No schedule of these durations is shorter, and why.
    let bound: LowerBound

    init(graph: WorkGraph, units: [PlanReport.Unit], ranks: Int, predictor: some DurationPredictor) {
        bound = Self.bound(graph, units, ranks, predictor)
        let medians = Self.simulate(graph, units, ranks, predictor) { $0.medianSeconds }
        bars = medians
        seconds = medians.map(\.endSeconds).max() ?? 0
        rankSeconds = medians.reduce(0) { $0 + Double($1.ranks.count) * ($1.endSeconds - $1.startSeconds) }
        let running = units.compactMap(\.estimate)
        if running.count <= 2000 {
            p10Seconds = Self.simulate(graph, units, ranks, predictor) { $0.p10Seconds }.map(\.endSeconds).max() ?? 0
            p90Seconds = Self.simulate(graph, units, ranks, predictor) { $0.p90Seconds }.map(\.endSeconds).max() ?? 0
        } else {
            // In long lists the sums tell as much as two more schedules would.
            let total = max(running.reduce(0) { $0 + $1.medianSeconds }, .leastNormalMagnitude)
            p10Seconds = seconds * running.reduce(0) { $0 + $1.p10Seconds } / total
            p90Seconds = seconds * running.reduce(0) { $0 + $1.p90Seconds } / total
        }
    }

    /// The bound over every number of ranks that each unit may have.
    private static func bound(
        _ graph: WorkGraph, _ units: [PlanReport.Unit], _ ranks: Int, _ predictor: some DurationPredictor
    ) -> LowerBound {
        var areas: [Double] = []
        var shortest: [Double] = []
        for (unit, planned) in zip(graph.units, units) {
            guard planned.action == .run else {
                areas.append(0)
                shortest.append(0)
                continue
            }
            let least = min(unit.resources.ranks.lowerBound, ranks)
            var (area, time) = (Double.infinity, Double.infinity)
            for width in least...max(least, min(unit.resources.ranks.upperBound, ranks)) {
                let seconds = predictor.estimate(unit, on: RankSlot(ranks: width)).medianSeconds
                area = min(area, Double(width) * seconds)
                time = min(time, seconds)
            }
            areas.append(area)
            shortest.append(time)
        }
        return LowerBound(
            areas: areas, shortest: shortest, precedence: Precedence(parents: graph.parentPositions()), ranks: ranks)
    }

    private static func simulate(
        _ graph: WorkGraph, _ units: [PlanReport.Unit], _ ranks: Int, _ predictor: some DurationPredictor,
        _ choose: (DurationEstimate) -> Double
    ) -> [Bar] {
        // What a site has to count is not known here: as much as the greediest unit asks for.
        var countable: [String: Int] = [:]
        for unit in graph.units {
            for (name, amount) in unit.resources.countable { countable[name] = max(countable[name] ?? 0, amount) }
        }
        let capacity = SiteCapacity.single(
            ranks: ranks, cpus: max(ranks, ProcessInfo.processInfo.activeProcessorCount), countable: countable)
        var machine = RunStateMachine(
            graph: graph, predictedSeconds: units.map { $0.estimate.map(choose) ?? 0 }, capacity: capacity)
        var bars: [Bar] = []
        var running: [(end: Double, unit: Int, attempt: Int, start: Double)] = []
        var now = 0.0
        var events: [RunEvent] = [.started]
        while true {
            var next: [RunEvent] = []
            for action in machine.handle(events, at: now) {
                switch action {
                case .examine(let unit):
                    next.append(.examined(unit: unit, units[unit].action == .run ? .run : .reuse))
                case .launch(let unit, let attempt, let chosen):
                    let estimate = predictor.estimate(graph.units[unit], on: RankSlot(ranks: chosen.count))
                    let seconds = max(0, choose(estimate))
                    let end = now + (seconds.isFinite ? seconds : 0)
                    bars.append(
                        Bar(unit: graph.units[unit].name, ranks: chosen, startSeconds: now, endSeconds: end))
                    // Kept in the order of their ends, latest first.
                    let place = running.firstIndex { $0.end <= end } ?? running.count
                    running.insert((end, unit, attempt, now), at: place)
                case .finish: return bars
                case .stop, .refuse, .skip: break
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
