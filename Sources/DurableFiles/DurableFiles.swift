import Glibc

/// Files that survive a crash: written beside their place, synced, renamed in, and the folder synced.
///
/// A reader sees the old file or the new one, never a part. Every durable byte of the ledger and of checkpoints goes through here, so
/// that tests can stop the machine between any two steps (``intercepting(_:_:)``).
public enum DurableFiles {
    /// A step whose order against the others decides what a crash leaves behind.
    public enum Step: String, Sendable {
        case create, write, sync, rename, syncFolder, remove
    }

    // MARK: Files

    /// Writes a whole file so that after a crash it is there completely or not at all.
    ///
    /// - Throws: ``DurableFilesError``; the file at `path` is then untouched.
    public static func write(_ bytes: some Collection<UInt8>, to path: String) throws {
        let temporary = temporaryName(beside: path)
        do {
            try writeFile(bytes, to: temporary)
            try pass(.rename, path)
            guard Glibc.rename(temporary, path) == 0 else { throw DurableFilesError.last("rename", path) }
        } catch {
            unlink(temporary)
            throw error
        }
        try syncFolder(parent(of: path))
    }

    /// Writes the UTF-8 bytes of `text`; see ``write(_:to:)``.
    public static func write(_ text: String, to path: String) throws { try write(Array(text.utf8), to: path) }

