import Synchronization

/// Whether the unit on this rank still asks if it should stop, once its time limit has passed.
///
/// A unit that asks ends by itself; one that does not is stuck, and only the end of its rank ends it.
final class AttemptWatch: Sendable {
    private struct State {
        var unit: String?
        var deadline = 0.0
        var lastAsked = 0.0
    }

    private let state = Mutex(State())

    /// - Parameter deadline: seconds since 1970; attempts without one are not watched.
    func begin(_ unit: String, deadline: Double?) {
        guard let deadline else { return }
        state.withLock { $0 = State(unit: unit, deadline: deadline) }
    }

    func end() {
        state.withLock { $0.unit = nil }
    }

    /// The unit has just been told that its time is up.
    func asked(at now: Double) {
        state.withLock { $0.lastAsked = now }
    }

    /// The unit that has not asked since its time limit passed, and for how many seconds.
    func overdue(at now: Double) -> (unit: String, seconds: Double)? {
        state.withLock { state in
            guard let unit = state.unit else { return nil }
            let seconds = now - max(state.deadline, state.lastAsked)
            return seconds > 0 && now > state.deadline ? (unit, seconds) : nil
        }
    }
}
