import Determinism

/// Where the block lies: the middle of the bar's outer edge in pixels and the rotation in radians.
public struct BlockPose: Hashable, Sendable {
    /// Origin of the block's frame.
    public let position: SIMD2<Double>
    /// Rotation, from the arena's x axis towards its y axis; not wrapped.
    public let angle: Double
    /// Cosine and sine of ``angle``.
    let cosine, sine: Double

    /// A pose from its three numbers.
    public init(position: SIMD2<Double>, angle: Double) {
        self.position = position
        self.angle = angle
        cosine = ExactMath.cos(angle)
        sine = ExactMath.sin(angle)
    }

    /// A pose from where the centre of friction is.
    public init(center: SIMD2<Double>, angle: Double) {
        let cosine = ExactMath.cos(angle)
        let sine = ExactMath.sin(angle)
        position =
            center
            - SIMD2(
                cosine * TeeShape.center.x - sine * TeeShape.center.y,
                sine * TeeShape.center.x + cosine * TeeShape.center.y)
        self.angle = angle
        self.cosine = cosine
        self.sine = sine
    }

    /// The centre of friction in the arena.
    public var center: SIMD2<Double> { place(TeeShape.center) }

    /// A point of the block's frame in the arena.
    public func place(_ local: SIMD2<Double>) -> SIMD2<Double> {
        SIMD2(position.x + cosine * local.x - sine * local.y, position.y + sine * local.x + cosine * local.y)
    }

    /// A point of the arena in the block's frame.
    public func local(_ point: SIMD2<Double>) -> SIMD2<Double> {
        let offset = point - position
        return SIMD2(cosine * offset.x + sine * offset.y, cosine * offset.y - sine * offset.x)
    }

    /// A direction of the block's frame in the arena.
    public func direction(_ local: SIMD2<Double>) -> SIMD2<Double> {
        SIMD2(cosine * local.x - sine * local.y, sine * local.x + cosine * local.y)
    }

    /// How far `point` is from the block's outline; negative inside.
    public func distance(to point: SIMD2<Double>) -> Double { TeeShape.distance(to: local(point)).distance }

    /// Mean distance between the corners of the block in two poses, in pixels.
    public func cornerDistance(to other: BlockPose) -> Double {
        var sum = 0.0
        for corner in TeeShape.outline {
            let offset = place(corner) - other.place(corner)
            sum += (offset.x * offset.x + offset.y * offset.y).squareRoot()
        }
        return sum / Double(TeeShape.outline.count)
    }

    /// The share of the block's area that two poses have in common, 0 to 1.
    public func coverage(of other: BlockPose) -> Double {
        let gap = center - other.center
        if (gap * gap).sum() > 4 * TeeShape.radius * TeeShape.radius { return 0 }
        var area = 0.0
        for box in [TeeShape.bar, TeeShape.stem] {
            let corners = [
                SIMD2(box.minX, box.minY), SIMD2(box.maxX, box.minY), SIMD2(box.maxX, box.maxY),
                SIMD2(box.minX, box.maxY),
            ].map { local(other.place($0)) }
            for own in [TeeShape.bar, TeeShape.stem] { area += Self.area(of: corners, inside: own) }
        }
        return area / TeeShape.area
    }

    /// Area of a convex polygon inside a box, by clipping at each side in turn (Sutherland and Hodgman, 1974).
    private static func area(of polygon: [SIMD2<Double>], inside box: TeeShape.Box) -> Double {
        var corners = polygon
        for side in 0..<4 {
            let axis = side / 2
            let limit = side == 0 ? box.minX : side == 1 ? box.maxX : side == 2 ? box.minY : box.maxY
            let sign = side % 2 == 0 ? 1.0 : -1.0
            var kept: [SIMD2<Double>] = []
            for index in corners.indices {
                let a = corners[index]
                let b = corners[(index + 1) % corners.count]
                let depthA = sign * (a[axis] - limit)
                let depthB = sign * (b[axis] - limit)
                if depthA >= 0 { kept.append(a) }
                if (depthA >= 0) != (depthB >= 0) { kept.append(a + (b - a) * (depthA / (depthA - depthB))) }
            }
            corners = kept
            if corners.count < 3 { return 0 }
        }
        var twice = 0.0
        for index in corners.indices {
            let a = corners[index]
            let b = corners[(index + 1) % corners.count]
            twice += a.x * b.y - a.y * b.x
        }
        return abs(twice) / 2
    }
}
