/// Which streams every episode of a set has, and how wide they are.
public struct StreamSchema: Hashable, Sendable, Codable {
    /// Sorted by name.
    public var cameras: [CameraStream]
    /// Sorted by name.
    public var sensors: [VectorStream]
    /// Numbers in one action.
    public var actionWidth: Int
    /// A name for each number of an action, `action_0` and so on when the data does not name them.
    public var actionNames: [String]

    /// A schema; `actionNames` default to `action_0`, `action_1` and so on.
    public init(cameras: [CameraStream], sensors: [VectorStream], actionWidth: Int, actionNames: [String]? = nil) {
        self.cameras = cameras
        self.sensors = sensors
        self.actionWidth = actionWidth
        self.actionNames = actionNames ?? (0..<actionWidth).map { "action_\($0)" }
    }
}

/// A stream of pictures, 8 bits a channel.
public struct CameraStream: Hashable, Sendable, Codable {
    public var name: String
    public var height: Int
    public var width: Int
    public var channels: Int

    public init(name: String, height: Int, width: Int, channels: Int) {
        self.name = name
        self.height = height
        self.width = width
        self.channels = channels
    }

    /// Bytes of one frame.
    public var frameBytes: Int { height * width * channels }
}

/// A stream of numbers, one row per step.
public struct VectorStream: Hashable, Sendable, Codable {
    public var name: String
    /// Numbers per step.
    public var width: Int

    public init(name: String, width: Int) {
        self.name = name
        self.width = width
    }
}
