import Foundation
import Ledger
import Synchronization

/// Adds a run's units to the history on a thread of its own.
final class HistoryThread: Sendable {
    private let failure = Mutex<String?>(nil)
    private let ended = DispatchSemaphore(value: 0)

    init(_ history: History, rows: [History.Row]) {
        let thread = Thread { [self] in
            do {
                try history.append(rows)
            } catch {
                failure.withLock { $0 = "\(error)" }
            }
            ended.signal()
        }
        thread.name = "history"
        thread.start()
    }

    /// Waits until all is written; returns what went wrong.
    func wait() -> String? {
        ended.wait()
        return failure.withLock { $0 }
    }
}
