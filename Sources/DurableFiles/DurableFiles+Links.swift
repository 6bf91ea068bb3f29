import Glibc

extension DurableFiles {
    /// Makes or replaces a symbolic link.
    ///
    /// Not synced: for hints whose loss costs nothing but time.
    public static func link(_ target: String, at path: String) throws {
        if symlink(target, path) == 0 { return }
        if errno == ENOENT {
            try createDirectory(parent(of: path))
            if symlink(target, path) == 0 { return }
        }
        guard errno == EEXIST else { throw DurableFilesError.last("link", path) }
        if readLink(path) == target { return }
        let temporary = temporaryName(beside: path)
        guard symlink(target, temporary) == 0 else { throw DurableFilesError.last("link", temporary) }
        guard rename(temporary, path) == 0 else {
            let failure = DurableFilesError.last("rename", path)
            unlink(temporary)
            throw failure
        }
    }

    /// What a symbolic link points to; `nil` when there is none.
    public static func readLink(_ path: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = buffer.withUnsafeMutableBytes { bytes in
            bytes.baseAddress.map { readlink(path, $0, bytes.count) } ?? -1
        }
        return count < 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
    }

    /// Takes the write permission off every file below a folder.
    public static func makeFilesReadOnly(below root: String) throws {
        for entry in try entries(of: root) {
            let path = root + "/" + entry.name
            if entry.kind == .folder { try makeFilesReadOnly(below: path) }
            guard entry.kind == .file else { continue }
            var raw = stat()
            guard stat(path, &raw) == 0, chmod(path, (raw.st_mode & 0o511) | 0o400) == 0 else {
                throw DurableFilesError.last("change permissions of", path)
            }
        }
    }

    /// Writes a file that is a cache of something durable: complete when it is there, but not synced.
    public static func writeCache(_ bytes: some Collection<UInt8>, to path: String) throws {
        let temporary = temporaryName(beside: path)
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw DurableFilesError.last("create", temporary) }
        do {
            defer { close(file) }
            try writeAll(bytes, to: file, path: path)
        } catch {
            unlink(temporary)
            throw error
        }
        guard rename(temporary, path) == 0 else {
            let failure = DurableFilesError.last("rename", path)
            unlink(temporary)
            throw failure
        }
    }

    /// Moves a file or folder within one file system; fails when something is at the new place.
    public static func move(_ path: String, to destination: String) throws {
        guard rename(path, destination) == 0 else { throw DurableFilesError.last("rename", destination) }
    }
}

extension DurableFiles {
    /// Lets only the user read and write a file; where the file system has no permissions nothing changes.
    public static func makePrivate(_ path: String) { chmod(path, 0o600) }
}
