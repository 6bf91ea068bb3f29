public import Determinism

/// One thing that happened in a run, in the order of time.
///
/// Units are named by their position in the graph.
public enum JournalEntry: Sendable {
    /// The units of the graph, once at the start; those known already keep their state.
    case units([UnitOutcome])
    /// A unit began an attempt.
    case started(Int, attempt: Int, ranks: [Int], atSeconds: Double)
    /// An attempt ended: `ran`, `failed`, or `pending` when it is to be repeated.
    case ended(Int, state: UnitState, atSeconds: Double, cause: String?)
    /// A second attempt began beside the one that runs.
    case duplicated(Int, attempt: Int, ranks: [Int], atSeconds: Double)
    /// One of two attempts ended, and the unit has not.
    case attemptEnded(Int, attempt: Int, state: UnitState, atSeconds: Double, cause: String)
    /// Of two attempts this is the one that counts.
    case tookOver(Int, attempt: Int, ranks: [Int], startSeconds: Double)
    /// A unit began and finished since the last entries were written.
    case ran(Int, attempt: Int, ranks: [Int], startSeconds: Double, endSeconds: Double)
    /// A unit's outputs were in the store before this run; of no effect for a unit that ran in an earlier session of it.
    case reused(Int, reason: String?, atSeconds: Double)
    /// A unit cannot run because one it needs has failed.
    case skipped(Int, cause: String)
    /// What a unit made, after it was committed.
    case outputs(Int, [StoredOutput], key: Digest)
    /// A figure of merit.
    case figure(Int, name: String, value: Double)
    /// How far a unit is.
    case progress(Int, UnitProgress)
    /// Something the user should know, such as that a stored result cannot be used.
    case notice(String, atSeconds: Double)
    /// How the run stands; `atSeconds` counts from its start.
    case status(RunStatus, atSeconds: Double)
}
