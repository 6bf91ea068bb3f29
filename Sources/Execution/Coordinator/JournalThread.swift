import Foundation
import Ledger

/// Writes journal entries in groups on a thread of its own.
///
/// The journal may lag: the store decides what is done.
///
/// Safety: everything is guarded by the condition.
final class JournalThread: @unchecked Sendable {
    private let journal: RunJournal
    private let condition = NSCondition()
    private var entries: [JournalEntry] = []
    private var isUrgent = false
    private var isClosing = false
    private var failureText: String?
    private let ended = DispatchSemaphore(value: 0)
    /// Entries wait at most this long for others.
    private static let groupSeconds = 0.1

    init(_ journal: RunJournal) {
        self.journal = journal
        let thread = Thread { [self] in
            work()
            ended.signal()
        }
        thread.name = "journal"
        thread.start()
    }

    func append(_ more: [JournalEntry], urgently: Bool = false) {
        guard !more.isEmpty else { return }
        condition.lock()
        entries += more
        if urgently {
            isUrgent = true
            condition.signal()
        }
        condition.unlock()
    }

    /// Why entries could not be written, once.
    func takeFailure() -> String? {
        condition.lock()
        defer {
            failureText = nil
            condition.unlock()
        }
        return failureText
    }

    /// Writes what is left and ends the thread.
    func close() {
        condition.lock()
        isClosing = true
        condition.signal()
        condition.unlock()
        ended.wait()
    }

    private func work() {
        while true {
            condition.lock()
            if !isUrgent && !isClosing { _ = condition.wait(until: Date(timeIntervalSinceNow: Self.groupSeconds)) }
            let batch = entries
            let isLast = isClosing
            entries = []
            isUrgent = false
            condition.unlock()
            do {
                try journal.append(batch)
            } catch {
                condition.lock()
                // Kept for the next round: a full disk may be emptied.
                entries = batch + entries
                failureText = "\(error)"
                condition.unlock()
                if isLast { return }
                usleep(500_000)
                continue
            }
            if isLast { return }
        }
    }
}
