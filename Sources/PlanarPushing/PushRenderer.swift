/// Draws a scene as the PushT benchmark does: a light green goal, a grey block, a blue disc on white.
///
/// Anti-aliased with 4 × 4 samples a pixel and integer blending, so that every machine gives the same bytes.
enum PushRenderer {
    private typealias Color = (red: Int, green: Int, blue: Int)

    private static let side = PushEnvironment.imageSide
    private static let samples = 4
    private static let pixelsPerSample = PushScene.side / Double(side * samples)
    private static let goalColor: Color = (144, 238, 144)
    private static let blockColor: Color = (119, 136, 153)
    private static let agentColor: Color = (65, 105, 225)
    private static let wallColor: Color = (211, 211, 211)

    /// Walls and goal, which never move.
    private static let background: [UInt8] = {
        var image = [UInt8](repeating: 255, count: 3 * side * side)
        for index in 0..<side {
            for (x, y) in [(index, 0), (index, side - 1), (0, index), (side - 1, index)] {
                blend(wallColor, 16, at: 3 * (y * side + x), in: &image)
            }
        }
        draw(block: PushEnvironment.goalPose, color: goalColor, in: &image)
        return image
    }()

    static func render(_ scene: PushScene) -> [UInt8] {
        var image = background
        draw(block: scene.block, color: blockColor, in: &image)
        let radius = PushScene.agentRadius
        draw(agentColor, around: scene.agent, radius: radius, in: &image) { x, y in
            let dx = x - scene.agent.x
            let dy = y - scene.agent.y
            return dx * dx + dy * dy <= radius * radius
        }
        return image
    }

    private static func draw(block: BlockPose, color: Color, in image: inout [UInt8]) {
        let (cosine, sine, origin) = (block.cosine, block.sine, block.position)
        draw(color, around: block.center, radius: TeeShape.radius, in: &image) { x, y in
            let dx = x - origin.x
            let dy = y - origin.y
            return TeeShape.contains(cosine * dx + sine * dy, cosine * dy - sine * dx)
        }
    }

    @inline(__always)
    private static func draw(
        _ color: Color, around center: SIMD2<Double>, radius: Double, in image: inout [UInt8],
        contains: (Double, Double) -> Bool
    ) {
        let pixel = pixelsPerSample * Double(samples)
        let left = max(0, Int((center.x - radius) / pixel))
        let right = min(side - 1, Int((center.x + radius) / pixel))
        let top = max(0, Int((center.y - radius) / pixel))
        let bottom = min(side - 1, Int((center.y + radius) / pixel))
        guard left <= right, top <= bottom else { return }
        for row in top...bottom {
            for column in left...right {
                var count = 0
                for sampleRow in 0..<samples {
                    let y = (Double(row * samples + sampleRow) + 0.5) * pixelsPerSample
                    for sampleColumn in 0..<samples {
                        let x = (Double(column * samples + sampleColumn) + 0.5) * pixelsPerSample
                        if contains(x, y) { count += 1 }
                    }
                }
                if count > 0 { blend(color, count, at: 3 * (row * side + column), in: &image) }
            }
        }
    }

    private static func blend(_ color: Color, _ share: Int, at start: Int, in image: inout [UInt8]) {
        let whole = samples * samples
        func mix(_ old: UInt8, _ new: Int) -> UInt8 {
            UInt8((Int(old) * (whole - share) + new * share + whole / 2) / whole)
        }
        image[start] = mix(image[start], color.red)
        image[start + 1] = mix(image[start + 1], color.green)
        image[start + 2] = mix(image[start + 2], color.blue)
    }
}
