import Glibc

/// A file that only grows, synced in groups. One writer at a time.
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

    /// Appends without syncing; a failed write is cut off again, so that the file ends with whole records.
    ///
    /// - Returns: the offset of the first byte.
    public func append(_ bytes: [UInt8]) throws -> Int {
        let start = Int(lseek(file, 0, SEEK_END))
        do {
            try DurableFiles.pass(.write, path)
            try DurableFiles.writeAll(bytes, to: file, path: path)
        } catch {
            ftruncate(file, off_t(start))
            throw error
        }
        return start
    }

    /// Makes everything appended so far durable.
    public func sync() throws {
        try DurableFiles.pass(.sync, path)
        guard fdatasync(file) == 0 else { throw DurableFilesError.last("sync", path) }
    }
}