    /// Writes and syncs a file under its own name.
    ///
    /// Only for files inside a folder that is renamed in later.
    public static func writeFile(_ bytes: some Collection<UInt8>, to path: String) throws {
        try pass(.create, path)
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw DurableFilesError.last("create", path) }
        defer { close(file) }
        try pass(.write, path)
        try writeAll(bytes, to: file, path: path)
        try pass(.sync, path)
        guard fsync(file) == 0 else { throw DurableFilesError.last("sync", path) }
    }

    /// The whole content of a file.
    public static func read(_ path: String) throws -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw DurableFilesError.last("open", path) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw DurableFilesError.last("stat", path) }
        let size = Int(status.st_size)
        var result = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                let received = Glibc.read(file, buffer.baseAddress.map { $0 + count }, size - count)
                if received < 0 && errno == EINTR { continue }
                guard received > 0 else { break }
                count += received
            }
        }
        if result.count < size { throw DurableFilesError(operation: "read", path: path, errorNumber: EIO) }
        if size == 0 { result = try readToEnd(file, path) }
        return result
    }

    /// Files of unknown size, such as those of `/proc`.
    private static func readToEnd(_ file: Int32, _ path: String) throws -> [UInt8] {
        var result: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let received = chunk.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress, $0.count) }
            if received < 0 && errno == EINTR { continue }
            guard received >= 0 else { throw DurableFilesError.last("read", path) }
            if received == 0 { return result }
            result += chunk[..<received]
        }
    }

    /// Appends one line and syncs it.
    ///
    /// A crash can leave a part of the line at the end, never damage earlier ones.
    ///
    /// - Precondition: `line` holds no line break.
    public static func append(line: String, to path: String) throws {
        precondition(!line.utf8.contains(10), "a line holds no line break")
        try pass(.create, path)
        let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw DurableFilesError.last("create", path) }
        defer { close(file) }
        try pass(.write, path)
        try writeAll(Array(line.utf8) + [10], to: file, path: path)
        try pass(.sync, path)
        guard fsync(file) == 0 else { throw DurableFilesError.last("sync", path) }
    }

    static func writeAll(_ bytes: some Collection<UInt8>, to file: Int32, path: String) throws {
        let direct: Void? = try bytes.withContiguousStorageIfAvailable {
            try writeAll(buffer: UnsafeRawBufferPointer($0), to: file, path: path)
        }
        if direct == nil { try Array(bytes).withUnsafeBytes { try writeAll(buffer: $0, to: file, path: path) } }
    }

    static func writeAll(buffer: UnsafeRawBufferPointer, to file: Int32, path: String) throws {
        var done = 0
        while done < buffer.count {
            let sent = Glibc.write(file, buffer.baseAddress.map { $0 + done }, buffer.count - done)
            if sent < 0 && errno == EINTR { continue }
            guard sent >= 0 else { throw DurableFilesError.last("write", path) }
            done += sent
        }
    }

    // MARK: Folders

    /// Makes a folder and those above it, private to the user; fine when it is there.
    public static func createDirectory(_ path: String) throws {
        if mkdir(path, 0o700) == 0 { return }
        switch errno {
        case EEXIST:
            if isDirectory(path) { return }
            throw DurableFilesError(
                operation: "create folder", path: path, errorNumber: ENOTDIR,
                detail: "a file of that name is in the way")
        case ENOENT:
            let above = parent(of: path)
            guard above != path else { throw DurableFilesError.last("create folder", path) }
            try createDirectory(above)
            guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
                throw DurableFilesError.last("create folder", path)
            }
        default: throw DurableFilesError.last("create folder", path)
        }
    }

    /// Syncs everything below `staging` and renames it to `final`, so that after a crash `final` is complete or absent.
    ///
    /// When `final` exists already the staging folder is removed and nothing else changes.
    ///
    /// - Returns: whether this call put the folder there.
    @discardableResult
    public static func commitDirectory(_ staging: String, as final: String) throws -> Bool {
        if isDirectory(final) {
            try removeTree(staging)
            return false
        }
        try syncTree(staging)
        try createDirectory(parent(of: final))
        try pass(.rename, final)
        guard Glibc.rename(staging, final) == 0 else {
            let failure = DurableFilesError.last("rename", final)
            guard failure.errorNumber == EEXIST || failure.errorNumber == ENOTEMPTY else { throw failure }
            try removeTree(staging)
            return false
        }
        try syncFolder(parent(of: final))
        return true
    }

    /// Syncs every file and folder below `path` and the folder itself.
    public static func syncTree(_ path: String) throws {
        for entry in try entries(of: path) {
            switch entry.kind {
            case .folder: try syncTree(path + "/" + entry.name)
            case .file: try syncFile(path + "/" + entry.name)
            case .link, .other: break
            }
        }
        try syncFolder(path)
    }

    /// Syncs one file that somebody else wrote.
    public static func syncFile(_ path: String) throws {
        try pass(.sync, path)
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw DurableFilesError.last("open", path) }
        defer { close(file) }
        guard fsync(file) == 0 else { throw DurableFilesError.last("sync", path) }
    }

    /// Makes renames and creations inside a folder durable.
    public static func syncFolder(_ path: String) throws {
        try pass(.syncFolder, path)
        let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw DurableFilesError.last("open folder", path) }
        defer { close(folder) }
        // Some network file systems refuse to sync a folder; a rename is then as durable as it can be.
        guard fsync(folder) == 0 || errno == EINVAL else { throw DurableFilesError.last("sync folder", path) }
    }

    /// Removes a file or a folder with all below it; fine when nothing is there.
    public static func removeTree(_ path: String) throws {
        try pass(.remove, path)
        if unlink(path) == 0 || errno == ENOENT { return }
        guard errno == EISDIR || errno == EPERM || errno == EACCES, isDirectory(path) else {
            throw DurableFilesError.last("remove", path)
        }
        // A unit may have left a folder without write permission behind.
        chmod(path, 0o700)
        for entry in try entries(of: path) {
            let child = path + "/" + entry.name
            if entry.kind == .folder {
                try removeTree(child)
            } else {
                guard unlink(child) == 0 || errno == ENOENT else { throw DurableFilesError.last("remove", child) }
            }
        }
        guard rmdir(path) == 0 || errno == ENOENT else { throw DurableFilesError.last("remove", path) }
    }

    // MARK: Paths

    /// The folder that holds `path`.
    public static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// A name in the same folder that no other process or thread uses.
    static func temporaryName(beside path: String) -> String {
        path + ".tmp-\(getpid())-" + String(UInt64.random(in: .min ... .max), radix: 36)
    }
}
