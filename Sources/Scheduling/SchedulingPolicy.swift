/// Decides which of the ready units goes first.
///
/// Implementations are pure: equal graphs and predictions give equal orders, so that a schedule can be recomputed.
public protocol SchedulingPolicy: Sendable {
    /// The name by which a user chooses it.
    static var name: String { get }

    /// A priority for every unit; the highest ready one goes first, equals by position.
    ///
    /// - Parameters:
    ///   - children: for each unit the positions of those that read from it, all greater than its own.
    ///   - predictedSeconds: finite and not negative.
    func priorities(children: [[Int]], predictedSeconds: [Double]) -> [Double]
}

/// Longest remaining path first: what the end of the run waits for is started as early as possible.
public struct CriticalPathPolicy: SchedulingPolicy {
    public static let name = "critical-path"

    public init() {}

    public func priorities(children: [[Int]], predictedSeconds: [Double]) -> [Double] {
        var remaining = predictedSeconds
        for unit in children.indices.reversed() {
            let longest = children[unit].reduce(0.0) { max($0, remaining[$1]) }
            remaining[unit] = predictedSeconds[unit] + longest
        }
        return remaining
    }
}
