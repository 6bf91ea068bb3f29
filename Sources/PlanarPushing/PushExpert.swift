import Determinism

/// A scripted demonstrator: plans pushes in a copy of the simulator and leads the disc along them with a moving target.
///
/// The target runs ahead at a steady pace, so that an action tells where the disc is going rather than how noise fell. The
/// noise is an Ornstein-Uhlenbeck walk of the pixels of ``Skill``.
public struct PushExpert: Sendable {
    /// How good a demonstrator is, as in multi-human data.
    public enum Skill: String, Hashable, Sendable, CaseIterable {
        case better, okay, worse

        /// Standard deviation of the target's noise in pixels.
        public var noisePixels: Double {
            switch self {
            case .better: 0.75
            case .okay: 1.5
            case .worse: 4
            }
        }

        var planner: PushPlanner {
            switch self {
            case .better: PushPlanner(spacing: 12, leans: [0, -0.2, 0.2, -0.4, 0.4])
            case .okay: PushPlanner(spacing: 15, leans: [0, -0.25, 0.25])
            case .worse: PushPlanner(spacing: 24, leans: [0, -0.3, 0.3])
            }
        }
    }

    public let skill: Skill
    private let noisePixels: Double
    private var random: RandomWords
    private var wander = SIMD2<Double>.zero
    private var target: SIMD2<Double>?
    private var phase = Phase.think
    /// Points that the target still has to run through.
    private var route: [SIMD2<Double>] = []
    private var push: PushPlanner.Push?
    private var bestCost = Double.infinity
    private var phaseSteps = 0

    private enum Phase { case think, approach, push, retreat, reach }

    /// Pixels that the target runs in one step.
    private static let approachPace = 32.0
    private static let pushPace = 26.0

    /// A demonstrator whose noise and choices follow from `seed`.
    ///
    /// - Parameters:
    ///   - seed: equal seeds act equally in equal episodes.
    ///   - skill: how well it plans and how steady its hand is.
    ///   - noise: factor on the noise of `skill`; 0 for a steady hand.
    public init(seed: UInt64, skill: Skill = .better, noise: Double = 1) {
        self.skill = skill
        noisePixels = skill.noisePixels * noise
        random = RandomField(seed: seed, purpose: RandomPurpose("push.expert")).stream()
    }

    /// The next action, for the environment this expert has been following since its first step.
    public mutating func action(for world: PushEnvironment) -> SIMD2<Double> {
        let scene = world.scene
        let here = target ?? scene.agent
        phaseSteps += 1
        switch phase {
        case .think: think(world, from: scene.agent)
        case .approach:
            if let push, distance(scene.agent, push.start) < 14 || phaseSteps > 60 {
                begin(.push, route: [push.end])
                bestCost = PushPlanner.cost(scene.block, task: world.task)
            }
        case .push:
            let cost = PushPlanner.cost(scene.block, task: world.task)
            bestCost = min(bestCost, cost)
            let arrived = push.map { distance(scene.agent, $0.end) < 6 } ?? true
            if arrived || cost > bestCost + 3 || phaseSteps > 60 { retreat(scene) }
        case .retreat:
            if route.isEmpty || phaseSteps > 4 { think(world, from: scene.agent) }
        case .reach: break
        }
        let next = advance(from: here, pace: phase == .push ? Self.pushPace : Self.approachPace)
        target = next
        wander = wander * 0.7 + SIMD2(random.normal(), random.normal()) * (0.714 * noisePixels)
        var point = next + wander
        for axis in 0..<2 { point[axis] = min(506, max(6, point[axis])) }
        return PushEnvironment.action(for: point)
    }

    private mutating func begin(_ phase: Phase, route: [SIMD2<Double>]) {
        self.phase = phase
        self.route = route
        phaseSteps = 0
    }

    private mutating func think(_ world: PushEnvironment, from position: SIMD2<Double>) {
        let scene = world.scene
        if case .reach(let corner) = world.task {
            let path = PathFinder.path(from: position, to: corner.point, around: scene.block, margin: 34)
            begin(.reach, route: path)
            return
        }
        push = skill.planner.best(for: scene, task: world.task)
        guard let push else {
            // No push found helps: go somewhere else and look again.
            let away = SIMD2(60 + 392 * random.unit(), 60 + 392 * random.unit())
            begin(.retreat, route: PathFinder.path(from: position, to: away, around: scene.block, margin: 24))
            return
        }
        begin(.approach, route: PathFinder.path(from: position, to: push.start, around: scene.block, margin: 21))
    }

    /// Steps back from the block before the next decision.
    private mutating func retreat(_ scene: PushScene) {
        guard let push else {
            begin(.think, route: [])
            return
        }
        let back = push.start - push.end
        let length = max(1, (back * back).sum().squareRoot())
        var point = scene.agent + back / length * 24
        for axis in 0..<2 { point[axis] = min(490, max(22, point[axis])) }
        begin(.retreat, route: [point])
        target = scene.agent
    }

    /// Runs `pace` pixels along the route.
    private mutating func advance(from start: SIMD2<Double>, pace: Double) -> SIMD2<Double> {
        var here = start
        var left = pace
        while let next = route.first, left > 0 {
            let gap = distance(here, next)
            if gap > left { return here + (next - here) * (left / gap) }
            here = next
            left -= gap
            route.removeFirst()
        }
        return here
    }

    private func distance(_ a: SIMD2<Double>, _ b: SIMD2<Double>) -> Double {
        ((a - b) * (a - b)).sum().squareRoot()
    }
}

/// Targets drawn evenly from the arena, each held for a second: the floor that a policy has to beat.
public struct RandomPushPolicy: Sendable {
    private let field: RandomField

    /// A policy whose targets follow from `seed`.
    public init(seed: UInt64) { field = RandomField(seed: seed, purpose: RandomPurpose("push.random")) }

    /// The action at `step`.
    public func action(step: Int) -> SIMD2<Double> {
        var random = field.stream(UInt32(truncatingIfNeeded: step / 10))
        return SIMD2(2 * random.unit() - 1, 2 * random.unit() - 1)
    }
}
