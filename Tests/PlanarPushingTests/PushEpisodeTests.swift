import Determinism
import PlanarPushing
import Testing

@Suite("Episodes of planar pushing")
struct PushEpisodeTests {
    private static func play(_ seed: UInt64, _ skill: PushExpert.Skill) -> PushEnvironment {
        var world = PushEnvironment(seed: seed)
        var expert = PushExpert(seed: seed, skill: skill)
        while !world.isDone { world.step(action: expert.action(for: world)) }
        return world
    }

    @Test("the expert usually succeeds", arguments: PushExpert.Skill.allCases)
    func expert(skill: PushExpert.Skill) {
        let worlds = (UInt64(0)..<40).map { Self.play($0, skill) }
        #expect(worlds.count { $0.isSuccess } >= 32)
    }

    @Test func `random targets rarely succeed`() {
        var successes = 0
        for seed in UInt64(0)..<40 {
            var world = PushEnvironment(seed: seed)
            let policy = RandomPushPolicy(seed: seed)
            while !world.isDone { world.step(action: policy.action(step: world.stepCount)) }
            successes += world.isSuccess ? 1 : 0
        }
        #expect(successes <= 12)
    }

    @Test func `every task is drawn, none is solved at the start, and the words name it`() {
        var families: [String: Int] = [:]
        for seed in UInt64(0)..<400 {
            let world = PushEnvironment(seed: seed)
            families[world.task.family, default: 0] += 1
            #expect(!world.isDone)
            #expect(world.instruction.contains(world.task.word))
        }
        #expect(families.keys.sorted() == ["goal", "reach", "side"])
        #expect(families.values.allSatisfy { $0 > 60 })
    }

    @Test func `a corner does not count once the block was moved`() {
        let block = BlockPose(center: SIMD2(256, 256), angle: 0)
        let scene = PushScene(agent: SIMD2(100, 100), block: block)
        var world = PushEnvironment(task: .reach(.topLeft), instruction: "", scene: scene)
        for _ in 0..<30 { world.step(action: PushEnvironment.action(for: SIMD2(60, 60))) }
        #expect(world.isSuccess)
        for _ in 0..<30 { world.step(action: PushEnvironment.action(for: block.center)) }
        for _ in 0..<30 { world.step(action: PushEnvironment.action(for: SIMD2(60, 60))) }
        #expect(!world.isSuccess)
    }

    /// Guards the promise of equal bits on every machine; a change of physics, expert or drawing changes it on purpose.
    @Test func `states and pictures have the recorded digest`() {
        var bytes: [UInt8] = []
        func append(_ value: Double) {
            for shift in stride(from: UInt64(0), to: 64, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> shift))
            }
        }
        for seed in UInt64(0)..<8 {
            var world = PushEnvironment(seed: seed)
            var expert = PushExpert(seed: seed, skill: .okay)
            while !world.isDone {
                let action = expert.action(for: world)
                world.step(action: action)
                for value in [action.x, action.y, world.scene.agent.x, world.observation.blockPose.z] { append(value) }
            }
            bytes += world.render()
        }
        #expect(Digest(of: bytes).description == "2060c6effda6e278cd270094030447fb1c9e47d38bbab32e509f86b32b3c6395")
    }

    @Test func `pictures show the goal, the block and the disc in their colours`() {
        let scene = PushScene(agent: SIMD2(100, 100), block: BlockPose(center: SIMD2(400, 120), angle: 0.3))
        let picture = PushEnvironment(task: .goal, instruction: "", scene: scene).render()
        func color(_ x: Double, _ y: Double) -> [UInt8] {
            let start = 3 * (Int(y * 96 / 512) * 96 + Int(x * 96 / 512))
            return Array(picture[start..<start + 3])
        }
        #expect(color(100, 100) == [65, 105, 225])
        #expect(color(256, 256 + 10) == [144, 238, 144])
        let onBlock = scene.block.place(SIMD2(0, 20))
        #expect(color(onBlock.x, onBlock.y) == [119, 136, 153])
        #expect(color(60, 300) == [255, 255, 255])
    }
}
