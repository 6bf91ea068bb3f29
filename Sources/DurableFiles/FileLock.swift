import Glibc

/// An advisory lock on a file, given back when the object goes or its process dies.
public final class FileLock: Sendable {
    private let file: Int32

    /// Waits for the lock, creating the file when it is missing.
    public convenience init(waitingFor path: String) throws {
        let file = try Self.open(path)
        while flock(file, LOCK_EX) != 0 {
            guard errno == EINTR else {
                let failure = DurableFilesError.last("lock", path)
                close(file)
                throw failure
            }
        }
        self.init(file)
    }

    /// Takes the lock if nobody holds it; `nil` otherwise.
    public static func attempt(_ path: String) throws -> FileLock? {
        let file = try open(path)
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            close(file)
            return nil
        }
        return FileLock(file)
    }

    /// Whether a living process holds the lock on `path`.
    public static func isHeld(_ path: String) -> Bool {
        let file = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { close(file) }
        return flock(file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }

    private init(_ file: Int32) { self.file = file }

    private static func open(_ path: String) throws -> Int32 {
        let file = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw DurableFilesError.last("lock", path) }
        return file
    }

    deinit { close(file) }
}
