/// What happened to a run.
///
/// Units are named by their position in the graph.
public enum RunEvent: Hashable, Sendable {
    /// The run begins.
    case started
    /// The store was asked about a unit whose inputs are complete.
    case examined(unit: Int, Verdict)
    /// Another run that was computing the unit has ended or let go of it.
    case released(unit: Int)
    /// An attempt has made its outputs in so many seconds of work; its ranks are free, its outputs not yet committed.
    case computed(unit: Int, attempt: Int, seconds: Double)
    /// The outputs of a computed unit survive the end of this process; the disk may not have them yet.
    case written(unit: Int)
    /// The outputs of a computed unit are in the store, with or without ``written(unit:)`` before.
    case committed(unit: Int)
    /// An attempt ended without outputs, or they could not be committed.
    case failed(unit: Int, attempt: Int, mayRetry: Bool)
    /// Memory was not enough for the attempt whose failure follows: later ones ask for twice as much.
    case outgrewMemory(unit: Int)
    /// An attempt ended because it was asked to.
    case interrupted(unit: Int, attempt: Int)
    /// A running unit takes longer than nearly all of its like: a second attempt may be started beside it.
    case straggles(unit: Int)
    /// Two attempts of one unit have made different things: nothing that was made can be trusted.
    case contradicted(unit: Int)
    /// Save checkpoints, finish what has none, start nothing.
    case stopRequested
    /// End everything as soon as possible.
    case cancelRequested
    /// Time went by.
    case ticked

    /// What the store says of a unit whose inputs are complete.
    public enum Verdict: Hashable, Sendable {
        case run
        /// Its outputs exist.
        case reuse
        /// Another run is computing it.
        case wait
        /// It must not run again.
        case refuse
    }
}

/// What a run does next.
public enum RunAction: Hashable, Sendable {
    /// Ask the store about this unit and answer with ``RunEvent/examined(unit:_:)``.
    case examine(unit: Int)
    /// Start an attempt on these ranks, ascending.
    case launch(unit: Int, attempt: Int, ranks: [Int])
    /// Start a second attempt beside one that runs, on other ranks; the first that ends counts.
    case duplicate(unit: Int, attempt: Int, ranks: [Int])
    /// Tell the attempt that was not the first to end to end now.
    case outdone(unit: Int, attempt: Int)
    /// Tell a running unit, all its attempts, to save a checkpoint and stop, or to end now.
    case stop(unit: Int, cancel: Bool)
    /// This site can never run the unit; it counts as failed.
    case refuse(unit: Int, reason: String)
    /// These units depend on one that failed and will not run.
    case skip(units: [Int])
    /// Nothing is running and nothing will be.
    case finish(RunOutcome)
}

/// How a run ended.
public enum RunOutcome: String, Hashable, Sendable, Codable {
    case completed
    /// At least one unit failed.
    case failed
    /// Stopped as asked; submitting again goes on.
    case stopped
    case cancelled
}
