/// Where work can run: pools of ranks, and what lies between them.
public struct Site: Hashable, Sendable {
    public var pools: [RankPool]
    /// Bytes a second that one rank fetches from another; `nil` when moving costs nothing.
    public var bytesPerSecond: Double?
    /// Most ranks of all pools together; `nil` for as many as the pools have.
    public var rankLimit: Int?
    /// What prices are told in, such as `EUR`; for people only.
    public var currency: String?
    /// What Slurm is asked for; pools may say more.
    public var slurm = SlurmDefaults()

    public init(
        pools: [RankPool], bytesPerSecond: Double? = nil, rankLimit: Int? = nil, currency: String? = nil
    ) {
        self.pools = pools
        self.bytesPerSecond = bytesPerSecond
        self.rankLimit = rankLimit
        self.currency = currency
    }

    /// Identical ranks of speed 1 that cost nothing.
    public static func identical(ranks: Int) -> Site { Site(pools: [RankPool(name: "ranks", count: ranks)]) }

    /// A quarter of the ranks at speed 2, half at 1, a quarter at 0.5.
    public static func mixed(ranks: Int) -> Site {
        let quarter = ranks / 4
        return Site(pools: [
            RankPool(name: "fast", count: quarter, speed: 2),
            RankPool(name: "plain", count: ranks - 2 * quarter, speed: 1),
            RankPool(name: "slow", count: quarter, speed: 0.5),
        ])
    }

    /// For each rank its pool, in the order of the pools.
    public var poolOfRank: [Int] { pools.indices.flatMap { Array(repeating: $0, count: pools[$0].count) } }
}
