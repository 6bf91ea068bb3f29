import Determinism
public import WorkGraph

/// Predicts from what units took before, kind by kind, and from assumed rates where nothing is known.
///
/// A hierarchy: a machine differs from the assumed rates, a kind from the machine, a unit from its kind, and an execution from the one
/// before. Every level is believed as far as it was measured and borrows from the one above for the rest.
///
/// - Source: hierarchical regression with random intercepts, Gelman and Hill, "Data Analysis Using Regression", chapter 12.
public struct LearnedPredictor: DurationPredictor {
    private let rates: AssumedRates
    private var kinds: [String: KindHistory] = [:]
    /// For kinds that never ran.
    private let unknown: KindFit
    /// Whether anything was measured at all.
    private let hasHistory: Bool
    private let knowsSettings: Bool
    /// Variance of the logarithm by which runs as a whole are slower or faster than others.
    public let runVariance: Double

    /// A predictor over `observations`, in the order of time; of each kind the last `limit` count.
    ///
    /// - Complexity: O(*n* log *n*).
    public init(observations: [Observation] = [], rates: AssumedRates = AssumedRates(), limit: Int = 400) {
        self.rates = rates
        var byKind: [String: [KindHistory.Sample]] = [:]
        for observation in observations.reversed() where observation.seconds.isFinite && observation.seconds >= 0 {
            guard byKind[observation.kind]?.count ?? 0 < limit else { continue }
            byKind[observation.kind, default: []].append(
                KindHistory.Sample(
                    x: Self.features(observation.estimate, observation.ranks, observation.cpus, rates),
                    y: Self.logarithm(observation.seconds), settings: observation.settings, name: observation.unit,
                    run: observation.run, hostClass: observation.hostClass))
        }
        let names = byKind.keys.sorted()
        let samples = names.map { Array((byKind[$0] ?? []).reversed()) }
        let prior = KindFit.Prior.shared(by: samples.map(KindHistory.points), startingFrom: Self.broadPrior)
        for (name, list) in zip(names, samples) { kinds[name] = KindHistory(list, prior: prior) }
        unknown = KindFit(prior)
        hasHistory = !names.isEmpty
        knowsSettings = samples.contains { $0.contains { !$0.settings.isEmpty } }
        runVariance = Self.runVariance(kinds, samples: zip(names, samples).map { ($0, $1) })
    }

    public func forecast(_ unit: WorkUnit, on slot: RankSlot) -> UnitForecast {
        var forecast = forecast(
            Observation(
                kind: unit.kind, estimate: unit.estimate, ranks: slot.ranks, seconds: 0, hostClass: slot.hostClass,
                unit: unit.name, settings: knowsSettings ? unit.settingsDigest : "", cpus: unit.resources.cpus))
        // On machines where the kind has run, what it took tells their speed.
        if slot.speed != 1, kinds[unit.kind]?.hasRun(on: slot.hostClass) != true {
            forecast.logMean -= ExactMath.log(slot.speed)
            forecast.basis = .prior
        }
        return forecast
    }

    /// The forecast of a unit like one that was measured; what it took does not count.
    public func forecast(_ unit: Observation) -> UnitForecast {
        let x = Self.features(unit.estimate, unit.ranks, unit.cpus, rates)
        guard let history = kinds[unit.kind] else {
            let value = unknown.belief.value(at: unknown.features(x))
            // Nothing of the kind has run: most of what is not known, all its units will share.
            return UnitForecast(
                logMean: value.mean, sharedVariance: max(0, value.variance - unknown.runVariance),
                ownVariance: unknown.noiseVariance + unknown.runVariance, basis: .prior)
        }
        return history.forecast(
            x, settings: unit.settings, name: unit.unit, hostClass: unit.hostClass, runVariance: runVariance)
    }

    /// What is believed before anything was measured: the assumed rates, three times more or less.
    private static let broadPrior = KindFit.Prior(
        line: SIMD4(0, 1, 0, -0.5), interceptVariance: 0.45, slopeVariance: SIMD3(0.04, 0.04, 0.1), noiseVariance: 0.04,
        runVariance: 0.2, noiseWeight: 4, runWeight: 2, runSlopeVariance: .zero)

    /// Logarithms of the assumed seconds, of the ranks and of the processors of each.
    static func features(_ work: WorkEstimate, _ ranks: Int, _ cpus: Int, _ rates: AssumedRates) -> SIMD3<Double> {
        SIMD3(
            ExactMath.log(rates.seconds(work, ranks: ranks)), ExactMath.log(Double(max(1, ranks))),
            ExactMath.log(Double(max(1, cpus))))
    }

    /// The logarithm of seconds; below a tenth of a millisecond nothing is told apart.
    static func logarithm(_ seconds: Double) -> Double { ExactMath.log(max(seconds, 1e-4)) }

    /// How far apart runs lie as a whole, by moments of the means of their residuals.
    private static func runVariance(
        _ kinds: [String: KindHistory], samples: [(kind: String, list: [KindHistory.Sample])]
    ) -> Double {
        var runs: [String: (sum: Double, weight: Double)] = [:]
        for (kind, list) in samples {
            guard let history = kinds[kind] else { continue }
            // The units of a kind count as one: they share more than the run.
            var means: [String: (sum: Double, variance: Double, count: Double)] = [:]
            for sample in list where !sample.run.isEmpty {
                let known = history.forecast(
                    sample.x, settings: sample.settings, name: sample.name, hostClass: "", runVariance: 0)
                means[sample.run, default: (0, 0, 0)].sum += sample.y - known.logMean
                means[sample.run, default: (0, 0, 0)].variance += known.ownVariance
                means[sample.run, default: (0, 0, 0)].count += 1
            }
            for run in means.keys.sorted() {
                guard let mean = means[run] else { continue }
                let weight = mean.count / max(mean.variance, 1e-6)
                runs[run, default: (0, 0)].sum += weight * mean.sum / mean.count
                runs[run, default: (0, 0)].weight += weight
            }
        }
        let priorWeight = 4.0
        var sum = 0.01 * priorWeight
        for run in runs.keys.sorted() {
            guard let (total, weight) = runs[run] else { continue }
            let mean = total / weight
            sum += max(0, mean * mean - 1 / weight)
        }
        return sum / (priorWeight + Double(runs.count))
    }
}
