/// How the disc last touched the block.
public struct PushContact: Hashable, Sendable {
    /// Where, in pixels of the arena.
    public let point: SIMD2<Double>
    /// From the block to the disc, of length 1.
    public let normal: SIMD2<Double>
    /// Force of the disc on the block, of length 1; never outside the friction cone around `-normal`.
    public let force: SIMD2<Double>
    /// Whether the disc slid along the edge.
    public let isSliding: Bool
}

extension PushScene {
    struct Touch {
        var point: SIMD2<Double>
        var normal: SIMD2<Double>
        var depth: Double
    }

    /// The deepest contact of disc and block, if they overlap.
    func touch() -> Touch? {
        let (distance, localNormal) = TeeShape.distance(to: block.local(agent))
        let depth = Self.agentRadius - distance
        guard depth > 0 else { return nil }
        let normal = block.direction(localNormal)
        return Touch(point: agent - normal * distance, normal: normal, depth: depth)
    }

    /// Moves the block out of the disc as friction allows.
    ///
    /// - Parameter way: how the disc moved; its part along the edge drags the block while the contact sticks.
    mutating func push(_ touch: Touch, way: SIMD2<Double>) {
        let inward = -touch.normal
        let tangent = SIMD2(-inward.y, inward.x)
        let advance = (way * inward).sum()
        // Only the part of the way after the edge was met drags the block along.
        let share = advance > 0 ? min(1, touch.depth / advance) : 0
        let slip = (way * tangent).sum() * share
        let r = touch.point - block.center

        // M maps a force at the contact to the contact's velocity: I + [y², -xy; -xy, x²] / c².
        let c2 = TeeShape.characteristicLength * TeeShape.characteristicLength
        let m00 = 1 + r.y * r.y / c2
        let m01 = -r.x * r.y / c2
        let m11 = 1 + r.x * r.x / c2
        let velocity = inward * touch.depth + tangent * slip
        let determinant = m00 * m11 - m01 * m01
        var force = SIMD2(
            (m11 * velocity.x - m01 * velocity.y) / determinant, (m00 * velocity.y - m01 * velocity.x) / determinant)
        let pressing = (force * inward).sum()
        let dragging = (force * tangent).sum()
        var isSliding = false
        if pressing <= 0 || abs(dragging) > Self.friction * pressing {
            isSliding = true
            let edge = inward + tangent * (dragging < 0 ? -Self.friction : Self.friction)
            let response = SIMD2(m00 * edge.x + m01 * edge.y, m01 * edge.x + m11 * edge.y)
            let normalResponse = (response * inward).sum()
            // Almost always positive: M is positive definite and the cone is narrow. Without it the push is frictionless.
            if normalResponse > 1e-3 {
                force = edge * (touch.depth / normalResponse)
            } else {
                force = frictionless(inward, depth: touch.depth, r: r)
            }
        }
        let size = (force * force).sum().squareRoot()
        contact = PushContact(point: touch.point, normal: touch.normal, force: force / size, isSliding: isSliding)
        displace(force, at: r)
    }

    /// Pushes corners that left the arena back in; walls have no friction.
    mutating func keepBlockInside() {
        let center = block.center
        let margin = TeeShape.radius
        if center.x - margin > Self.wallNear, center.x + margin < Self.wallFar, center.y - margin > Self.wallNear,
            center.y + margin < Self.wallFar
        {
            return
        }
        for _ in 0..<6 {
            var depth = 1e-9
            var corner = SIMD2<Double>.zero
            var inward = SIMD2<Double>.zero
            for local in TeeShape.outline {
                let point = block.place(local)
                for axis in 0..<2 {
                    let low = Self.wallNear - point[axis]
                    let high = point[axis] - Self.wallFar
                    guard max(low, high) > depth else { continue }
                    depth = max(low, high)
                    corner = point
                    inward = .zero
                    inward[axis] = low > high ? 1 : -1
                }
            }
            guard inward != .zero else { return }
            let r = corner - block.center
            displace(frictionless(inward, depth: depth, r: r), at: r)
        }
    }

    /// The force along `direction` whose contact point moves by `depth` along it.
    private func frictionless(_ direction: SIMD2<Double>, depth: Double, r: SIMD2<Double>) -> SIMD2<Double> {
        let arm = r.x * direction.y - r.y * direction.x
        let c2 = TeeShape.characteristicLength * TeeShape.characteristicLength
        return direction * (depth / (1 + arm * arm / c2))
    }

    private mutating func displace(_ force: SIMD2<Double>, at r: SIMD2<Double>) {
        let c2 = TeeShape.characteristicLength * TeeShape.characteristicLength
        let turn = (r.x * force.y - r.y * force.x) / c2
        block = BlockPose(center: block.center + force, angle: block.angle + turn)
    }
}
