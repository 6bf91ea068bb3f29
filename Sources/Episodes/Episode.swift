// T time (steps of one episode), H height, W width, C channels, D dimensions.

/// One recorded demonstration, wholly in memory.
///
/// - Invariant: every camera, sensor and `rewards` has as many steps as ``actions`` has rows.
public struct Episode: Hashable, Sendable {
    /// Name within its file, such as `demo_12`.
    public var id: String
    /// What the demonstrator was asked to do; empty when the file does not say.
    public var instruction: String
    /// Pictures by camera name.
    public var cameras: [String: ImageSequence]
    /// Vectors by sensor name, one row per step.
    public var sensors: [String: Matrix]
    /// One row per step.
    public var actions: Matrix
    /// One number per step; `nil` when the file has none.
    public var rewards: [Float]?
    /// Whether the demonstration reached its goal; `nil` when unknown.
    public var success: Bool?

    /// An episode of its streams.
    public init(
        id: String, instruction: String, cameras: [String: ImageSequence], sensors: [String: Matrix], actions: Matrix,
        rewards: [Float]? = nil, success: Bool? = nil
    ) {
        self.id = id
        self.instruction = instruction
        self.cameras = cameras
        self.sensors = sensors
        self.actions = actions
        self.rewards = rewards
        self.success = success
    }

    /// The same episode with the labels of a light table, which count more than those beside its streams.
    public func labelled(as record: EpisodeRecord) -> Episode {
        var episode = self
        episode.instruction = record.instruction
        episode.success = record.success
        return episode
    }

    /// Number of steps.
    public var length: Int { actions.rows }
}
