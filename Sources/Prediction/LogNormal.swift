import Determinism

/// A duration whose logarithm is normally distributed.
public struct LogNormal: Hashable, Sendable {
    /// Mean of the logarithm of seconds.
    public var logMean: Double
    /// Variance of the logarithm of seconds.
    public var logVariance: Double

    public init(logMean: Double, logVariance: Double) {
        self.logMean = logMean
        self.logVariance = logVariance
    }

    public var medianSeconds: Double { ExactMath.exp(logMean) }
    public var meanSeconds: Double { ExactMath.exp(logMean + logVariance / 2) }

    /// Seconds that are not exceeded with the probability that a normal deviate of `deviations` has.
    public func seconds(deviations: Double) -> Double { ExactMath.exp(logMean + deviations * logVariance.squareRoot()) }

    /// Nine of ten are longer.
    public var p10Seconds: Double { seconds(deviations: -1.2815515655446004) }
    /// Nine of ten are shorter.
    public var p90Seconds: Double { seconds(deviations: 1.2815515655446004) }

    /// Expected seconds left of one that has lasted for `elapsed` seconds and not ended.
    public func remainingSeconds(after elapsed: Double) -> Double {
        guard elapsed > 0 else { return meanSeconds }
        let deviation = logVariance.squareRoot()
        guard deviation > 1e-9 else { return max(0, medianSeconds - elapsed) }
        let z = (ExactMath.log(elapsed) - logMean) / deviation
        // Far in the tail the quotient of two tiny numbers says less than the hazard's limit.
        if z > 6 { return elapsed * deviation / z }
        return max(0, meanSeconds * Self.upperTail(z - deviation) / Self.upperTail(z) - elapsed)
    }

    /// Expected value of a normal deviate that is known to exceed `z`.
    static func hazard(_ z: Double) -> Double {
        // Beyond, the asymptotic series is exact enough and nothing underflows.
        if z > 8 { return z + 1 / z }
        return 0.3989422804014327 * ExactMath.exp(-z * z / 2) / upperTail(z)
    }

    /// Probability that a normal deviate exceeds `z`; relative error below 2e-7.
    ///
    /// Source: Press et al., "Numerical Recipes", `erfcc`.
    static func upperTail(_ z: Double) -> Double {
        let x = abs(z) * 0.7071067811865476
        let t = 1 / (1 + 0.5 * x)
        var polynomial = 0.17087277
        for coefficient in [
            -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196, 1.00002368,
            -1.26551223,
        ] { polynomial = polynomial * t + coefficient }
        let tail = 0.5 * t * ExactMath.exp(polynomial - x * x)
        return z >= 0 ? tail : 1 - tail
    }
}
