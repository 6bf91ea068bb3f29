import Prediction
import Scheduling
import Sites

/// T5: workflows that arrive one after another.
struct StreamTrack {
    private let collection: TraceCollection

    init(_ collection: TraceCollection) { self.collection = collection }

    /// Each workflow's units are predicted by the model of all other instances.
    private struct Result {
        var reductions: [String: [Double]] = [:]
        var slowdowns: [String: [Double]] = [:]
    }

    func run(into table: inout ResultTable) {
        let chosen = collection.upTo(700)
        let traces = chosen.map { collection.traces[$0] }
        let models = chosen.map { collection.models[$0] }
        for load in [0.7, 0.95] {
            table.title("T5: \(traces.count) workflows arrive once each, load \(load), P = 8, 16, 32, three seeds")
            var result = Result()
            var names: [String] = []
            for ranks in [8, 16, 32] {
                let site = Site.identical(ranks: ranks)
                let alone = traces.map { trace in
                    SimulatedPolicy.oracle.run(Workload([trace]), on: site, model: models[0]).makespanSeconds
                }
                for seed in 0..<3 {
                    let work = Workload.stream(traces, load: load, speed: Double(ranks), seed: UInt64(seed))
                    func response(_ run: SimulatedRun) -> Double {
                        zip(run.completionSeconds, work.arrivals).reduce(0) { $0 + $1.0 - $1.1 } / Double(traces.count)
                    }
                    let base = response(
                        SimulatedPolicy.airflow.run(work, on: site, model: models[0], seed: UInt64(seed)))
                    func add(_ name: String, _ run: SimulatedRun) {
                        if result.reductions[name] == nil { names.append(name) }
                        result.reductions[name, default: []].append(1 - response(run) / base)
                        let slow = zip(zip(run.completionSeconds, work.arrivals), alone).reduce(0) {
                            $0 + ($1.0.0 - $1.0.1) / $1.1
                        }
                        result.slowdowns[name, default: []].append(slow / Double(traces.count))
                    }
                    add("airflow-upstream", SimulatedPolicy.airflowUpstream.run(work, on: site, model: models[0]))
                    var ours = StreamDispatcher(
                        work, speed: Double(ranks), estimates: LearnedDurations(work, models: models))
                    add("least remaining work, predicted", Simulator.run(work, on: site, dispatcher: &ours))
                    var known = StreamDispatcher(
                        work, speed: Double(ranks), estimates: KnownDurations(work.seconds), ageing: 0, trial: 0)
                    add("least remaining work, oracle", Simulator.run(work, on: site, dispatcher: &known))
                }
            }
            for name in names {
                let slowdowns = result.slowdowns[name] ?? []
                table.reductions(
                    "T5 load \(load)", name, result.reductions[name] ?? [], reach: load < 0.9 ? "38 %" : "55 %")
                table.figure(
                    "T5 load \(load)", "  mean slowdown", slowdowns.reduce(0, +) / Double(slowdowns.count), "",
                    reach: "3")
            }
        }
    }
}
