/// What a policy sees before it acts.
public struct Observation: Sendable {
    /// A picture of every camera, by name.
    public var frames: [String: ImageFrame]
    /// A row of every sensor, by name, in its own units.
    public var sensors: [String: [Float]]

    public init(frames: [String: ImageFrame], sensors: [String: [Float]] = [:]) {
        self.frames = frames
        self.sensors = sensors
    }
}
