import Determinism

/// What one step of an episode consists of and how many tokens each stream takes, in timeline order.
///
/// A step is: every camera's codes row by row, every sensor's tokens, the action's tokens.
public struct TokenStreams: Codable, Hashable, Sendable {
    /// A camera, cut into square patches of which each becomes one token.
    public struct Camera: Codable, Hashable, Sendable {
        public let name: String
        public let height: Int
        public let width: Int
        public let channels: Int
        /// Side of a patch in pixels.
        public let patch: Int

        public init(name: String, height: Int, width: Int, channels: Int, patch: Int) {
            self.name = name
            self.height = height
            self.width = width
            self.channels = channels
            self.patch = patch
        }

        public var rows: Int { (height + patch - 1) / patch }
        public var columns: Int { (width + patch - 1) / patch }
        /// Tokens of one frame.
        public var tokenCount: Int { rows * columns }
    }

    /// A sensor, one token per dimension.
    public struct Sensor: Codable, Hashable, Sendable {
        public let name: String
        public let width: Int

        public init(name: String, width: Int) {
            self.name = name
            self.width = width
        }
    }

    public let cameras: [Camera]
    public let sensors: [Sensor]
    /// Names of the action's dimensions; one token each.
    public let actionNames: [String]

    public init(cameras: [Camera], sensors: [Sensor], actionNames: [String]) {
        self.cameras = cameras
        self.sensors = sensors
        self.actionNames = actionNames
    }

    public var imageTokenCount: Int { cameras.reduce(0) { $0 + $1.tokenCount } }
    public var sensorTokenCount: Int { sensors.reduce(0) { $0 + $1.width } }
    public var actionWidth: Int { actionNames.count }
    /// Image and sensor tokens of a step: what is known before the action is chosen.
    public var observationTokenCount: Int { imageTokenCount + sensorTokenCount }
    public var tokensPerStep: Int { observationTokenCount + actionWidth }

    /// Where camera `index`'s codes lie within a step.
    public func imageRange(_ index: Int) -> Range<Int> {
        let start = cameras[..<index].reduce(0) { $0 + $1.tokenCount }
        return start..<start + cameras[index].tokenCount
    }

    /// Where sensor `index`'s tokens lie within a step.
    public func sensorRange(_ index: Int) -> Range<Int> {
        let start = imageTokenCount + sensors[..<index].reduce(0) { $0 + $1.width }
        return start..<start + sensors[index].width
    }

    /// Where the action's tokens lie within a step.
    public var actionRange: Range<Int> { observationTokenCount..<tokensPerStep }

    var canonical: CanonicalValue {
        .map([
            "cameras": .list(
                cameras.map { camera in
                    .list(
                        [.string(camera.name)]
                            + [camera.height, camera.width, camera.channels, camera.patch].map { .int(Int64($0)) })
                }),
            "sensors": .list(sensors.map { .list([.string($0.name), .int(Int64($0.width))]) }),
            "actions": .list(actionNames.map { .string($0) }),
        ])
    }
}
