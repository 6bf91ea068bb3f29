extension KindFit.Prior {
    /// The prior for one kind that the kinds together suggest; they count alike, however often they ran.
    static func shared(by kinds: [[KindFit.Point]], startingFrom broad: Self) -> Self {
        let fits = kinds.filter { !$0.isEmpty }.map { KindFit($0, prior: broad) }
        guard fits.count >= 3 else { return broad }
        var prior = broad
        let count = Double(fits.count)
        // Intercepts are taken at x = 0.
        let slopes =
            fits.reduce(SIMD3<Double>.zero) { sum, fit in
                sum + SIMD3(fit.belief.mean.y, fit.belief.mean.z, fit.belief.mean.w)
            } / count
        let intercepts = fits.map { fit in
            fit.belief.mean.x - slopes.x * fit.center.x - slopes.y * fit.center.y - slopes.z * fit.center.z
        }
        let mean = intercepts.reduce(0, +) / count
        prior.line = SIMD4(mean, slopes.x, slopes.y, slopes.z)
        prior.interceptVariance = max(0.25, intercepts.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1))
        prior.noiseVariance = median(fits.map(\.noiseVariance))
        prior.runVariance = median(fits.map(\.runVariance))
        return prior
    }

    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
