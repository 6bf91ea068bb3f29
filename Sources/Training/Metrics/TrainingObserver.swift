/// What is asked of a running training.
public enum TrainingStop: Int, Sendable, Comparable {
    case none = 0
    /// Save a checkpoint after the step and stop.
    case checkpoint = 1
    /// Stop as soon as possible.
    case cancel = 2

    public static func < (left: TrainingStop, right: TrainingStop) -> Bool { left.rawValue < right.rawValue }
}

/// Who watches a training and may stop it.
public protocol TrainingObserver: Sendable {
    /// A step is done. Called on rank 0 only.
    func finished(_ record: StepRecord, pace: StepPace)
    /// A line for the log. Called on rank 0 only.
    func note(_ line: String)
    /// Read often, on every rank; ranks may see it at different times.
    var stop: TrainingStop { get }
    /// Where the time of this attempt went, if the job asked for it. Called on rank 0 only, when the training ends without an error.
    func profiled(_ profile: TrainingProfile)
}

extension TrainingObserver {
    public func profiled(_ profile: TrainingProfile) {}
}

/// How a training ended.
public enum TrainingOutcome: Hashable, Sendable {
    case finished
    /// A checkpoint is saved at this step.
    case checkpointed(step: Int)
    case cancelled
}
