/// What an episode asks for.
///
/// The picture alone does not tell: the instruction is needed.
public enum PushTask: Hashable, Sendable {
    /// Push the block onto the green outline.
    case goal
    /// Push the block to one wall.
    case side(Wall)
    /// Move the disc to one corner without moving the block.
    case reach(Corner)

    /// One of the four walls.
    public enum Wall: String, Hashable, Sendable, CaseIterable {
        case left, right, top, bottom

        /// From the middle of the arena to the wall.
        public var direction: SIMD2<Double> {
            switch self {
            case .left: SIMD2(-1, 0)
            case .right: SIMD2(1, 0)
            case .top: SIMD2(0, -1)
            case .bottom: SIMD2(0, 1)
            }
        }

        /// Pixels between the wall and the block's nearest corner.
        func gap(to block: BlockPose) -> Double {
            var least = Double.infinity
            let direction = direction
            let limit = direction.x + direction.y > 0 ? PushScene.wallFar : -PushScene.wallNear
            for corner in TeeShape.outline { least = min(least, limit - (block.place(corner) * direction).sum()) }
            return least
        }
    }

    /// One of the four corners.
    public enum Corner: String, Hashable, Sendable, CaseIterable {
        case topLeft = "top left"
        case topRight = "top right"
        case bottomLeft = "bottom left"
        case bottomRight = "bottom right"

        /// Where the disc has to go, in pixels.
        public var point: SIMD2<Double> {
            switch self {
            case .topLeft: SIMD2(60, 60)
            case .topRight: SIMD2(452, 60)
            case .bottomLeft: SIMD2(60, 452)
            case .bottomRight: SIMD2(452, 452)
            }
        }
    }

    /// `goal`, `side` or `reach`.
    public var family: String {
        switch self {
        case .goal: "goal"
        case .side: "side"
        case .reach: "reach"
        }
    }

    /// The wall or corner in words; empty for the goal.
    public var word: String {
        switch self {
        case .goal: ""
        case .side(let wall): wall.rawValue
        case .reach(let corner): corner.rawValue
        }
    }

    /// Ways to say it.
    var phrases: [String] {
        switch self {
        case .goal:
            [
                "push the T block onto the green outline", "slide the gray T until it covers the green shape",
                "move the tee to its goal pose", "align the block with the target",
            ]
        case .side(let wall):
            [
                "push the block to the \(wall.rawValue) wall", "shove the gray T towards the \(wall.rawValue) side",
                "move the block \(wall.rawValue)",
            ]
        case .reach(let corner):
            [
                "move the blue pusher to the \(corner.rawValue) corner",
                "go to the \(corner.rawValue) without touching the block", "drive the pusher \(corner.rawValue)",
            ]
        }
    }
}
