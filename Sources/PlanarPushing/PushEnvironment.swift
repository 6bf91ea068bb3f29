import Determinism

/// What a policy measures besides the picture, in pixels, pixels per second and radians.
public struct PushObservation: Hashable, Sendable {
    public let agentPosition: SIMD2<Double>
    public let agentVelocity: SIMD2<Double>
    /// x and y of the block's frame and its rotation.
    public let blockPose: SIMD3<Double>
}

/// One episode of planar pushing: a scene, a task, an instruction and a step limit.
///
/// ```swift
/// var world = PushEnvironment(seed: 17)
/// while !world.isDone {
///     let picture = world.render()              // 96 × 96 × 3
///     world.step(action: policy(picture, world.observation, world.instruction))
/// }
/// ```
public struct PushEnvironment: Hashable, Sendable {
    /// Where the block belongs in ``PushTask/goal``, as in the PushT benchmark.
    public static let goalPose = BlockPose(position: SIMD2(256, 256), angle: Double.pi / 4)
    /// Side of the rendered picture in pixels.
    public static let imageSide = 96
    /// Share of the goal's area that the block must cover.
    public static let goalCoverage = 0.9
    /// Pixels between block and wall that count as reached.
    public static let wallGap = 6.0
    /// Pixels between disc and corner mark that count as reached.
    public static let reachDistance = 15.0
    /// Pixels that the block may move while the disc goes to a corner.
    public static let reachDisturbance = 3.0

    public let task: PushTask
    /// The task in words.
    public let instruction: String
    /// Most steps of an episode.
    public let stepLimit: Int
    /// Disc and block.
    public private(set) var scene: PushScene
    /// Steps taken.
    public private(set) var stepCount = 0
    private let start: BlockPose

    /// A random start that is neither solved nor hopeless.
    ///
    /// - Parameters:
    ///   - seed: names the episode; equal seeds give equal episodes.
    ///   - task: `nil` draws one: 3/8 goal, 3/8 walls, 2/8 corners.
    ///   - stepLimit: most steps.
    public init(seed: UInt64, task: PushTask? = nil, stepLimit: Int = 200) {
        var random = RandomField(seed: seed, purpose: RandomPurpose("push.episode")).stream()
        let drawn = Self.drawTask(&random)
        let task = task ?? drawn
        let phrases = task.phrases
        let phrase = random.index(below: 12)
        self.init(
            task: task, instruction: phrases[phrase % phrases.count], scene: Self.drawScene(task, &random),
            stepLimit: stepLimit)
    }

    /// An episode from a given scene.
    public init(task: PushTask, instruction: String, scene: PushScene, stepLimit: Int = 200) {
        self.task = task
        self.instruction = instruction
        self.scene = scene
        self.stepLimit = stepLimit
        start = scene.block
    }

    public var observation: PushObservation {
        PushObservation(
            agentPosition: scene.agent, agentVelocity: scene.agentVelocity,
            blockPose: SIMD3(scene.block.position.x, scene.block.position.y, scene.block.angle))
    }

    /// Lets the disc follow a target for 0.1 s.
    ///
    /// - Parameter action: target of the disc; -1 and 1 are the borders of the arena. Clamped; NaN counts as 0.
    public mutating func step(action: SIMD2<Double>) {
        var target = SIMD2<Double>.zero
        for axis in 0..<2 { target[axis] = action[axis].isNaN ? 0 : min(1, max(-1, action[axis])) }
        scene.follow((target + 1) * (PushScene.side / 2))
        stepCount += 1
    }

    /// The action whose target is `point` (pixels).
    public static func action(for point: SIMD2<Double>) -> SIMD2<Double> { point / (PushScene.side / 2) - 1 }

    /// Whether the task is done as things stand.
    public var isSuccess: Bool {
        switch task {
        case .goal: return Self.goalPose.coverage(of: scene.block) >= Self.goalCoverage
        case .side(let wall): return wall.gap(to: scene.block) <= Self.wallGap
        case .reach(let corner):
            let offset = scene.agent - corner.point
            return (offset * offset).sum() <= Self.reachDistance * Self.reachDistance
                && scene.block.cornerDistance(to: start) <= Self.reachDisturbance
        }
    }

    /// Whether the episode is over: done or out of steps.
    public var isDone: Bool { stepCount >= stepLimit || isSuccess }

    /// How much is reached, 0 to 1: coverage of the goal, or the share of the way to wall or corner.
    public var progress: Double {
        switch task {
        case .goal: return Self.goalPose.coverage(of: scene.block)
        case .side(let wall):
            let initial = max(1, wall.gap(to: start))
            return min(1, max(0, 1 - wall.gap(to: scene.block) / initial))
        case .reach(let corner):
            let offset = scene.agent - corner.point
            return max(0, 1 - (offset * offset).sum().squareRoot() / PushScene.side)
        }
    }

    /// The picture a policy sees: ``imageSide`` rows of ``imageSide`` RGB pixels.
    public func render() -> [UInt8] { PushRenderer.render(scene) }

    private static func drawTask(_ random: inout RandomWords) -> PushTask {
        let family = random.index(below: 8)
        let choice = random.index(below: 4)
        switch family {
        case 0..<3: return .goal
        case 3..<6: return .side(PushTask.Wall.allCases[choice])
        default: return .reach(PushTask.Corner.allCases[choice])
        }
    }

    private static func drawScene(_ task: PushTask, _ random: inout RandomWords) -> PushScene {
        while true {
            let center = SIMD2(140 + 232 * random.unit(), 140 + 232 * random.unit())
            let block = BlockPose(center: center, angle: Double.pi * (2 * random.unit() - 1))
            let agent = SIMD2(50 + 412 * random.unit(), 50 + 412 * random.unit())
            guard block.distance(to: agent) > PushScene.agentRadius + 12 else { continue }
            guard PushTask.Wall.allCases.allSatisfy({ $0.gap(to: block) > 50 }) else { continue }
            switch task {
            case .goal: guard goalPose.cornerDistance(to: block) > 50 else { continue }
            case .side(let wall): guard wall.gap(to: block) > 110 else { continue }
            case .reach(let corner):
                let offset = agent - corner.point
                guard (offset * offset).sum() > 160 * 160, block.distance(to: corner.point) > 45 else { continue }
            }
            return PushScene(agent: agent, block: block)
        }
    }
}
