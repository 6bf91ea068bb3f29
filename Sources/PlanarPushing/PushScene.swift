/// A disc that pushes the T-shaped block over a plane under quasi-static friction.
///
/// Inertia is neglected: the block moves only while it is pushed, with the twist that the friction under it allows. The set
/// of friction wrenches is approximated by an ellipsoid, so a push with force f at r from the centre of friction moves the
/// block by (f, (r × f) / c²) up to a factor, c being ``TeeShape/characteristicLength``. The disc sticks to the edge while
/// the force that needs lies in the friction cone and slides along it otherwise.
///
/// Pure and the same on every machine: fp64 additions, products, quotients and square roots only.
///
/// Source: Goyal, Ruina, Papadopoulos 1991 (limit surfaces); Lynch, Maekawa, Tanie, "Manipulation and active sensing by
/// pushing using tactile feedback", IROS 1992 (the ellipsoid and its closed form); Zhou et al., "A convex polynomial
/// force-motion model for planar sliding", ICRA 2016.
public struct PushScene: Hashable, Sendable {
    /// Side of the square arena in pixels.
    public static let side = 512.0
    /// Where the walls stand: no corner of the block leaves `wallNear...wallFar` in x or y.
    public static let wallNear = 5.0
    public static let wallFar = 507.0
    /// Radius of the disc in pixels.
    public static let agentRadius = 15.0
    /// Coulomb coefficient between disc and block.
    public static let friction = 0.4
    /// Seconds between two actions.
    public static let controlSeconds = 0.1

    /// Centre of the disc in pixels.
    public internal(set) var agent: SIMD2<Double>
    /// Velocity of the disc in pixels per second.
    public internal(set) var agentVelocity: SIMD2<Double> = .zero
    /// Where the block lies.
    public internal(set) var block: BlockPose
    /// The last contact between disc and block of the last step; `nil` when they did not touch.
    public internal(set) var contact: PushContact?

    /// A resting scene.
    public init(agent: SIMD2<Double>, block: BlockPose) {
        self.agent = agent
        self.block = block
    }

    private static let stiffness = 400.0
    private static let damping = 40.0
    private static let substeps = 10
    /// Longest way of the disc between two looks at the contact, in pixels.
    private static let stride = 1.5

    /// Lets the disc follow `target` for one control period: a critically damped spring of 20 rad/s.
    ///
    /// - Parameter target: pixels.
    public mutating func follow(_ target: SIMD2<Double>) {
        contact = nil
        let seconds = Self.controlSeconds / Double(Self.substeps)
        for _ in 0..<Self.substeps {
            agentVelocity += (Self.stiffness * (target - agent) - Self.damping * agentVelocity) * seconds
            move(by: agentVelocity * seconds)
        }
    }

    /// Moves the disc by `way` pixels along a line, pushing what stands in it; this is all that planning needs.
    mutating func move(by way: SIMD2<Double>) {
        let length = (way * way).sum().squareRoot()
        guard length > 0 else { return }
        let gap = agent - block.center
        let reach = TeeShape.radius + Self.agentRadius + length
        let count = (gap * gap).sum() > reach * reach ? 1 : Int((length / Self.stride).rounded(.up))
        let part = way / Double(count)
        for _ in 0..<count { stride(part) }
    }

    private mutating func stride(_ way: SIMD2<Double>) {
        agent += way
        keepAgentInside()
        var tangentLeft = true
        for _ in 0..<8 {
            guard let touch = touch(), touch.depth > 1e-9 else { return }
            push(touch, way: tangentLeft ? way : .zero)
            tangentLeft = false
            keepBlockInside()
        }
        // The block cannot give way: the disc does.
        guard let touch = touch(), touch.depth > 1e-9 else { return }
        agent += touch.normal * touch.depth
        let approach = (agentVelocity * touch.normal).sum()
        if approach < 0 { agentVelocity -= touch.normal * approach }
        keepAgentInside()
    }

    private mutating func keepAgentInside() {
        let low = Self.wallNear + Self.agentRadius
        let high = Self.wallFar - Self.agentRadius
        for axis in 0..<2 {
            if agent[axis] < low {
                agent[axis] = low
                agentVelocity[axis] = max(0, agentVelocity[axis])
            } else if agent[axis] > high {
                agent[axis] = high
                agentVelocity[axis] = min(0, agentVelocity[axis])
            }
        }
    }
}
