import Determinism

/// What a run teaches about its own units while it goes on, on top of the history.
///
/// The first unit of a kind that ends moves the belief as far as runs were seen to differ; after some the run's own
/// durations count and the history fades. Units that run on teach too: they take longer than what they have taken.
public struct RunLearner: Sendable {
    /// One of the two lines of a kind, with what the run says of the noise around it.
    private struct Line: Sendable {
        var fit: KindFit
        /// Sum of squared surprises that the line's own uncertainty does not explain.
        var squares = 0.0
        /// Sum of quotients of what units took and what the line expected.
        var quotients = 0.0
        var count = 0.0

        /// How many observations the noise of the history counts for.
        private static let historyWeight = 8.0

        var noiseVariance: Double {
            (fit.noiseVariance * Self.historyWeight + squares) / (Self.historyWeight + count)
        }

        mutating func observe(_ y: Double, _ x: SIMD3<Double>) {
            let place = fit.features(x)
            let noise = noiseVariance
            let value = fit.belief.value(at: place)
            fit.belief.observe(y, at: place, noiseVariance: noise)
            let surprise = y - value.mean
            squares += surprise * surprise * noise / (noise + value.variance)
            quotients += ExactMath.exp(min(2.5, surprise))
            count += 1
        }

        func estimate(_ x: SIMD3<Double>) -> LogNormal {
            let value = fit.belief.value(at: fit.features(x))
            return LogNormal(logMean: value.mean, logVariance: value.variance + noiseVariance)
        }

        /// Takes in that a unit has not ended after so long: as if it took what is then expected of it.
        mutating func outlasted(_ logElapsed: Double, _ x: SIMD3<Double>) {
            let estimate = estimate(x)
            let deviation = estimate.logVariance.squareRoot()
            let z = (logElapsed - estimate.logMean) / deviation
            guard z > -1 else { return }
            fit.belief.observe(
                estimate.logMean + deviation * LogNormal.hazard(z), at: fit.features(x), noiseVariance: noiseVariance)
        }
    }

    private struct Kind: Sendable {
        var ready: Line
        var ahead: Line
    }

    private var kinds: [Kind]
    /// The same with what units that still run say.
    private var current: [Kind]

    /// - Parameter kinds: the kinds of the run; they are told by position from here on.
    public init(_ model: DurationModel, kinds: [String]) {
        self.init(kinds.map { (model, $0) })
    }

    /// As before, each kind with the model that knows it.
    public init(_ kinds: [(model: DurationModel, name: String)]) {
        self.kinds = kinds.map { model, name in
            let pair = model.kinds[name] ?? model.unknown
            return Kind(ready: Line(fit: pair.ready), ahead: Line(fit: pair.ahead))
        }
        current = self.kinds
    }

    /// The duration of a unit of the kind at `kind` on a rank of speed 1.
    public func estimate(_ features: DurationFeatures, kind: Int) -> LogNormal {
        features.isComplete
            ? current[kind].ready.estimate(features.complete) : current[kind].ahead.estimate(features.early)
    }

    /// Mean seconds of a unit, with the mean of what the run's own units took over what was expected of them.
    public func meanSeconds(_ features: DurationFeatures, kind: Int) -> Double {
        let line = features.isComplete ? current[kind].ready : current[kind].ahead
        let estimate = features.isComplete ? line.estimate(features.complete) : line.estimate(features.early)
        let assumed = ExactMath.exp(min(estimate.logVariance, 4) / 2)
        let weight = 4.0
        let mean = ExactMath.exp(estimate.logMean) * (assumed * weight + line.quotients) / (weight + line.count)
        return max(1e-4, mean - DurationFeatures.shiftSeconds)
    }

    /// A unit of the kind at `kind`, all of whose features are known, took so long.
    public mutating func observe(_ features: DurationFeatures, kind: Int, seconds: Double) {
        let y = DurationFeatures.logarithm(seconds)
        if features.isComplete { kinds[kind].ready.observe(y, features.complete) }
        kinds[kind].ahead.observe(y, features.early)
        current[kind] = kinds[kind]
    }

    /// Units of the kind at `kind` that run now have run for so long, told for a rank of speed 1.
    public mutating func running(_ units: [(features: DurationFeatures, elapsedSeconds: Double)], kind: Int) {
        current[kind] = kinds[kind]
        for unit in units {
            let logElapsed = DurationFeatures.logarithm(unit.elapsedSeconds)
            if unit.features.isComplete { current[kind].ready.outlasted(logElapsed, unit.features.complete) }
            current[kind].ahead.outlasted(logElapsed, unit.features.early)
        }
    }
}
