import Synchronization

/// Moments of a run, for measuring the coordinator itself; seconds since 1970.
public final class RunTrace: Sendable {
    /// When one attempt could start and when it did.
    public struct Start: Hashable, Sendable {
        /// Position in the graph.
        public let unit: Int
        /// The coordinator knew that all inputs are in the store.
        public let ready: Double
        /// The unit's code began on its first rank.
        public let started: Double
    }

    private struct State {
        var ready: [Int: Double] = [:]
        var starts: [Start] = []
        var finished: Double?
    }

    private let state = Mutex(State())

    public init() {}

    /// Every unit that ran, in the order of their reports.
    public var starts: [Start] { state.withLock { $0.starts } }

    /// When everything was committed and journalled.
    public var finished: Double? { state.withLock { $0.finished } }

    func ready(_ units: [Int], at seconds: Double) {
        state.withLock { for unit in units { $0.ready[unit] = seconds } }
    }

    func started(_ unit: Int, at seconds: Double) {
        state.withLock { state in
            guard let ready = state.ready.removeValue(forKey: unit) else { return }
            state.starts.append(Start(unit: unit, ready: ready, started: seconds))
        }
    }

    func finish(at seconds: Double) { state.withLock { $0.finished = seconds } }
}
