/// A reason to drop or flag an episode.
public enum Rejection: Hashable, Sendable {
    /// NaN or infinity in actions, sensors or rewards.
    case nonFinite
    /// A sensor repeats one reading for at least half of the episode, and ten steps, while the actions go on changing.
    ///
    /// A stream that does so in more than a twentieth of the episodes rests by nature (an event counter, an object that
    /// is not touched), and is not held against them.
    case frozenSensor
    /// The same for pictures.
    case frozenCamera
    /// Half of the pictures of a camera, and ten, hold no sample brighter than `level` of 255.
    case blackCamera(level: Int)
    /// The actions repeat one command for at least half of the episode, and ten steps; with the same exception.
    case deadAction
    /// One number of the actions keeps one value through ten steps or more; with the same exception, by dimension.
    case deadDimension
    /// One number of the actions stands at the least or the greatest value that it has in the whole set for more than `fraction` of the
    /// steps.
    ///
    /// Where more than a twentieth of the episodes do so, as a gripper that is open or closed, it is its nature.
    case clipped(fraction: Double)
    /// An action has a number beyond `limit` on either side of zero.
    case outOfRange(limit: Double)
    /// The actions are rougher than those of the other episodes.
    ///
    /// The measure is the logarithm of the mean square third difference, each dimension divided by its median over
    /// episodes; an episode is rejected when it lies more than `sigma` robust deviations (1.4826 times the median
    /// absolute deviation, at least 0.1) above the median. Needs eight episodes.
    case jerk(sigma: Double)
    case tooShort(steps: Int)
    case tooLong(steps: Int)
    /// The recording says that it did not succeed.
    case failed
    /// There is no instruction.
    case noInstruction
    /// An earlier episode has the same actions and sensors, bit for bit.
    case duplicate

    /// The name that tables of dropped episodes carry.
    public var name: String {
        switch self {
        case .nonFinite: "nonFinite"
        case .frozenSensor: "frozenSensor"
        case .frozenCamera: "frozenCamera"
        case .deadAction: "deadAction"
        case .blackCamera: "blackCamera"
        case .deadDimension: "deadDimension"
        case .clipped: "clipped"
        case .outOfRange: "outOfRange"
        case .jerk: "jerk"
        case .tooShort: "tooShort"
        case .tooLong: "tooLong"
        case .failed: "failed"
        case .noInstruction: "noInstruction"
        case .duplicate: "duplicate"
        }
    }
}
