import Determinism

/// Chooses the next straight push by trying many in the simulator.
struct PushPlanner {
    /// A straight way of the disc: free until it meets the block, then pushing.
    struct Push {
        let start: SIMD2<Double>
        let end: SIMD2<Double>
    }

    /// Pushes tried for one decision.
    let candidates: Int

    /// Distance of a pose from what the task wants, in pixels; the expert makes it small.
    static func cost(_ block: BlockPose, task: PushTask) -> Double {
        switch task {
        case .goal: block.cornerDistance(to: PushEnvironment.goalPose)
        case .side(let wall): max(0, wall.gap(to: block))
        case .reach: 0
        }
    }

    /// The push after which the block lies best, counting the way to its start a little; `nil` when none helps.
    func best(for scene: PushScene, task: PushTask, _ random: inout RandomWords) -> Push? {
        let base = Self.cost(scene.block, task: task)
        var best: Push?
        var bestScore = base - 1
        for _ in 0..<candidates {
            guard let (start, direction) = draw(scene.block, &random) else { continue }
            if case .side(let wall) = task, (direction * wall.direction).sum() < 0.5 { continue }
            let approach = ((start - scene.agent) * (start - scene.agent)).sum().squareRoot()
            var trial = PushScene(agent: start, block: scene.block)
            var travelled = 0.0
            let step = 8.0
            var least = base
            while travelled < Self.longest(task) {
                trial.move(by: direction * step)
                travelled += step
                let cost = Self.cost(trial.block, task: task)
                if cost > least + 6 { break }
                least = min(least, cost)
                let score = cost + 0.02 * approach + 0.01 * travelled
                if score < bestScore {
                    bestScore = score
                    best = Push(start: start, end: start + direction * travelled)
                }
            }
        }
        return best
    }

    private static func longest(_ task: PushTask) -> Double {
        if case .goal = task { return 240 }
        return 420
    }

    /// A start 12 px off a random point of the outline and a direction near its inward normal.
    private func draw(_ block: BlockPose, _ random: inout RandomWords) -> (SIMD2<Double>, SIMD2<Double>)? {
        let corners = TeeShape.outline
        let edge = random.index(below: corners.count)
        let share = 0.06 + 0.88 * random.unit()
        let lean = 0.5 * (2 * random.unit() - 1)
        let a = corners[edge]
        let b = corners[(edge + 1) % corners.count]
        let way = b - a
        let along = way / (way * way).sum().squareRoot()
        let outward = SIMD2(along.y, -along.x)
        let point = a + way * share
        let start = block.place(point + outward * (PushScene.agentRadius + 12))
        let low = PushScene.wallNear + PushScene.agentRadius + 2
        let high = PushScene.wallFar - PushScene.agentRadius - 2
        guard start.x > low, start.x < high, start.y > low, start.y < high,
            block.distance(to: start) > PushScene.agentRadius + 8
        else { return nil }
        let inward = -outward
        let cosine = ExactMath.cos(lean)
        let sine = ExactMath.sin(lean)
        let direction = SIMD2(cosine * inward.x - sine * inward.y, sine * inward.x + cosine * inward.y)
        return (start, block.direction(direction))
    }
}
