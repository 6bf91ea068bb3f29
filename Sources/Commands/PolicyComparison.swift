import Prediction
import Scheduling
import Sites

/// Simulates traces under several policies and collects what comes out.
struct PolicyComparison {
    let policies: [SimulatedPolicy]
    let history: [WorkflowTrace]
    let noise: Double
    let seed: UInt64
    let transferRatio: Double?
    let deadlineSeconds: Double?
    private(set) var report = SimulationReport()
    /// Models by the name of the trace that was left out.
    private var models: [String: DurationModel] = [:]

    init(
        policies: [SimulatedPolicy], history: [WorkflowTrace], noise: Double, seed: UInt64, transferRatio: Double?,
        deadlineSeconds: Double?
    ) {
        self.policies = policies
        self.history = history
        self.noise = noise
        self.seed = seed
        self.transferRatio = transferRatio
        self.deadlineSeconds = deadlineSeconds
    }

    /// Simulates one trace.
    mutating func add(_ trace: WorkflowTrace, on site: Site, called name: String) {
        let workload = Workload([trace]).withNoise(sigma: noise, seed: seed)
        let model = model(without: [trace.name])
        let site = self.site(site, for: [trace])
        let bound = LowerBound(workload: workload, speeds: site.poolOfRank.map { site.pools[$0].speed })
        for policy in policies {
            let run = simulate(policy, workload, site, model)
            report.append(
                .init(
                    trace: trace.name, site: name, policy: policy.rawValue, units: workload.count,
                    makespanSeconds: run.makespanSeconds, boundSeconds: bound.seconds,
                    boundReason: bound.reason.rawValue,
                    meanResponseSeconds: nil, meanSlowdown: nil, busyShare: busyShare(run, site), cost: run.cost,
                    interruptions: run.interruptions,
                    missed: deadlineSeconds.map { run.makespanSeconds > $0 || run.unfinishedCount > 0 }))
        }
    }

    /// Simulates all traces as they arrive.
    mutating func add(stream traces: [WorkflowTrace], load: Double, on site: Site, called name: String) {
        let site = self.site(site, for: traces)
        let speed = site.poolOfRank.reduce(0) { $0 + site.pools[$1].speed }
        let workload = Workload.stream(traces, load: load, speed: speed, seed: seed).withNoise(sigma: noise, seed: seed)
        let model = model(without: Set(traces.map(\.name)))
        let alone = traces.map { trace in
            var dispatcher = ListDispatcher(
                Workload([trace]), policy: CriticalPathPolicy(),
                estimates: KnownDurations(trace.tasks.map(\.seconds)))
            return Simulator.run(Workload([trace]), on: site, dispatcher: &dispatcher).makespanSeconds
        }
        for policy in policies {
            let run = simulate(policy, workload, site, model)
            let responses = zip(run.completionSeconds, workload.arrivals).map { $0 - $1 }
            let count = Double(max(1, responses.count))
            let late = deadlineSeconds.map { deadline in responses.contains { $0 > deadline } }
            report.append(
                .init(
                    trace: "stream of \(traces.count)", site: name, policy: policy.rawValue, units: workload.count,
                    makespanSeconds: run.makespanSeconds, boundSeconds: nil, boundReason: nil,
                    meanResponseSeconds: responses.reduce(0, +) / count,
                    meanSlowdown: zip(responses, alone).reduce(0) { $0 + $1.0 / $1.1 } / count,
                    busyShare: busyShare(run, site), cost: run.cost, interruptions: run.interruptions, missed: late))
        }
    }

    private func simulate(
        _ policy: SimulatedPolicy, _ workload: Workload, _ site: Site, _ model: DurationModel
    ) -> SimulatedRun {
        var options = Simulator.Options()
        options.interruptionSeed = seed
        return policy.run(
            workload, on: site, model: model, seed: seed, options: options, deadlineSeconds: deadlineSeconds)
    }

    private func site(_ site: Site, for traces: [WorkflowTrace]) -> Site {
        guard let transferRatio else { return site }
        let bytes = traces.reduce(0) { $0 + $1.edgeBytes }
        let work = traces.reduce(0) { $0 + $1.totalSeconds }
        guard bytes > 0 else { return site }
        var site = site
        site.bytesPerSecond = bytes / (transferRatio * work)
        return site
    }

    private func busyShare(_ run: SimulatedRun, _ site: Site) -> Double {
        guard run.makespanSeconds > 0 else { return 0 }
        return run.busyRankSeconds / (run.makespanSeconds * Double(site.poolOfRank.count))
    }

    /// What the history teaches without some traces.
    private mutating func model(without names: Set<String>) -> DurationModel {
        let key = names.intersection(history.map(\.name)).sorted().joined(separator: "\u{0}")
        if let model = models[key] { return model }
        let measured = history.enumerated().filter { !names.contains($0.element.name) }
            .flatMap { $0.element.measuredDurations(run: $0.offset) }
        let model = DurationModel(measured)
        // One model per trace would fill the memory with hundreds of traces.
        models = [key: model]
        return model
    }
}
