public import Prediction
public import Sites

/// A policy by the name under which a user compares it in the simulator.
public enum SimulatedPolicy: String, CaseIterable, Sendable {
    /// First ready, first served, on any idle rank.
    case fifo
    /// Airflow's default: what most units wait for goes first, on any idle rank.
    case airflow
    /// Airflow's weight rule `upstream`.
    case airflowUpstream = "airflow-upstream"
    /// Airflow's default order on the fastest idle rank.
    case airflowFastest = "airflow-fastest"
    /// The longest expected path first where it is expected to end first; of several workflows the one with least work left.
    case criticalPath = "critical-path"
    /// Rents the cheapest ranks with which the run is expected to keep its deadline.
    case cheapest
    /// The critical path with true durations: what better predictions could still win.
    case oracle

    /// Whether what it does depends on the random choice among idle ranks.
    public var isRandom: Bool { self == .fifo || self == .airflow || self == .airflowUpstream }

    /// Schedules a workload.
    ///
    /// - Parameters:
    ///   - model: what the predictor learned from other runs.
    ///   - seed: chooses among idle ranks.
    ///   - deadlineSeconds: what ``cheapest`` has to keep; without one it takes the time it likes.
    public func run(
        _ workload: Workload, on site: Site, model: DurationModel, seed: UInt64 = 0,
        options: Simulator.Options = Simulator.Options(), deadlineSeconds: Double? = nil
    ) -> SimulatedRun {
        func simulateGangs(_ dispatcher: some Dispatcher) -> SimulatedRun {
            var dispatcher = dispatcher
            return Simulator.run(workload, on: site, dispatcher: &dispatcher, options: options)
        }
        if !workload.gangs.isEmpty {
            let ranks = site.poolOfRank.count
            switch self {
            case .fifo: return simulateGangs(FixedGangDispatcher(workload, policy: FIFOPolicy()))
            case .airflow, .airflowFastest: return simulateGangs(FixedGangDispatcher(workload, policy: AirflowPolicy()))
            case .airflowUpstream:
                return simulateGangs(FixedGangDispatcher(workload, policy: AirflowPolicy(rule: .upstream)))
            case .criticalPath, .cheapest:
                return simulateGangs(
                    GangDispatcher(workload, ranks: ranks, estimates: LearnedDurations(workload, model: model)))
            case .oracle:
                return simulateGangs(
                    GangDispatcher(workload, ranks: ranks, estimates: KnownDurations(workload.seconds)))
            }
        }
        func simulate(_ policy: any SchedulingPolicy, _ estimates: some RunEstimates) -> SimulatedRun {
            var dispatcher = ListDispatcher(workload, policy: policy, estimates: estimates, seed: seed)
            return Simulator.run(workload, on: site, dispatcher: &dispatcher, options: options)
        }
        func simulatePaths(_ estimates: some RunEstimates) -> SimulatedRun {
            guard workload.arrivals.count > 1 else { return simulate(CriticalPathPolicy(), estimates) }
            let speed = site.poolOfRank.reduce(0) { $0 + site.pools[$1].speed }
            var dispatcher = StreamDispatcher(
                workload, speed: speed, estimates: estimates, trial: self == .oracle ? 0 : 0.1)
            return Simulator.run(workload, on: site, dispatcher: &dispatcher, options: options)
        }
        switch self {
        case .fifo: return simulate(FIFOPolicy(), EqualDurations())
        case .airflow: return simulate(AirflowPolicy(), EqualDurations())
        case .airflowUpstream: return simulate(AirflowPolicy(rule: .upstream), EqualDurations())
        case .airflowFastest: return simulate(AirflowPolicy(placement: .fastest), EqualDurations())
        case .criticalPath: return simulatePaths(LearnedDurations(workload, model: model))
        case .cheapest:
            var options = options
            options.opensAll = false
            var dispatcher = DeadlineDispatcher(
                workload, deadlineSeconds: deadlineSeconds ?? 1e12, estimates: LearnedDurations(workload, model: model))
            return Simulator.run(workload, on: site, dispatcher: &dispatcher, options: options)
        case .oracle: return simulatePaths(KnownDurations(workload.seconds))
        }
    }
}
