public import Determinism
import DurableFiles
import Foundation
import Synchronization

/// Content digests of files and folders outside the store, remembered by (path, size, time of change, inode).
///
/// Moving a file or touching it costs one reading, never a rerun: only the digest reaches keys.
public final class SourceDigests: Sendable {
    /// What a file looked like when it was read.
    private struct Entry: Codable, Hashable {
        let bytes: Int
        let modified: Int64
        let inode: UInt64
        let device: UInt64
        let digest: Digest
    }

    private struct Stored: Codable {
        var schema = 1
        var entries: [String: Entry]
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var changed: Set<String> = []
    }

    /// A file changed less than this before it was read may change again unnoticed, so it is not remembered.
    private static let settledNanoseconds: Int64 = 1_500_000_000

    private let path: String
    private let state: Mutex<State>

    /// The cache of a store; a damaged one is as good as none.
    public init(_ layout: StoreLayout) {
        path = layout.sourceDigests
        state = Mutex(State(entries: Self.load(layout.sourceDigests)))
    }

    private static func load(_ path: String) -> [String: Entry] {
        guard DurableFiles.exists(path) else { return [:] }
        return (try? LedgerJSON.read(Stored.self, path, known: 1).entries) ?? [:]
    }

    /// The digest of a file or folder, read only when it is not the one that was read before.
    ///
    /// - Parameter progress: told bytes read so far and bytes in all, only while something is read.
    /// - Throws: `DurableFilesError` (exit code 66) when it is missing.
    public func digest(
        _ path: String, progress: ((_ done: Int, _ total: Int) throws -> Void)? = nil
    ) throws -> (digest: Digest, bytes: Int) {
        guard let status = DurableFiles.status(of: path) else {
            throw DurableFilesError(operation: "open", path: path, errorNumber: 2)
        }
        guard status.kind == .folder else { return try fileDigest(path, status, progress) }
        let files = try DurableFiles.files(below: path)
        let total = files.reduce(0) { $0 + $1.bytes }
        var done = 0
        var lines: [CanonicalValue] = []
        for file in files {
            let full = path + "/" + file.path
            guard let status = DurableFiles.status(of: full) else {
                throw DurableFilesError(operation: "open", path: full, errorNumber: 2)
            }
            let start = done
            let (digest, bytes) = try fileDigest(full, status) { partial, _ in try progress?(start + partial, total) }
            done += bytes
            lines.append(.list([.string(file.path), .bytes(digest.bytes)]))
        }
        return (CanonicalValue.list(lines).digest, total)
    }

    private func fileDigest(
        _ path: String, _ status: DurableFiles.FileStatus, _ progress: ((Int, Int) throws -> Void)?
    ) throws -> (digest: Digest, bytes: Int) {
        if let known = state.withLock({ $0.entries[path] }), known.bytes == status.bytes,
            known.modified == status.modifiedNanoseconds, known.inode == status.inode, known.device == status.device
        {
            return (known.digest, known.bytes)
        }
        let now = Int64(Date().timeIntervalSince1970 * 1e9)
        var done = 0
        let (digest, bytes) = try DurableFiles.fileDigest(path) { count in
            done += count
            try progress?(done, max(status.bytes, done))
        }
        let after = DurableFiles.status(of: path)
        if after == status, bytes == status.bytes, now - status.modifiedNanoseconds > Self.settledNanoseconds {
            let entry = Entry(
                bytes: bytes, modified: status.modifiedNanoseconds, inode: status.inode, device: status.device,
                digest: digest)
            state.withLock { state in
                state.entries[path] = entry
                state.changed.insert(path)
            }
        }
        return (digest, bytes)
    }

    /// Keeps what was learnt, together with what other processes kept meanwhile; nothing is written when nothing is new.
    public func save() throws {
        let (mine, changed) = state.withLock { ($0.entries, $0.changed) }
        guard !changed.isEmpty else { return }
        var merged = Self.load(path)
        for path in changed { merged[path] = mine[path] }
        try DurableFiles.createDirectory(DurableFiles.parent(of: path))
        try DurableFiles.write(LedgerJSON.encode(Stored(entries: merged), pretty: false), to: path)
        state.withLock { $0.changed = [] }
    }
}
