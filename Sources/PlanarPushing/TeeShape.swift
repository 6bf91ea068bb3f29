/// The T-shaped block: two boxes in a frame whose origin is the middle of the bar's outer edge, the stem along +y.
///
/// Lengths are in pixels of a 512 × 512 arena whose y axis points down, as in the PushT benchmark
/// (Florence et al., "Implicit behavioral cloning", CoRL 2021; Chi et al., "Diffusion policy", RSS 2023).
public enum TeeShape {
    /// One axis-aligned box of the block's frame.
    struct Box: Sendable {
        let minX, maxX, minY, maxY: Double
    }

    /// The bar and the stem; they share an edge and no area.
    static let bar = Box(minX: -60, maxX: 60, minY: 0, maxY: 30)
    static let stem = Box(minX: -15, maxX: 15, minY: 30, maxY: 120)

    /// The corners in order around the outline, so that the inside lies to the right of every edge.
    public static let outline: [SIMD2<Double>] = [
        SIMD2(-60, 0), SIMD2(60, 0), SIMD2(60, 30), SIMD2(15, 30), SIMD2(15, 120), SIMD2(-15, 120), SIMD2(-15, 30),
        SIMD2(-60, 30),
    ]

    /// Area in square pixels.
    public static let area = 6300.0

    /// Centre of mass and of friction in the block's frame, under even pressure.
    public static let center = SIMD2(0, 256_500.0 / 6300.0)

    /// Greatest friction torque over greatest friction force: the mean distance of the area from ``center``, in pixels.
    ///
    /// A test integrates it again.
    public static let characteristicLength = 39.93

    /// No point of the block is farther from ``center``.
    public static let radius = 80.8

    /// Signed distance from `point` (in the block's frame) to the outline and the outward normal at the nearest point.
    ///
    /// Negative inside. Exact outside; inside it is the depth in the box that holds the point deepest.
    static func distance(to point: SIMD2<Double>) -> (distance: Double, normal: SIMD2<Double>) {
        // The stem reaches into the bar, so that their common edge is no surface.
        let first = distance(to: point, from: bar)
        let second = distance(to: point, from: Box(minX: -15, maxX: 15, minY: 15, maxY: 120))
        return second.distance < first.distance ? second : first
    }

    private static func distance(to p: SIMD2<Double>, from box: Box) -> (distance: Double, normal: SIMD2<Double>) {
        let dx = p.x < box.minX ? p.x - box.minX : p.x > box.maxX ? p.x - box.maxX : 0
        let dy = p.y < box.minY ? p.y - box.minY : p.y > box.maxY ? p.y - box.maxY : 0
        if dx != 0 || dy != 0 {
            let length = (dx * dx + dy * dy).squareRoot()
            return (length, SIMD2(dx / length, dy / length))
        }
        var best = (distance: box.minX - p.x, normal: SIMD2(-1.0, 0.0))
        if p.x - box.maxX > best.distance { best = (p.x - box.maxX, SIMD2(1, 0)) }
        if box.minY - p.y > best.distance { best = (box.minY - p.y, SIMD2(0, -1)) }
        if p.y - box.maxY > best.distance { best = (p.y - box.maxY, SIMD2(0, 1)) }
        return best
    }

    /// Whether `point` (in the block's frame) lies on the block.
    @inline(__always)
    static func contains(_ x: Double, _ y: Double) -> Bool {
        if y < 0 || y > 120 { return false }
        let half = y <= 30 ? 60.0 : 15.0
        return x >= -half && x <= half
    }
}
