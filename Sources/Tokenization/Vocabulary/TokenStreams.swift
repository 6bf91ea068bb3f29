import Determinism

/// What one step of an episode consists of and how many tokens each stream takes, in timeline order.
///
/// A step is: every camera's codes row by row, every sensor's tokens, the action's tokens. It holds one recorded step, or the
/// observation of one and the actions of several.
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

    /// The actions of several recorded steps behind one observation.
    public struct ActionChunk: Codable, Hashable, Sendable {
        /// Recorded steps of a step of the timeline.
        public let steps: Int
        /// Whether they are frequencies, of which a step has any number up to one for each number of the actions.
        public let frequencies: Bool

        public init(steps: Int, frequencies: Bool) {
            self.steps = steps
            self.frequencies = frequencies
        }
    }

    public let cameras: [Camera]
    public let sensors: [Sensor]
    /// Names of the action's dimensions; one token each, unless they are frequencies.
    public let actionNames: [String]
    /// `nil` when a step of the timeline is a recorded step and each number of its action a token.
    public let actionChunk: ActionChunk?

    public init(cameras: [Camera], sensors: [Sensor], actionNames: [String], actionChunk: ActionChunk? = nil) {
        self.cameras = cameras
        self.sensors = sensors
        self.actionNames = actionNames
        self.actionChunk = actionChunk
    }

    /// Recorded steps of a step of the timeline; the last step of an episode may hold fewer.
    public var chunk: Int { actionChunk?.steps ?? 1 }
    /// Action tokens of a step; as frequencies, the most there can be.
    public var actionTokenCount: Int { chunk * actionWidth }

    public var imageTokenCount: Int { cameras.reduce(0) { $0 + $1.tokenCount } }
    public var sensorTokenCount: Int { sensors.reduce(0) { $0 + $1.width } }
    public var actionWidth: Int { actionNames.count }
    /// Image and sensor tokens of a step: what is known before the action is chosen.
    public var observationTokenCount: Int { imageTokenCount + sensorTokenCount }
    /// Tokens of a step; with actions as frequencies, the most there can be.
    public var tokensPerStep: Int { observationTokenCount + actionTokenCount }

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

    /// A plain step adds nothing, so vocabularies without chunks keep their digests.
    var canonical: CanonicalValue {
        var fields: [String: CanonicalValue] = [
            "cameras": .list(
                cameras.map { camera in
                    .list(
                        [.string(camera.name)]
                            + [camera.height, camera.width, camera.channels, camera.patch].map { .int(Int64($0)) })
                }),
            "sensors": .list(sensors.map { .list([.string($0.name), .int(Int64($0.width))]) }),
            "actions": .list(actionNames.map { .string($0) }),
        ]
        if let actionChunk {
            fields["chunk"] = .list([.int(Int64(actionChunk.steps)), .bool(actionChunk.frequencies)])
        }
        return .map(fields)
    }
}
