import DequeModule
import Determinism
import Foundation
import Ledger

/// Writes small artifacts in groups on a thread of its own, so that the coordinator never waits for the disk.
///
/// Safety: everything is guarded by the condition.
final class Committer: @unchecked Sendable {
    /// A computed unit whose outputs travel inline.
    struct Item: Sendable {
        let unit: Int
        let attempt: Int
        let commit: InlineCommit
    }

    /// What became of it.
    struct Result: Sendable {
        let unit: Int
        let attempt: Int
        let outcome: Swift.Result<ArtifactManifest, any Error>
    }

    private let store: ArtifactStore
    private let session: StoreSession
    private let condition = NSCondition()
    private var items: [Item] = []
    private var releases: [Digest] = []
    private var results: [Result] = []
    private var isClosing = false
    private let ended = DispatchSemaphore(value: 0)
    /// Called from the committer's thread when there are results.
    private let wake: @Sendable () -> Void

    init(store: ArtifactStore, session: StoreSession, wake: @escaping @Sendable () -> Void) {
        self.store = store
        self.session = session
        self.wake = wake
        let thread = Thread { [self] in
            work()
            ended.signal()
        }
        thread.name = "committer"
        thread.start()
    }

    /// Hands over work; returns at once.
    func submit(_ items: [Item], releasing keys: [Digest]) {
        guard !items.isEmpty || !keys.isEmpty else { return }
        condition.lock()
        self.items += items
        releases += keys
        condition.signal()
        condition.unlock()
    }

    func takeResults() -> [Result] {
        condition.lock()
        defer { condition.unlock() }
        guard !results.isEmpty else { return [] }
        defer { results = [] }
        return results
    }

    /// Finishes what was handed over and ends the thread.
    func close() {
        condition.lock()
        isClosing = true
        condition.signal()
        condition.unlock()
        ended.wait()
    }

    private func work() {
        var lastHeartbeat = Date()
        while true {
            condition.lock()
            if items.isEmpty, releases.isEmpty, !isClosing {
                _ = condition.wait(until: Date(timeIntervalSinceNow: 5))
            }
            let batch = items
            let keys = releases
            items = []
            releases = []
            let isLast = isClosing && batch.isEmpty && keys.isEmpty
            condition.unlock()
            if isLast { return }
            if !batch.isEmpty {
                let finished = commit(batch)
                condition.lock()
                results += finished
                condition.unlock()
                wake()
            }
            // A lost release only makes others wait until this session ends.
            try? session.release(keys)
            if Date().timeIntervalSince(lastHeartbeat) > 5 {
                session.heartbeat()
                lastHeartbeat = Date()
            }
        }
    }

    private func commit(_ batch: [Item]) -> [Result] {
        do {
            let manifests = try store.commitInline(batch.map(\.commit))
            return zip(batch, manifests).map { Result(unit: $0.unit, attempt: $0.attempt, outcome: .success($1)) }
        } catch {
            return batch.map { Result(unit: $0.unit, attempt: $0.attempt, outcome: .failure(error)) }
        }
    }
}
