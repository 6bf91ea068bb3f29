/// Decides which of the ready units goes first.
///
/// Implementations are pure: equal graphs and predictions give equal orders, so that a schedule can be recomputed.
public protocol SchedulingPolicy: Sendable {
    /// The name by which a user chooses it.
    static var name: String { get }

    /// Which of two ready units with equal priorities goes first.
    var ties: TieRule { get }

    /// Where the chosen unit goes when ranks differ.
    var placement: PlacementRule { get }

    /// Whether priorities depend on predicted seconds, so that they are found again when these change.
    var readsPredictions: Bool { get }

    /// A priority for every unit; the highest ready one goes first.
    ///
    /// - Parameter predictedSeconds: on a rank of speed 1; finite and not negative.
    func priorities(_ graph: Precedence, predictedSeconds: [Double]) -> [Double]
}

/// Which of two ready units with equal priorities goes first.
public enum TieRule: Hashable, Sendable {
    /// The one that stands first in the graph.
    case position
    /// The one that has been ready for longer.
    case readiness
}

/// Where a unit goes when ranks differ in speed or in what they hold.
public enum PlacementRule: String, Hashable, Sendable, CaseIterable {
    /// A random idle rank, as workers that poll a queue take what comes.
    case any
    /// The fastest idle rank.
    case fastest
    /// Where it is expected to end first, also a busy rank, for which it then waits while others go ahead.
    case earliestFinish = "earliest-finish"
}
