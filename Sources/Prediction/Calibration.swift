import Determinism

/// How good predictions would have been: every run of a history is predicted from the other runs.
public struct Calibration: Hashable, Sendable, Codable {
    /// The units of one kind, or of all.
    public struct Row: Hashable, Sendable, Codable {
        public var kind: String
        public var units: Int
        public var runs: Int
        /// Median of |predicted − measured| / measured.
        public var medianError: Double
        /// Median of predicted / measured.
        public var medianRatio: Double
        /// Share of units that ended between P10 and P90.
        public var coverage: Double
        /// Share of units of whose kind no other run knew anything.
        public var assumedShare: Double
    }

    /// By kind.
    public var rows: [Row]
    /// Of all units, each counted once.
    public var overall: Row?
    /// Runs that were predicted from the others.
    public var runs: Int

    private struct Outcome {
        let run: String
        let ratio: Double
        let isInside: Bool
        let isAssumed: Bool
    }

    /// - Parameters:
    ///   - observations: in the order of time; those without a run do not count.
    ///   - runLimit: so many runs at most are predicted, the last ones.
    /// - Complexity: O(runs × observations).
    public init(_ observations: [Observation], runLimit: Int = 40) {
        var runs: [String] = []
        var seen: Set<String> = []
        for observation in observations.reversed() where !observation.run.isEmpty {
            if seen.insert(observation.run).inserted { runs.append(observation.run) }
        }
        runs = Array(runs.prefix(runLimit))
        // What was never longer than the clock's grain cannot be told apart from it.
        let usable = observations.filter { $0.seconds.isFinite && $0.seconds >= 1e-4 }
        var outcomes: [String: [Outcome]] = [:]
        for run in runs {
            let predictor = LearnedPredictor(observations: usable.filter { $0.run != run })
            for observation in usable where observation.run == run {
                let forecast = predictor.forecast(observation)
                let estimate = forecast.estimate
                outcomes[observation.kind, default: []].append(
                    Outcome(
                        run: run, ratio: estimate.medianSeconds / observation.seconds,
                        isInside: estimate.p10Seconds <= observation.seconds
                            && observation.seconds <= estimate.p90Seconds,
                        isAssumed: forecast.basis == .prior))
            }
        }
        self.runs = runs.count
        rows = outcomes.keys.sorted().compactMap { kind in outcomes[kind].flatMap { Self.row(kind, $0) } }
        overall = Self.row("all", outcomes.keys.sorted().flatMap { outcomes[$0] ?? [] })
    }

    private static func row(_ kind: String, _ outcomes: [Outcome]) -> Row? {
        guard !outcomes.isEmpty else { return nil }
        let count = Double(outcomes.count)
        return Row(
            kind: kind, units: outcomes.count, runs: Set(outcomes.map(\.run)).count,
            medianError: median(outcomes.map { abs($0.ratio - 1) }), medianRatio: median(outcomes.map(\.ratio)),
            coverage: Double(outcomes.count(where: \.isInside)) / count,
            assumedShare: Double(outcomes.count(where: \.isAssumed)) / count)
    }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }
}
