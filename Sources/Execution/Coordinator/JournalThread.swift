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
    /// Entries wait this long for others: at the end of a run nobody waits for more than these.
    private static let groupSeconds = 0.02

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
        let isFirst = entries.isEmpty
        entries += more
        isUrgent = isUrgent || urgently
        if isFirst || urgently { condition.signal() }
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
            while entries.isEmpty, !isClosing { condition.wait() }
            let end = Date(timeIntervalSinceNow: Self.groupSeconds)
            while !isUrgent, !isClosing, condition.wait(until: end) {}
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
