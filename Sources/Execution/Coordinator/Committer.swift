import Determinism
import Foundation
import Ledger

/// Writes small artifacts in groups, so that the coordinator never waits for the disk.
///
/// One thread writes what was handed over since its last turn, another waits for the disk: while it does, the next groups are written, and
/// one wait serves them all. A unit whose outputs are written survives the end of this process, one that is committed that of the machine.
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
        enum Outcome: Sendable {
            /// Its outputs are in the file, not yet on the disk.
            case written
            case committed(ArtifactManifest)
            case failed(any Error)
        }

        let unit: Int
        let attempt: Int
        let outcome: Outcome
    }

    /// Items of one write, which wait for the disk together.
    private struct Group {
        let items: [Item]
        let batch: WrittenBatch
    }

    private let store: ArtifactStore
    private let session: StoreSession
    private let writing = NSCondition()
    private let syncing = NSCondition()
    private let reporting = NSLock()
    private var items: [Item] = []
    private var releases: [Digest] = []
    private var isClosing = false
    private var groups: [Group] = []
    private var isWritten = false
    private var results: [Result] = []
    private let ended = DispatchSemaphore(value: 0)
    /// Called from the committer's threads when there are results.
    private let wake: @Sendable () -> Void

    init(store: ArtifactStore, session: StoreSession, wake: @escaping @Sendable () -> Void) {
        self.store = store
        self.session = session
        self.wake = wake
        start("committer") { $0.write() }
        start("syncer") { $0.sync() }
    }

    private func start(_ name: String, _ body: @escaping @Sendable (Committer) -> Void) {
        let thread = Thread { [self] in
            body(self)
            ended.signal()
        }
        thread.name = name
        thread.start()
    }

    /// Hands over work; returns at once.
    func submit(_ items: [Item], releasing keys: [Digest]) {
        guard !items.isEmpty || !keys.isEmpty else { return }
        writing.lock()
        self.items += items
        releases += keys
        // Keys alone wait for the next items, or a moment.
        if !items.isEmpty { writing.signal() }
        writing.unlock()
    }

    func takeResults() -> [Result] {
        reporting.lock()
        defer { reporting.unlock() }
        guard !results.isEmpty else { return [] }
        defer { results = [] }
        return results
    }

    /// Finishes what was handed over and ends the threads.
    func close() {
        writing.lock()
        isClosing = true
        writing.signal()
        writing.unlock()
        ended.wait()
        ended.wait()
    }

    // MARK: Writing

    private func write() {
        var lastHeartbeat = Date()
        while true {
            writing.lock()
            if items.isEmpty, !isClosing {
                _ = writing.wait(until: Date(timeIntervalSinceNow: Self.releaseSeconds))
            }
            let batch = items
            let keys = releases
            items = []
            releases = []
            let isLast = isClosing && batch.isEmpty && keys.isEmpty
            writing.unlock()
            if isLast { break }
            if !batch.isEmpty { write(batch) }
            // A lost release only makes others wait until this session ends.
            try? session.release(keys)
            if Date().timeIntervalSince(lastHeartbeat) > 5 {
                session.heartbeat()
                lastHeartbeat = Date()
            }
        }
        syncing.lock()
        isWritten = true
        syncing.signal()
        syncing.unlock()
    }

    /// Keys of finished units are given back at the latest after so long.
    private static let releaseSeconds = 0.05

    private func write(_ batch: [Item]) {
        do {
            let group = Group(items: batch, batch: try store.writeInline(batch.map(\.commit)))
            report(batch.map { Result(unit: $0.unit, attempt: $0.attempt, outcome: .written) })
            syncing.lock()
            groups.append(group)
            syncing.signal()
            syncing.unlock()
        } catch {
            report(batch.map { Result(unit: $0.unit, attempt: $0.attempt, outcome: .failed(error)) })
        }
    }

    // MARK: Waiting for the disk

    private func sync() {
        while true {
            syncing.lock()
            while groups.isEmpty, !isWritten { syncing.wait() }
            let taken = groups
            groups = []
            syncing.unlock()
            if taken.isEmpty { return }
            // The wait for the last group of a file serves those before it.
            report(Array(taken.reversed().map(commit).reversed().joined()))
        }
    }

    private func commit(_ group: Group) -> [Result] {
        do {
            try store.sync(group.batch)
            return zip(group.items, group.batch.manifests).map {
                Result(unit: $0.unit, attempt: $0.attempt, outcome: .committed($1))
            }
        } catch {
            return group.items.map { Result(unit: $0.unit, attempt: $0.attempt, outcome: .failed(error)) }
        }
    }

    private func report(_ more: [Result]) {
        reporting.lock()
        results += more
        reporting.unlock()
        wake()
    }
}
