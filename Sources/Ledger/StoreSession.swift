public import Determinism
import DurableFiles
import Foundation
import Synchronization

/// The presence of one coordinator in a store: its fence number and the keys it is computing.
///
/// Two runs that need the same unit find each other through these files, so that the second waits and reuses. A session is alive as long as
/// its process holds the lock on its file; where locks do not reach, as long as its heartbeat is young. Claims only save work: commits
/// are idempotent, so a claim that is lost or stolen never harms a result.
public final class StoreSession: Sendable {
    /// Seconds without a heartbeat after which a session on another machine counts as dead.
    static let staleSeconds: Double = 90

    /// Larger than that of every earlier session of the store.
    public let fence: Int
    /// The run this session works for.
    public let run: String
    private let store: ArtifactStore
    private let claims: SessionFile
    private let state = Mutex(State())

    private struct State {
        var others: [String: SessionFile.Reader] = [:]
        var isClosed = false
    }

    /// Who holds a key.
    public struct Holder: Hashable, Sendable {
        public let run: String
        public let fence: Int
        public let host: String
        public let process: Int32
    }

    /// Enters the store for `run` and sweeps what dead sessions left behind.
    public init(_ store: ArtifactStore, run: String) throws {
        try store.prepare()
        self.store = store
        self.run = run
        let lock = try FileLock(waitingFor: store.layout.storeLock)
        defer { withExtendedLifetime(lock) {} }
        var highest = 0
        for entry in try DurableFiles.entries(of: store.layout.sessions) {
            guard let number = Self.fence(ofFile: entry.name) else { continue }
            highest = max(highest, number)
            let path = store.layout.sessions + "/" + entry.name
            if !Self.isAlive(path) { try DurableFiles.removeTree(path) }
        }
        // The highest number ever used stays on record even when all session files are gone.
        let counter = store.layout.sessions + "/fence"
        if let text = try? DurableFiles.read(counter) {
            highest = max(highest, Int(String(decoding: text, as: UTF8.self).filter(\.isNumber)) ?? 0)
        }
        fence = highest + 1
        try DurableFiles.write("\(fence)\n", to: counter)
        let header = SessionFile.Header(
            schema: LedgerSchema.store, run: run, fence: fence, host: ProcessInfo.processInfo.hostName,
            process: ProcessInfo.processInfo.processIdentifier)
        claims = try SessionFile(creating: "\(store.layout.sessions)/\(fence).session", header)
        try sweepStaging()
    }

    deinit { try? close() }

    /// Claims keys for this session.
    ///
    /// - Returns: for each key, `nil` when it is ours now, or who is computing it: wait, look it up again, claim again.
    public func claim(_ keys: [Digest]) throws -> [Holder?] {
        guard !keys.isEmpty else { return [] }
        let lock = try FileLock(waitingFor: store.layout.storeLock)
        defer { withExtendedLifetime(lock) {} }
        return try state.withLock { state in
            try refreshOthers(&state)
            let result = keys.map { key -> Holder? in
                for reader in state.others.values where reader.keys.contains(key) { return reader.holder }
                return nil
            }
            try claims.append(zip(keys, result).filter { $0.1 == nil }.map(\.0), isClaim: true)
            return result
        }
    }

    /// Gives keys back, when their units are committed or have failed.
    public func release(_ keys: [Digest]) throws { try claims.append(keys, isClaim: false) }

    /// Tells other machines that this session lives; call every few seconds.
    public func heartbeat() { claims.touch() }

    /// Leaves the store.
    ///
    /// Claims end with it.
    public func close() throws {
        let wasClosed = state.withLock { state in
            defer { state.isClosed = true }
            return state.isClosed
        }
        guard !wasClosed else { return }
        try DurableFiles.removeTree(claims.path)
        try DurableFiles.removeTree("\(store.layout.staging)/\(fence)")
    }

    /// The sessions of living processes, oldest first.
    public static func living(in layout: StoreLayout) -> [Holder] {
        let entries = (try? DurableFiles.entries(of: layout.sessions)) ?? []
        return entries.compactMap { entry in
            let path = layout.sessions + "/" + entry.name
            guard fence(ofFile: entry.name) != nil, isAlive(path) else { return nil }
            return (try? SessionFile.Reader(path))?.holder
        }.sorted { $0.fence < $1.fence }
    }

    // MARK: Parts

    private func refreshOthers(_ state: inout State) throws {
        var living: [String: SessionFile.Reader] = [:]
        for entry in try DurableFiles.entries(of: store.layout.sessions) {
            guard let number = Self.fence(ofFile: entry.name), number != fence else { continue }
            let path = store.layout.sessions + "/" + entry.name
            guard Self.isAlive(path) else { continue }
            var reader = try state.others[path] ?? SessionFile.Reader(path)
            try reader.refresh()
            living[path] = reader
        }
        state.others = living
    }

    private func sweepStaging() throws {
        for entry in try DurableFiles.entries(of: store.layout.staging) {
            if let number = Int(entry.name), number != fence,
                Self.isAlive("\(store.layout.sessions)/\(number).session")
            {
                continue
            }
            try DurableFiles.removeTree(store.layout.staging + "/" + entry.name)
        }
    }

    private static func fence(ofFile name: String) -> Int? {
        name.hasSuffix(".session") ? Int(name.dropLast(8)) : nil
    }

    static func isAlive(_ path: String) -> Bool {
        if FileLock.isHeld(path) { return true }
        guard let status = DurableFiles.status(of: path),
            let header = try? SessionFile.Reader(path).header, header.host != ProcessInfo.processInfo.hostName
        else { return false }
        return Date().timeIntervalSince1970 - status.modifiedSeconds < staleSeconds
    }
}
