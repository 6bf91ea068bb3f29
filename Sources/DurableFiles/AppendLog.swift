import Glibc
import Synchronization

/// A file that only grows, synced in groups.
///
/// One thread appends at a time; another may sync.
public final class AppendLog: Sendable {
    private struct State {
        var durableBytes = 0
        var failure: (any Error)?
    }

    public let path: String
    private let file: Int32
    private let state = Mutex(State())

    /// Creates the file (which must not exist yet) and locks it for as long as this object lives.
    public init(creating path: String) throws {
        self.path = path
        try DurableFiles.pass(.create, path)
        file = open(path, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw DurableFilesError.last("create", path) }
        flock(file, LOCK_EX | LOCK_NB)
        try DurableFiles.syncFolder(DurableFiles.parent(of: path))
    }

    deinit { close(file) }

    /// Appends and syncs; what could not be written or synced is cut off again, so that the file ends with whole records.
    ///
    /// - Parameter syncing: `false` leaves that to ``sync()``: the bytes survive this process, not yet the machine.
    /// - Returns: the offset of the first byte.
    @discardableResult
    public func append(_ bytes: [UInt8], syncing: Bool = true) throws -> Int {
        if let failure { throw failure }
        let start = size
        do {
            try DurableFiles.pass(.write, path)
            try DurableFiles.writeAll(bytes, to: file, path: path)
        } catch {
            ftruncate(file, off_t(start))
            throw error
        }
        if syncing { try sync() }
        return start
    }

    /// Makes everything appended before this call durable; another thread may go on appending meanwhile.
    ///
    /// After a failure nobody knows what reached the disk: everything since the last sync is cut off, and the log takes no more.
    ///
    /// - Parameter end: nothing is done when the bytes before it are durable already.
    public func sync(upTo end: Int = .max) throws {
        if let failure { throw failure }
        if end <= durableBytes { return }
        let end = size
        do {
            try DurableFiles.pass(.sync, path)
            guard fdatasync(file) == 0 else { throw DurableFilesError.last("sync", path) }
        } catch {
            state.withLock { state in
                state.failure = error
                ftruncate(file, off_t(state.durableBytes))
            }
            throw error
        }
        state.withLock { $0.durableBytes = max($0.durableBytes, end) }
    }

    /// Bytes in the file.
    public var size: Int { Int(lseek(file, 0, SEEK_END)) }

    /// Why this log takes no more; a new one goes on.
    public var failure: (any Error)? { state.withLock { $0.failure } }

    /// Bytes at the start of the file that survive the machine.
    public var durableBytes: Int { state.withLock { $0.durableBytes } }

    /// Sets the time of the last change to now.
    public func touch() { futimens(file, nil) }
}
