/// A normal distribution over an intercept and three slopes, made narrower by every observation.
///
/// Source: recursive least squares; Gelman et al., "Bayesian Data Analysis", chapter 14.
struct LinearBelief: Sendable {
    /// A symmetric matrix by its rows.
    struct Rows: Sendable {
        var x: SIMD4<Double>
        var y: SIMD4<Double>
        var z: SIMD4<Double>
        var w: SIMD4<Double>
    }

    /// Intercept and slopes.
    var mean: SIMD4<Double>
    var covariance: Rows

    /// Independent coefficients with these means and variances.
    init(mean: SIMD4<Double>, variances: SIMD4<Double>) {
        self.mean = mean
        covariance = Rows(
            x: SIMD4(variances.x, 0, 0, 0), y: SIMD4(0, variances.y, 0, 0), z: SIMD4(0, 0, variances.z, 0),
            w: SIMD4(0, 0, 0, variances.w))
    }

    static func product(_ left: SIMD4<Double>, _ right: SIMD4<Double>) -> Double {
        left.x * right.x + left.y * right.y + left.z * right.z + left.w * right.w
    }

    private func spread(_ x: SIMD4<Double>) -> SIMD4<Double> {
        SIMD4(
            Self.product(covariance.x, x), Self.product(covariance.y, x), Self.product(covariance.z, x),
            Self.product(covariance.w, x))
    }

    /// The expected value at `x` and its variance, without the noise of one observation.
    func value(at x: SIMD4<Double>) -> (mean: Double, variance: Double) {
        (Self.product(mean, x), max(0, Self.product(spread(x), x)))
    }

    /// Takes in that `y` was seen at `x` with so much noise.
    mutating func observe(_ y: Double, at x: SIMD4<Double>, noiseVariance: Double) {
        let direction = spread(x)
        let total = Self.product(direction, x) + noiseVariance
        guard total > 0 else { return }
        mean += direction * ((y - Self.product(mean, x)) / total)
        covariance.x -= direction * (direction.x / total)
        covariance.y -= direction * (direction.y / total)
        covariance.z -= direction * (direction.z / total)
        covariance.w -= direction * (direction.w / total)
    }
}
