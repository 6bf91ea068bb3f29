/// What a run asks Slurm for.
public struct SlurmOptions: Hashable, Sendable, Codable {
    /// MPI ranks, one task each.
    public var ranks: Int
    /// `nil` leaves it to Slurm.
    public var nodes: Int?
    public var partition: String?
    public var account: String?
    /// Walltime of one attempt; `nil` for the partition's default.
    public var seconds: Int?
    /// Processors of each rank.
    public var cpus = 1
    /// Memory of each rank in bytes; 0 leaves it to Slurm.
    public var memoryBytes = 0
    /// Generic resources of each node, such as `gpu`, by name.
    public var generic: [String: Int] = [:]
    /// Options of `sbatch` as `name=value` or `name`, in order; they win over ours.
    public var further: [String] = []
    /// Lines of the script before the program, such as `module load openmpi`.
    public var prologue: [String] = []
    /// So often at most the run goes back to the queue.
    public var requeueLimit = 20
    /// Slurm warns so long before the walltime ends, so that checkpoints are written.
    public var warningSeconds = 60

    public init(ranks: Int) { self.ranks = ranks }
}
