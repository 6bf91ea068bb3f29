import Glibc

/// A file that only grows, synced in groups.
///
/// One writer at a time.
public final class AppendLog: Sendable {
    public let path: String
    private let file: Int32

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

    /// Appends and syncs; a failed write is cut off again, so that the file ends with whole records.
    ///
    /// - Parameter syncing: `false` for what need not survive the machine.
    /// - Returns: the offset of the first byte.
    @discardableResult
    public func append(_ bytes: [UInt8], syncing: Bool = true) throws -> Int {
        let start = Int(lseek(file, 0, SEEK_END))
        do {
            try DurableFiles.pass(.write, path)
            try DurableFiles.writeAll(bytes, to: file, path: path)
            guard syncing else { return start }
            try DurableFiles.pass(.sync, path)
            guard fdatasync(file) == 0 else { throw DurableFilesError.last("sync", path) }
        } catch {
            ftruncate(file, off_t(start))
            throw error
        }
        return start
    }

    /// Sets the time of the last change to now.
    public func touch() { futimens(file, nil) }
}
