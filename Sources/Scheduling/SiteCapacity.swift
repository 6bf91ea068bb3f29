public import Sites

/// What the ranks of a run have to offer: the machines they stand on and what can be counted.
public struct SiteCapacity: Hashable, Sendable {
    /// One machine and the ranks on it.
    public struct Machine: Hashable, Sendable {
        /// Ranks of the world on this machine, ascending.
        public var ranks: [Int]
        /// Processors that units may use together; never fewer than ranks, since every rank may run a plain unit.
        public var cpus: Int
        /// Bytes of memory that units may declare together.
        public var memoryBytes: Int

        public init(ranks: [Int], cpus: Int, memoryBytes: Int) {
            self.ranks = ranks.sorted()
            self.cpus = max(cpus, ranks.count)
            self.memoryBytes = memoryBytes
        }
    }

    public var machines: [Machine]
    /// Countable resources by name, such as `gpus`, over the whole site.
    public var countable: [String: Int]

    public init(machines: [Machine], countable: [String: Int] = [:]) {
        self.machines = machines
        self.countable = countable
    }

    /// One machine with `ranks` ranks, as tests and single processes have it.
    public static func single(ranks: Int, cpus: Int = 0, memoryBytes: Int = .max, countable: [String: Int] = [:])
        -> Self
    {
        SiteCapacity(
            machines: [Machine(ranks: Array(0..<ranks), cpus: cpus, memoryBytes: memoryBytes)], countable: countable)
    }

    /// `ranks` ranks of a pool, on machines as the site file describes them.
    public init(pool: RankPool?, ranks: Int, cpus: Int, countable: [String: Int] = [:]) {
        let perNode = min(ranks, pool?.ranksPerNode ?? ranks)
        self.init(
            machines: stride(from: 0, to: ranks, by: max(1, perNode)).map { first in
                let members = Array(first..<min(ranks, first + perNode))
                let memory = pool?.memoryBytes.map { $0 * Double(members.count) }
                return Machine(
                    ranks: members, cpus: cpus * members.count / max(1, ranks),
                    memoryBytes: memory.map { Int(min($0, 1e18)) } ?? .max)
            }, countable: countable)
    }

    /// Number of ranks over all machines.
    public var rankCount: Int { machines.reduce(0) { $0 + $1.ranks.count } }
}
