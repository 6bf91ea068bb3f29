import Determinism
import PlanarPushing
import Ranks
import Tokenization
import Training

/// A policy in the built-in simulator, beside the expert and a random policy in the same episodes.
struct ClosedLoop: Codable, Hashable {
    var rollouts: Int
    /// Shares of rollouts that reached their goal.
    var policySuccess: Double
    var expertSuccess: Double
    var randomSuccess: Double
    /// Mean of how much was reached at the end, 0 to 1.
    var policyProgress: Double
    var expertProgress: Double
    var randomProgress: Double

    /// Why the simulator cannot show this vocabulary what it was trained on; `nil` when it can.
    static func mismatch(_ streams: TokenStreams) -> String? {
        let side = PushEnvironment.imageSide
        for camera in streams.cameras
        where camera.name != camera0 || camera.height != side || camera.width != side || camera.channels != 3 {
            return
                "camera '\(camera.name)' of \(camera.height)×\(camera.width) is not the simulator's '\(camera0)' of \(side)×\(side)"
        }
        for sensor in streams.sensors where sensorWidths[sensor.name] != sensor.width {
            return "sensor '\(sensor.name)' of width \(sensor.width) is not one of the simulator's"
        }
        return streams.actionWidth == 2 ? nil : "actions have \(streams.actionWidth) dimensions, the simulator's 2"
    }

    /// The camera of the PushT files.
    private static let camera0 = "agentview_image"
    private static let sensorWidths = ["agent_pos": 2, "agent_vel": 2, "block_pose": 3]

    /// Plays `rollouts` episodes; they are divided among the ranks and added in their order.
    static func measure(
        _ policy: ActionPolicy, rollouts: Int, stepLimit: Int, seed: UInt64, gang: any Gang,
        shouldStop: () -> Bool, finished: (Int) -> Void
    ) throws -> ClosedLoop {
        let seeds = RandomField(seed: seed, purpose: RandomPurpose("evaluate.rollouts"))
        var mine: [UInt8] = []
        try gang.together {
            for rollout in rollouts * gang.rank / gang.count..<rollouts * (gang.rank + 1) / gang.count {
                guard !shouldStop() else { break }
                var random = seeds.stream(UInt32(rollout))
                let start = PushEnvironment(seed: random.next(), stepLimit: stepLimit)
                for world in [
                    try play(policy, start), playExpert(start, seed: random.next()),
                    playRandom(start, seed: random.next()),
                ] {
                    mine.append(world.isSuccess ? 1 : 0)
                    let bits = world.progress.bitPattern
                    for shift in stride(from: UInt64(0), to: 64, by: 8) {
                        mine.append(UInt8(truncatingIfNeeded: bits >> shift))
                    }
                }
                finished(rollout)
            }
        }
        var successes = [0, 0, 0]
        var progress = [0.0, 0.0, 0.0]
        var played = 0
        for bytes in try gang.allGather(mine) {
            for (number, start) in stride(from: 0, to: bytes.count, by: 9).enumerated() {
                successes[number % 3] += Int(bytes[start])
                let bits = bytes[start + 1..<start + 9].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
                progress[number % 3] += Double(bitPattern: bits)
                played += number % 3 == 0 ? 1 : 0
            }
        }
        let count = Double(max(1, played))
        return ClosedLoop(
            rollouts: played, policySuccess: Double(successes[0]) / count, expertSuccess: Double(successes[1]) / count,
            randomSuccess: Double(successes[2]) / count, policyProgress: progress[0] / count,
            expertProgress: progress[1] / count, randomProgress: progress[2] / count)
    }

    /// What the simulator shows, under the names of the PushT files.
    static func observation(_ world: PushEnvironment) -> Observation {
        let side = PushEnvironment.imageSide
        let measured = world.observation
        return Observation(
            frames: [camera0: ImageFrame(height: side, width: side, channels: 3, pixels: world.render())],
            sensors: [
                "agent_pos": [Float(measured.agentPosition.x), Float(measured.agentPosition.y)],
                "agent_vel": [Float(measured.agentVelocity.x), Float(measured.agentVelocity.y)],
                "block_pose": [
                    Float(measured.blockPose.x), Float(measured.blockPose.y), Float(measured.blockPose.z),
                ],
            ])
    }

    private static func play(_ policy: ActionPolicy, _ start: PushEnvironment) throws -> PushEnvironment {
        var world = start
        var session = try policy.session(instruction: world.instruction)
        while !world.isDone {
            let chosen = try session.act(try policy.tokenizers.encode(observation(world)))
            for action in chosen.values.rows(of: 2) where !world.isDone {
                world.step(action: SIMD2(action[0], action[1]))
            }
            try session.commit(action: chosen.tokens)
        }
        return world
    }

    private static func playExpert(_ start: PushEnvironment, seed: UInt64) -> PushEnvironment {
        var world = start
        var expert = PushExpert(seed: seed)
        while !world.isDone { world.step(action: expert.action(for: world)) }
        return world
    }

    private static func playRandom(_ start: PushEnvironment, seed: UInt64) -> PushEnvironment {
        var world = start
        let random = RandomPushPolicy(seed: seed)
        while !world.isDone { world.step(action: random.action(step: world.stepCount)) }
        return world
    }
}
