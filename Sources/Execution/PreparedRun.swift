public import Determinism
public import Ledger
public import WorkGraph

/// A compiled recipe with everything the coordinator needs to run it.
public struct PreparedRun: Sendable {
    public var graph: WorkGraph
    public var directory: RunDirectory
    public var record: RunRecord
    /// Folder of the project the recipe was planned in, absolute.
    public var projectDirectory: String
    /// Units that run although their outputs exist.
    public var rerun: Set<Digest> = []
    /// Why each unit has to run or is reused, by key, as the plan says it.
    public var reasons: [Digest: String] = [:]
    /// The first failure ends the run.
    public var failsFast = false
    /// Units that straggle run a second time where ranks are idle.
    public var speculates = false
    /// Countable resources of the site, such as `gpus`.
    public var countable: [String: Int] = [:]
    /// In which order ready units start: the name of a policy; `nil` for the usual one.
    public var policy: String?
    /// Ranks times seconds, over all sessions, after which the run saves checkpoints and stops; `nil` for no limit.
    public var budgetRankSeconds: Double?
    /// When the time of the allocation is up, in seconds since 1970; `nil` when nobody takes the ranks away.
    public var endsAt: Double?
    /// Bytes of memory that a rank may use; `nil` for its share of what its machine has.
    public var memoryPerRankBytes: Double?
    /// Takes note of moments, when the run itself is measured.
    public var trace: RunTrace?

    public init(graph: WorkGraph, directory: RunDirectory, record: RunRecord, projectDirectory: String) {
        self.graph = graph
        self.directory = directory
        self.record = record
        self.projectDirectory = projectDirectory
    }
}
