import Determinism
public import WorkGraph

/// What is expected of every unit of a run, corrected by the units that have ended in it.
///
/// A run as a whole may be slower or faster than those before it, and so may each kind in it. What is known of both after every unit is a
/// normal distribution over the logarithm, from the variances that the forecasts tell apart.
///
/// - Source: two-level normal model, Gelman et al., "Bayesian Data Analysis", chapter 5.
public struct RunForecast: Sendable {
    /// What the run has said of one kind: residuals weighted by the certainty of their forecasts.
    private struct Kind: Sendable {
        var weight = 0.0
        var sum = 0.0
        /// Variance that the kind's units share beside the run's; of its widest forecast.
        var variance = 0.0

        /// What is known of the kind's own deviation when that of the run is `run`.
        func correction(run: Double) -> (mean: Double, variance: Double) {
            guard weight > 0 else { return (0, variance) }
            let part = variance / (variance + 1 / weight)
            return ((sum / weight - run) * part, variance * (1 - part))
        }
    }

    /// How far a running unit says it is.
    private struct Progress: Sendable {
        let share: Double
        let elapsedSeconds: Double
    }

    private let predictor: any DurationPredictor
    private let units: [WorkUnit]
    private let hostClass: String
    /// For each unit the position of its kind.
    public let kindOf: [Int]
    private var kinds: [Kind]
    /// Before the run, on the most ranks each unit may have.
    public let planned: [UnitForecast]
    /// For each unit the most ranks it may have.
    public let plannedRanks: [Int]
    private var run: (mean: Double, variance: Double)
    private var progress: [Int: Progress] = [:]
    /// How many units have taught something.
    public private(set) var observedCount = 0

    /// - Parameter ranks: how many the run has.
    public init(_ units: [WorkUnit], predictor: any DurationPredictor, ranks: Int, hostClass: String = "") {
        self.units = units
        self.predictor = predictor
        self.hostClass = hostClass
        plannedRanks = units.map { max($0.resources.ranks.lowerBound, min($0.resources.ranks.upperBound, ranks)) }
        planned = zip(units, plannedRanks).map {
            predictor.forecast($0, on: RankSlot(ranks: $1, hostClass: hostClass))
        }
        var names: [String: Int] = [:]
        kindOf = units.map { unit in
            let kind = names[unit.kind] ?? names.count
            names[unit.kind] = kind
            return kind
        }
        kinds = Array(repeating: Kind(), count: names.count)
        run = (0, predictor.runVariance)
        for (unit, kind) in kindOf.enumerated() {
            kinds[kind].variance = max(kinds[kind].variance, planned[unit].sharedVariance - run.variance)
        }
    }

    /// The forecast of the unit at `unit` by all that is known now.
    ///
    /// - Parameter ranks: of its gang; the most it may have when nothing is said.
    public func forecast(_ unit: Int, ranks: Int? = nil) -> UnitForecast {
        let before = plain(unit, ranks: ranks)
        let own = kinds[kindOf[unit]].correction(run: run.mean)
        var after = before
        after.logMean += run.mean + own.mean
        // Never wider than before: what the run has shown can only narrow it.
        after.sharedVariance = min(before.sharedVariance, run.variance + own.variance)
        guard let progress = progress[unit], progress.share > 0 else { return after }
        // The pace so far, the more certain the further it is.
        let left = 1 - progress.share
        let paceVariance = 0.0025 + 0.09 * left * left
        let variance = after.sharedVariance + after.ownVariance
        let weight = variance / (variance + paceVariance)
        let pace = LearnedPredictor.logarithm(progress.elapsedSeconds / progress.share)
        after.logMean += weight * (pace - after.logMean)
        after.sharedVariance = 0
        after.ownVariance = variance * paceVariance / (variance + paceVariance)
        return after
    }

    /// Variance of the logarithm by which this run may still be slower or faster as a whole.
    public var runVariance: Double { run.variance }

    private func plain(_ unit: Int, ranks: Int?) -> UnitForecast {
        guard let ranks, ranks != plannedRanks[unit] else { return planned[unit] }
        return predictor.forecast(units[unit], on: RankSlot(ranks: ranks, hostClass: hostClass))
    }

    /// Median seconds of every unit by all that is known now.
    public var medianSeconds: [Double] { units.indices.map { forecast($0).duration.medianSeconds } }

    /// The unit at `unit` took so long on so many ranks.
    public mutating func observe(_ unit: Int, seconds: Double, ranks: Int) {
        guard seconds.isFinite, seconds >= 0 else { return }
        progress[unit] = nil
        let before = plain(unit, ranks: ranks)
        let weight = 1 / max(before.ownVariance, 1e-4)
        // One unit that met an accident must not carry the others along.
        let residual = max(-3, min(3, LearnedPredictor.logarithm(seconds) - before.logMean))
        kinds[kindOf[unit]].weight += weight
        kinds[kindOf[unit]].sum += weight * residual
        observedCount += 1
        correctRun()
    }

    /// A running unit says how far it is.
    public mutating func note(_ unit: Int, completed: Int, total: Int, elapsedSeconds: Double) {
        guard total > 0, completed > 0, completed <= total, elapsedSeconds > 0 else { return }
        progress[unit] = Progress(share: Double(completed) / Double(total), elapsedSeconds: elapsedSeconds)
    }

    private mutating func correctRun() {
        var precision = 1 / max(predictor.runVariance, 1e-6)
        var sum = 0.0
        for kind in kinds where kind.weight > 0 {
            let certainty = 1 / (kind.variance + 1 / kind.weight)
            precision += certainty
            sum += certainty * kind.sum / kind.weight
        }
        run = (sum / precision, 1 / precision)
    }
}
