/// How long one unit is expected to run, with what it shares with the other units of its run.
public struct UnitForecast: Hashable, Sendable {
    /// Mean of the logarithm of seconds.
    public var logMean: Double
    /// Variance of the logarithm that units of one kind have in common: what is not known of the kind, and what this run differs in.
    public var sharedVariance: Double
    /// Variance of the logarithm of this unit alone.
    public var ownVariance: Double
    public var basis: DurationEstimate.Basis

    public init(logMean: Double, sharedVariance: Double, ownVariance: Double, basis: DurationEstimate.Basis) {
        self.logMean = logMean
        self.sharedVariance = sharedVariance
        self.ownVariance = ownVariance
        self.basis = basis
    }

    /// The whole distribution.
    public var duration: LogNormal { LogNormal(logMean: logMean, logVariance: sharedVariance + ownVariance) }

    public var estimate: DurationEstimate {
        let duration = duration
        return DurationEstimate(
            medianSeconds: duration.medianSeconds, p10Seconds: duration.p10Seconds, p90Seconds: duration.p90Seconds,
            basis: basis)
    }
}
