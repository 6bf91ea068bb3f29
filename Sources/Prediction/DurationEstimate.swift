/// How long a unit is expected to run, in seconds.
public struct DurationEstimate: Hashable, Sendable, Codable {
    /// Median wall-clock time; finite and positive.
    public var medianSeconds: Double
    /// Nine of ten runs are expected to take longer.
    public var p10Seconds: Double
    /// Nine of ten runs are expected to be shorter.
    public var p90Seconds: Double
    public var basis: Basis

    /// Where an estimate comes from.
    ///
    /// "Unknown" is a case, never a sentinel such as `-1`.
    public enum Basis: Hashable, Sendable, Codable {
        /// The same kind with the same work was measured so many times.
        case observed(count: Int)
        /// Scaled from so many runs of the same kind with other work.
        case scaled(count: Int)
        /// Nothing of the kind has run here: assumed rates.
        case prior
    }

    public init(medianSeconds: Double, p10Seconds: Double, p90Seconds: Double, basis: Basis) {
        self.medianSeconds = medianSeconds
        self.p10Seconds = p10Seconds
        self.p90Seconds = p90Seconds
        self.basis = basis
    }
}
