import Determinism
import Episodes
import PlanarPushing
public import Recipes
import Ranks
import WorkGraph

/// Planar pushing of a T-shaped block with a scripted, noisy expert, written in the robomimic layout.
public struct SimulateKind: UnitKind {
    public typealias Result = Demonstrations

    public static let description = KindDescription(
        name: "Simulate", summary: "Makes demonstrations of pushing a T-shaped block, with pictures and instructions.",
        computesFloats: true, isRandom: true)

    @Setting(in: 1...1_000_000, help: "How many demonstrations.") var episodes: Int = 200
    @Setting(help: "Kinds of task, drawn 3 : 3 : 2; any of goal, side, reach.") var tasks: [String] = [
        "goal", "side", "reach",
    ]
    @Setting(in: 1...10_000, help: "Most steps of a demonstration, 0.1 s each.") var stepLimit: Int = 200
    @Setting(in: 0...10, help: "Factor on the expert's noise; 0 is a steady hand.") var noise: Double = 1

    public init() {}

    public func plan(_ draft: inout UnitDraft, _ context: PlanContext) throws {
        guard !tasks.isEmpty else {
            throw ArgumentError(argument: "tasks", message: "'tasks' is empty; give any of goal, side, reach")
        }
        for task in tasks where !Self.families.contains(task) {
            throw ArgumentError(argument: "tasks", message: "unknown task '\(task)'; give any of goal, side, reach")
        }
        // Measured: 30 steps and 12 ms a demonstration, 350 bytes a compressed frame.
        draft.estimate.fixedSeconds = 0.012 * Double(episodes)
        draft.estimate.bytesWritten = 30 * 500 * Double(episodes)
    }

    public func run(_ context: UnitContext) throws {
        guard context.gang.rank == 0 else { return }
        let writer = try RobomimicWriter(creating: context.output("demonstrations"), environment: Self.environment)
        let seeds = RandomField(seed: context.seed, purpose: RandomPurpose("simulate.episode"))
        var masks: [String: [String]] = [:]
        var frames = 0
        var successes = 0
        for index in 0..<episodes {
            guard context.stop == .none else { throw Interrupted() }
            var random = seeds.stream(UInt32(truncatingIfNeeded: index))
            var seed = random.next()
            while !tasks.contains(PushEnvironment(seed: seed).task.family) { seed = random.next() }
            let skill = PushExpert.Skill.allCases[random.index(below: PushExpert.Skill.allCases.count)]
            let recording = PushRecording(seed: seed, skill: skill, noise: noise, stepLimit: stepLimit)
            let episode = recording.episode(id: "demo_\(index)")
            try writer.append(
                episode,
                meta: [
                    "task": recording.task.family, "word": recording.task.word, "skill": skill.rawValue,
                    "seed": "\(seed)",
                ])
            let part = index % 10 == 9 ? "test" : index % 10 == 4 ? "valid" : "train"
            for key in [part, recording.task.family, skill.rawValue, recording.isSuccess ? "success" : "fail"] {
                masks[key, default: []].append(episode.id)
            }
            frames += episode.length
            successes += recording.isSuccess ? 1 : 0
            context.reporter.progress(index + 1, of: episodes, figures: ["frames": Double(frames)])
        }
        try writer.finish(masks: masks)
        context.reporter.figure("expert_success", Double(successes) / Double(episodes))
        context.reporter.figure("frames", Double(frames))
    }

    private static let families = ["goal", "side", "reach"]

    /// Attribute `env_args`: what a reader must know of the world.
    private static let environment = """
        {"action_meaning": "target of the pusher; pixels / 256 - 1", "control_hz": 10, "env_kwargs": \
        {"observation_height": 96, "observation_width": 96}, "env_name": "PlanarPushing", "env_type": 2, \
        "env_version": "1"}
        """
}

/// Makes demonstrations of pushing a T-shaped block, with pictures and instructions.
public func Simulate(
    episodes: Int = 200, tasks: [String] = ["goal", "side", "reach"], stepLimit: Int = 200, noise: Double = 1
) -> Demonstrations {
    let kind = SimulateKind()
    kind.episodes = episodes
    kind.tasks = tasks
    kind.stepLimit = stepLimit
    kind.noise = noise
    return kind.place()
}
