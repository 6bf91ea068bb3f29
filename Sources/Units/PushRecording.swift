import Episodes
import PlanarPushing

// T time.

/// What one expert did in one episode of planar pushing.
struct PushRecording {
    let task: PushTask
    let instruction: String
    let isSuccess: Bool
    private let pixels: [UInt8]
    private let actions: [Float]
    private let agentPositions: [Float]
    private let agentVelocities: [Float]
    private let blockPoses: [Float]
    private let rewards: [Float]

    /// Lets an expert act until the episode is over.
    ///
    /// Every observation precedes its action.
    init(seed: UInt64, skill: PushExpert.Skill, noise: Double, stepLimit: Int) {
        var world = PushEnvironment(seed: seed, stepLimit: stepLimit)
        var expert = PushExpert(seed: seed, skill: skill, noise: noise)
        var pixels: [UInt8] = []
        var actions: [Float] = []
        var agentPositions: [Float] = []
        var agentVelocities: [Float] = []
        var blockPoses: [Float] = []
        var rewards: [Float] = []
        repeat {
            pixels += world.render()
            let observation = world.observation
            agentPositions += [Float(observation.agentPosition.x), Float(observation.agentPosition.y)]
            agentVelocities += [Float(observation.agentVelocity.x), Float(observation.agentVelocity.y)]
            blockPoses += [
                Float(observation.blockPose.x), Float(observation.blockPose.y), Float(observation.blockPose.z),
            ]
            // Rounded before it acts, so that replaying the file repeats the episode.
            let action = SIMD2<Float>(expert.action(for: world))
            actions += [action.x, action.y]
            world.step(action: SIMD2<Double>(action))
            rewards.append(Float(world.progress))
        } while !world.isDone
        task = world.task
        instruction = world.instruction
        isSuccess = world.isSuccess
        self.pixels = pixels
        self.actions = actions
        self.agentPositions = agentPositions
        self.agentVelocities = agentVelocities
        self.blockPoses = blockPoses
        self.rewards = rewards
    }

    /// The recording with the stream names of the PushT files: `agentview_image`, `agent_pos`, `agent_vel`, `block_pose`.
    func episode(id: String) -> Episode {
        let steps = rewards.count
        let side = PushEnvironment.imageSide
        return Episode(
            id: id, instruction: instruction,
            cameras: ["agentview_image": ImageSequence(height: side, width: side, channels: 3, pixels: pixels)],
            sensors: [
                "agent_pos": Matrix(rows: steps, columns: 2, values: agentPositions),
                "agent_vel": Matrix(rows: steps, columns: 2, values: agentVelocities),
                "block_pose": Matrix(rows: steps, columns: 3, values: blockPoses),
            ],
            actions: Matrix(rows: steps, columns: 2, values: actions), rewards: rewards, success: isSuccess)
    }
}
