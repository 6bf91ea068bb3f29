import Determinism

/// Chooses the next straight push by trying a fixed set in the simulator.
///
/// The choice is a function of the scene alone, so that who watches can learn it.
struct PushPlanner {
    /// A straight way of the disc: free until it meets the block, then pushing.
    struct Push {
        let start: SIMD2<Double>
        let end: SIMD2<Double>
    }

    /// Pixels along the outline between two pushes that are tried.
    let spacing: Double
    /// Angles in radians between a push and the edge's normal that are tried.
    let leans: [Double]

    /// Distance of a pose from what the task wants, in pixels; the expert makes it small.
    static func cost(_ block: BlockPose, task: PushTask) -> Double {
        switch task {
        case .goal: block.cornerDistance(to: PushEnvironment.goalPose)
        case .side(let wall): max(0, wall.gap(to: block))
        case .reach: 0
        }
    }

    /// The push after which the block lies best, counting the way to its start a little; `nil` when none helps.
    func best(for scene: PushScene, task: PushTask) -> Push? {
        let base = Self.cost(scene.block, task: task)
        var best: Push?
        var bestScore = base - 1
        for (start, direction) in candidates(scene.block) {
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
                let score = cost + 0.03 * approach + 0.01 * travelled
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

    /// Starts 12 px off the outline and directions near the inward normal.
    private func candidates(_ block: BlockPose) -> [(start: SIMD2<Double>, direction: SIMD2<Double>)] {
        let low = PushScene.wallNear + PushScene.agentRadius + 2
        let high = PushScene.wallFar - PushScene.agentRadius - 2
        let turns = leans.map { SIMD2(ExactMath.cos($0), ExactMath.sin($0)) }
        let corners = TeeShape.outline
        var candidates: [(start: SIMD2<Double>, direction: SIMD2<Double>)] = []
        for edge in corners.indices {
            let way = corners[(edge + 1) % corners.count] - corners[edge]
            let length = (way * way).sum().squareRoot()
            let outward = SIMD2(way.y, -way.x) / length
            let count = max(1, Int((length / spacing).rounded()))
            for index in 0..<count {
                let point = corners[edge] + way * ((Double(index) + 0.5) / Double(count))
                let start = block.place(point + outward * (PushScene.agentRadius + 12))
                guard start.x > low, start.x < high, start.y > low, start.y < high,
                    block.distance(to: start) > PushScene.agentRadius + 8
                else { continue }
                for turn in turns {
                    let lean = SIMD2(
                        -turn.x * outward.x + turn.y * outward.y, -turn.y * outward.x - turn.x * outward.y)
                    candidates.append((start, block.direction(lean)))
                }
            }
        }
        return candidates
    }
}
