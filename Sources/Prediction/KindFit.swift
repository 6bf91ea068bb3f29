import Determinism

/// What the history says of one kind: a line through logarithms, how runs differ from it, and units within a run.
struct KindFit: Sendable {
    /// Intercept and slopes at ``center`` for a run that has not begun.
    var belief: LinearBelief
    /// Variance of the logarithm between units of one run.
    var noiseVariance: Double
    /// Where the slopes turn.
    var center: SIMD3<Double>
    /// Variance of the logarithm between runs.
    var runVariance: Double

    /// One measured unit as the fit sees it.
    struct Point: Sendable {
        let x: SIMD3<Double>
        let y: Double
        let run: Int
    }

    /// What is believed of a kind before its points are seen.
    struct Prior: Sendable {
        /// Expected intercept at x = 0, and slopes.
        var line: SIMD4<Double>
        var interceptVariance: Double
        var slopeVariance: SIMD3<Double>
        var noiseVariance: Double
        var runVariance: Double
        /// How many points and runs the variances above count for.
        var noiseWeight: Double
        var runWeight: Double
        /// Slopes of one run differ from those of the kind by this variance.
        var runSlopeVariance: SIMD3<Double>
    }

    func features(_ x: SIMD3<Double>) -> SIMD4<Double> {
        SIMD4(1, x.x - center.x, x.y - center.y, x.z - center.z)
    }

    /// The fit of no points: the prior itself.
    init(_ prior: Prior) {
        center = .zero
        noiseVariance = prior.noiseVariance
        runVariance = prior.runVariance
        let slopes = prior.slopeVariance + prior.runSlopeVariance
        belief = LinearBelief(
            mean: prior.line,
            variances: SIMD4(prior.interceptVariance + prior.runVariance, slopes.x, slopes.y, slopes.z))
    }

    /// The fit of `points`, which are in the order of their runs.
    ///
    /// Runs have an intercept of their own (a random effect). Three rounds of generalized least squares and moments.
    init(_ points: [Point], prior: Prior) {
        self.init(prior)
        guard !points.isEmpty else { return }
        let runs = Self.slices(points)
        // Runs count alike: a long one says more of its own units only.
        var middle = SIMD3<Double>.zero
        for run in runs { middle += points[run].reduce(SIMD3.zero) { $0 + $1.x } / Double(run.count) }
        center = middle / Double(runs.count)
        let slopes = prior.slopeVariance
        var line = prior.line
        line.x += line.y * center.x + line.z * center.y + line.w * center.z
        for _ in 0..<3 {
            belief = LinearBelief(mean: line, variances: SIMD4(prior.interceptVariance, slopes.x, slopes.y, slopes.z))
            learn(points, runs)
            measureSpread(points, runs, prior)
        }
        belief.covariance.x.x += runVariance
        belief.covariance.y.y += prior.runSlopeVariance.x
        belief.covariance.z.z += prior.runSlopeVariance.y
        belief.covariance.w.w += prior.runSlopeVariance.z
    }

    private static func slices(_ points: [Point]) -> [Range<Int>] {
        var slices: [Range<Int>] = []
        var start = 0
        for index in 1...points.count where index == points.count || points[index].run != points[start].run {
            slices.append(start..<index)
            start = index
        }
        return slices
    }

    /// Whitens each run (its mean counts with the variance between runs) and takes its points in.
    private mutating func learn(_ points: [Point], _ runs: [Range<Int>]) {
        for run in runs {
            let count = Double(run.count)
            var meanX = SIMD4<Double>.zero
            var meanY = 0.0
            for point in points[run] {
                meanX += features(point.x)
                meanY += point.y
            }
            meanX /= count
            meanY /= count
            // The mean of a run and the deviations from it are independent.
            belief.observe(meanY, at: meanX, noiseVariance: runVariance + noiseVariance / count)
            for point in points[run] where run.count > 1 {
                belief.observe(point.y - meanY, at: features(point.x) - meanX, noiseVariance: noiseVariance)
            }
        }
    }

    private mutating func measureSpread(_ points: [Point], _ runs: [Range<Int>], _ prior: Prior) {
        var within = prior.noiseVariance * prior.noiseWeight
        var withinWeight = prior.noiseWeight
        var between = prior.runVariance * prior.runWeight
        for run in runs {
            let residuals = points[run].map { $0.y - belief.value(at: features($0.x)).mean }
            let mean = residuals.reduce(0, +) / Double(residuals.count)
            // A run of a thousand equal units must not outvote the others.
            let weight = min(1, 50 / Double(residuals.count))
            within += residuals.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } * weight
            withinWeight += Double(residuals.count - 1) * weight
            between += max(0, mean * mean - noiseVariance / Double(residuals.count))
        }
        noiseVariance = max(within / withinWeight, 1e-4)
        runVariance = max(between / (prior.runWeight + Double(runs.count)), 1e-4)
    }
}
