import Determinism
import Foundation
import PlanarPushing
import Testing

/// A start that touches nothing, and a way to random targets.
private func episode(_ seed: UInt64) -> (world: PushEnvironment, random: RandomWords) {
    (PushEnvironment(seed: seed), RandomField(seed: seed, purpose: RandomPurpose("test.push")).stream())
}

@Suite("Quasi-static pushing")
struct PushSceneTests {
    @Test("the block rests unless the disc touches it", arguments: UInt64(0)..<60)
    func restsWithoutContact(seed: UInt64) {
        var (world, random) = episode(seed)
        for _ in 0..<60 {
            let before = world.scene
            world.step(action: SIMD2(2 * random.unit() - 1, 2 * random.unit() - 1))
            if world.scene.contact == nil { #expect(world.scene.block == before.block) }
            #expect(world.scene.block.distance(to: world.scene.agent) >= PushScene.agentRadius - 0.05)
        }
    }

    @Test("the contact force stays inside the friction cone", arguments: UInt64(0)..<60)
    func frictionCone(seed: UInt64) {
        var (world, random) = episode(seed)
        var contacts = 0
        for step in 0..<80 {
            // Steer at the block half of the time, so that there is something to check.
            let aim = PushEnvironment.action(for: world.scene.block.center)
            let other = SIMD2(2 * random.unit() - 1, 2 * random.unit() - 1)
            world.step(action: step % 8 < 4 ? aim : other)
            guard let contact = world.scene.contact else { continue }
            contacts += 1
            let pressing = -(contact.force * contact.normal).sum()
            let dragging = abs(contact.force.x * contact.normal.y - contact.force.y * contact.normal.x)
            #expect(pressing > 0)
            #expect(dragging <= PushScene.friction * pressing + 1e-9)
            if contact.isSliding { #expect(dragging >= PushScene.friction * pressing - 1e-6 || dragging < 1e-9) }
        }
        #expect(contacts > 5)
    }

    @Test("the block stays inside the walls", arguments: UInt64(0)..<40)
    func walls(seed: UInt64) {
        var (world, random) = episode(seed)
        for step in 0..<120 {
            let corner = SIMD2<Double>(seed & 1 == 0 ? 1 : -1, seed & 2 == 0 ? 1 : -1)
            let aim = PushEnvironment.action(for: world.scene.block.center)
            world.step(action: step % 6 < 4 ? aim + 0.3 * corner : SIMD2(2 * random.unit() - 1, 2 * random.unit() - 1))
            for local in TeeShape.outline {
                let point = world.scene.block.place(local)
                for axis in 0..<2 {
                    #expect(point[axis] > PushScene.wallNear - 1 && point[axis] < PushScene.wallFar + 1)
                }
            }
        }
    }

    @Test("a mirrored scene moves as the mirror image", arguments: UInt64(0)..<40)
    func mirror(seed: UInt64) {
        var (world, random) = episode(seed)
        func mirrored(_ scene: PushScene) -> PushScene {
            // x → 512 - x turns an angle into its negative, and the T is its own mirror image.
            PushScene(
                agent: SIMD2(512 - scene.agent.x, scene.agent.y),
                block: BlockPose(
                    position: SIMD2(512 - scene.block.position.x, scene.block.position.y), angle: -scene.block.angle))
        }
        var scene = world.scene
        var image = mirrored(scene)
        for step in 0..<15 {
            let target = step % 6 < 4 ? scene.block.center : SIMD2(512 * random.unit(), 512 * random.unit())
            scene.follow(target)
            image.follow(SIMD2(512 - target.x, target.y))
        }
        let expected = mirrored(scene)
        #expect(expected.block.cornerDistance(to: image.block) < 1e-3)
        #expect(abs(expected.agent.x - image.agent.x) + abs(expected.agent.y - image.agent.y) < 1e-3)
        world.step(action: .zero)
    }

    @Test func `a push through the centre of friction does not turn the block`() {
        // The bar's outer edge, pushed at its middle along the axis of symmetry.
        var scene = PushScene(
            agent: SIMD2(256, 200), block: BlockPose(position: SIMD2(256, 240), angle: 0))
        for step in 0..<8 { scene.follow(SIMD2(256, 210 + 12 * Double(step))) }
        #expect(abs(scene.block.angle) < 1e-12)
        #expect(abs(scene.block.position.x - 256) < 1e-9)
        #expect(scene.block.position.y > 270)
    }

    @Test func `a push beside the centre turns the block as the limit surface says`() {
        // One small sticking push at r = (x, y) turns by (x vy - y vx) / (c² + x² + y²) if it moves by v at the contact.
        let block = BlockPose(position: SIMD2(256, 240), angle: 0)
        var scene = PushScene(agent: SIMD2(286, 240 - PushScene.agentRadius), block: block)
        scene.follow(SIMD2(286, 226))
        let moved = scene.agent.y - (240 - PushScene.agentRadius)
        let r = SIMD2(30, -TeeShape.center.y)
        let c2 = TeeShape.characteristicLength * TeeShape.characteristicLength
        #expect(moved > 0.1)
        #expect(abs(scene.block.angle / (r.x * moved / (c2 + (r * r).sum())) - 1) < 0.02)
    }

    @Test func `the characteristic length is the mean distance from the centre`() {
        var sum = 0.0
        var count = 0.0
        for row in 0..<480 {
            for column in 0..<480 {
                let point = SIMD2((Double(column) + 0.5) / 4 - 60, (Double(row) + 0.5) / 4)
                guard abs(point.x) < (point.y < 30 ? 60 : 15) else { continue }
                let r = point - TeeShape.center
                sum += (r * r).sum().squareRoot()
                count += 1
            }
        }
        #expect(abs(count / 16 - TeeShape.area) < 1)
        #expect(abs(sum / count - TeeShape.characteristicLength) < 0.01)
    }

    @Test func `coverage is the share of common area`() {
        let pose = PushEnvironment.goalPose
        #expect(abs(pose.coverage(of: pose) - 1) < 1e-12)
        let flat = BlockPose(position: SIMD2(200, 200), angle: 0)
        // Shifted by 30 along the stem: the bars are apart, the bar meets the stem, the stems share 60 × 30.
        let shifted = BlockPose(position: SIMD2(200, 230), angle: 0)
        #expect(abs(flat.coverage(of: shifted) - (30.0 * 30 + 30 * 60) / 6300) < 1e-12)
        #expect(flat.coverage(of: BlockPose(position: SIMD2(400, 400), angle: 1)) == 0)
    }

    @Test func `actions outside the arena and without a number are harmless`() {
        var world = PushEnvironment(seed: 1)
        for action in [SIMD2(9, -9), SIMD2(Double.nan, 1), SIMD2(Double.infinity, -Double.infinity)] {
            world.step(action: action)
        }
        #expect(world.scene.agent.x.isFinite && world.render().count == 96 * 96 * 3)
    }
}
