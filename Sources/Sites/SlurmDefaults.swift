import Determinism

/// What jobs ask Slurm for at a site, unless the command line says otherwise.
public struct SlurmDefaults: Hashable, Sendable {
    /// How long one attempt may take.
    public enum Walltime: Hashable, Sendable {
        /// What nine of ten runs are expected to take.
        case fromForecast
        case seconds(Int)

        /// `auto`, or a span such as `90m`, `2h` and `3d`.
        public init?(_ text: String) {
            if text == "auto" {
                self = .fromForecast
            } else if let seconds = SpanText.seconds(text), seconds >= 1, seconds < 1e9 {
                self = .seconds(Int(seconds))
            } else {
                return nil
            }
        }
    }

    /// What starts the ranks.
    public enum Launcher: String, Hashable, Sendable, CaseIterable, Codable {
        /// Open MPI's own.
        case mpirun
        /// `srun --mpi=pmix`, where Slurm and MPI were built with PMIx.
        case srun
    }

    public var partition: String?
    public var account: String?
    public var walltime: Walltime?
    public var launcher: Launcher?
    /// Further options of `sbatch` as `name=value` or `name`, in order.
    public var options: [String] = []
    /// Lines of the batch script before the program, such as `module load openmpi`.
    public var prologue: [String] = []
    public var requeueLimit: Int?

    public init() {}

    /// These, and where they say nothing, `others`; lists of both, the others' first.
    public func over(_ others: SlurmDefaults) -> SlurmDefaults {
        var result = self
        result.partition = partition ?? others.partition
        result.account = account ?? others.account
        result.walltime = walltime ?? others.walltime
        result.launcher = launcher ?? others.launcher
        result.options = others.options + options
        result.prologue = others.prologue + prologue
        result.requeueLimit = requeueLimit ?? others.requeueLimit
        return result
    }
}
