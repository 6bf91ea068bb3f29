/// Ranks of one sort that a site can give.
public struct RankPool: Hashable, Sendable {
    public var name: String
    /// Most ranks at once.
    public var count: Int
    /// Work a second, where 1 is the rank that durations are told for.
    public var speed: Double
    /// What a rank costs; `nil` when nothing is paid, which is not the same as 0.
    public var pricePerHour: Double?
    /// Seconds from asking for a rank to its first unit; they are paid.
    public var startupSeconds: Double
    /// Mean seconds between interruptions of a rank, which are exponential; `nil` for ranks that stay.
    public var interruptionSeconds: Double?
    /// Seconds for which an interrupted rank is away.
    public var outageSeconds: Double
    /// Bytes of memory of one rank; `nil` when it is not told.
    public var memoryBytes: Double?
    /// Ranks that stand on one machine and share its memory; `nil` when it is not told.
    public var ranksPerNode: Int?
    /// The processor's name, as histories have it; `nil` when it is not told.
    public var processor: String?
    /// What Slurm is asked for when ranks of this pool are meant.
    public var slurm = SlurmDefaults()

    public init(
        name: String, count: Int, speed: Double = 1, pricePerHour: Double? = nil, startupSeconds: Double = 0,
        interruptionSeconds: Double? = nil, outageSeconds: Double = 300, memoryBytes: Double? = nil,
        ranksPerNode: Int? = nil, processor: String? = nil
    ) {
        self.name = name
        self.count = count
        self.speed = speed
        self.pricePerHour = pricePerHour
        self.startupSeconds = startupSeconds
        self.interruptionSeconds = interruptionSeconds
        self.outageSeconds = outageSeconds
        self.memoryBytes = memoryBytes
        self.ranksPerNode = ranksPerNode
        self.processor = processor
    }
}
