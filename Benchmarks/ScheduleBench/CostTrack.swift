import Scheduling
import Sites

/// T6: what a run costs that keeps a deadline, on ranks of several prices.
struct CostTrack {
    private let collection: TraceCollection

    init(_ collection: TraceCollection) { self.collection = collection }

    private static let site = Site(
        pools: [
            RankPool(name: "on-demand", count: 16, speed: 1, pricePerHour: 1, startupSeconds: 60),
            RankPool(name: "fast", count: 16, speed: 2, pricePerHour: 2.5, startupSeconds: 60),
            RankPool(name: "slow", count: 16, speed: 0.5, pricePerHour: 0.4, startupSeconds: 60),
            RankPool(
                name: "spot", count: 12, speed: 1, pricePerHour: 0.3, startupSeconds: 60, interruptionSeconds: 14_400,
                outageSeconds: 300),
        ], rankLimit: 16)

    func run(into table: inout ResultTable) {
        var plain = Site.identical(ranks: 16)
        plain.pools[0].pricePerHour = 1
        plain.pools[0].startupSeconds = 60
        for (factor, reach, misses) in [(1.1, 0.80, 0.10), (1.5, 0.50, 0.05), (2.5, 0.36, 0.03)] {
            table.title("T6: cost at \(factor) times the time on 16 on-demand ranks, up to 500 tasks, five seeds")
            for isKnown in [false, true] {
                var costs: [Double] = []
                var missed = 0
                for instance in collection.upTo(500) {
                    let trace = collection.traces[instance]
                    let work = collection.workloads[instance]
                    let alone = SimulatedPolicy.oracle.run(work, on: plain, model: collection.models[instance])
                        .makespanSeconds
                    // Scaled in time so that the oracle takes two hours.
                    let scale = 7200 / alone
                    var scaled = work
                    scaled.seconds = work.seconds.map { $0 * scale }
                    let base =
                        SimulatedPolicy.airflow.run(scaled, on: plain, model: collection.models[instance]).cost ?? 1
                    for seed in 0..<5 {
                        var options = Simulator.Options()
                        options.opensAll = false
                        options.interruptionSeed = UInt64(seed)
                        let deadline = factor * 7200
                        let run: SimulatedRun
                        if isKnown {
                            var dispatcher = DeadlineDispatcher(
                                scaled, deadlineSeconds: deadline, estimates: KnownDurations(scaled.seconds), caution: 0
                            )
                            run = Simulator.run(scaled, on: Self.site, dispatcher: &dispatcher, options: options)
                        } else {
                            var dispatcher = DeadlineDispatcher(
                                scaled, deadlineSeconds: deadline,
                                estimates: LearnedDurations(
                                    scaled, model: collection.model(without: instance, scaledBy: scale)))
                            run = Simulator.run(scaled, on: Self.site, dispatcher: &dispatcher, options: options)
                        }
                        costs.append((run.cost ?? 0) / base)
                        let isLate = run.makespanSeconds > deadline || run.unfinishedCount > 0
                        if isLate { missed += 1 }
                        table.detail("\(trace.name) seed \(seed): \(costs[costs.count - 1]), late \(isLate)")
                    }
                }
                let name = isKnown ? "oracle" : "predicted"
                table.figure(
                    "T6 \(factor)", "cost, \(name)", costs.reduce(0, +) / Double(costs.count), "",
                    reach: isKnown ? "" : "\(reach)")
                table.figure(
                    "T6 \(factor)", "  runs that miss the deadline, \(name)",
                    100 * Double(missed) / Double(costs.count), "%", reach: isKnown ? "" : "\(Int(100 * misses)) %")
            }
        }
    }
}
