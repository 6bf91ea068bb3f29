import DurableFiles
import Foundation

/// Writes checkpoints on a thread of its own while training goes on, one at a time.
///
/// Used by rank 0 alone. Who hands in a snapshot must not touch its memory until ``wait()`` has returned.
///
/// Safety: what both threads touch is guarded by the condition; a snapshot's memory belongs to the thread while it is busy.
final class CheckpointWriter: @unchecked Sendable {
    private let store: CheckpointStore
    private let condition = NSCondition()
    private var isBusy = false
    private var failure: (any Error)?

    init(_ store: CheckpointStore) { self.store = store }

    /// Begins to store `snapshot`; nothing may be in flight.
    func begin(_ snapshot: ModelSnapshot) {
        condition.lock()
        precondition(!isBusy, "one checkpoint is written at a time")
        isBusy = true
        condition.unlock()
        let interceptor = DurableFiles.interceptor
        let thread = Thread { [self] in
            let result = Result {
                if let interceptor {
                    try DurableFiles.intercepting(interceptor) { try store.save(snapshot) }
                } else {
                    try store.save(snapshot)
                }
            }
            condition.lock()
            if case .failure(let error) = result { failure = error }
            isBusy = false
            condition.broadcast()
            condition.unlock()
        }
        thread.name = "checkpoint"
        thread.start()
    }

    /// Fails when a checkpoint could not be stored; does not wait.
    ///
    /// - Throws: what went wrong, again and again: training without checkpoints must not go on.
    func check() throws {
        condition.lock()
        defer { condition.unlock() }
        if let failure { throw failure }
    }

    /// Returns when nothing is in flight.
    func drain() {
        condition.lock()
        defer { condition.unlock() }
        while isBusy { condition.wait() }
    }

    /// Returns when nothing is in flight.
    ///
    /// - Throws: what went wrong with a checkpoint.
    func wait() throws {
        drain()
        try check()
    }
}
