import Determinism
public import WorkGraph

/// One measured run of a unit, as the history keeps it.
public struct Observation: Hashable, Sendable, Codable {
    public var kind: String
    /// What was known of the work before it ran.
    public var estimate: WorkEstimate
    /// Ranks of the gang.
    public var ranks: Int
    /// Wall-clock time from launch to the last output written; finite, not negative.
    public var seconds: Double
    /// Machines that are equally fast share a class.
    public var hostClass: String

    /// The unit's name; empty when it is not known.
    public var unit: String
    /// ``WorkUnit/settingsDigest`` of the unit; empty when it is not known.
    public var settings: String
    /// Processors of each rank.
    public var cpus: Int
    /// The run it was part of; empty when it is not known.
    public var run: String
    /// Largest resident memory of a rank, with the processes it had started; 0 when it is not known.
    public var peakMemoryBytes: Int

    public init(
        kind: String, estimate: WorkEstimate, ranks: Int, seconds: Double, hostClass: String = "", unit: String = "",
        settings: String = "", cpus: Int = 1, run: String = "", peakMemoryBytes: Int = 0
    ) {
        self.kind = kind
        self.estimate = estimate
        self.ranks = ranks
        self.seconds = seconds
        self.hostClass = hostClass
        self.unit = unit
        self.settings = settings
        self.cpus = cpus
        self.run = run
        self.peakMemoryBytes = peakMemoryBytes
    }
}

extension WorkUnit {
    /// What tells units of one kind with different settings apart, such as commands by their arguments.
    public var settingsDigest: String { CanonicalValue.map(parameters).digest.hexDigits }
}
