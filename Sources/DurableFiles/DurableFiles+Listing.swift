import Glibc

extension DurableFiles {
    /// What stands under a name.
    public enum EntryKind: Hashable, Sendable { case file, folder, link, other }

    /// One name in a folder.
    public struct Entry: Hashable, Sendable {
        public let name: String
        public let kind: EntryKind
    }

    /// What the file system says of a file.
    public struct FileStatus: Hashable, Sendable {
        public let kind: EntryKind
        public let bytes: Int
        /// Bytes on disk, which sparse and small files do not have equal to ``bytes``.
        public let allocatedBytes: Int
        /// Nanoseconds since 1970.
        public let modifiedNanoseconds: Int64
        public let inode: UInt64
        public let device: UInt64

        /// Seconds since 1970.
        public var modifiedSeconds: Double { Double(modifiedNanoseconds) / 1e9 }
    }

    /// Names in a folder, sorted by their UTF-8 bytes.
    public static func entries(of path: String) throws -> [Entry] {
        guard let folder = opendir(path) else { throw DurableFilesError.last("list", path) }
        defer { closedir(folder) }
        var result: [Entry] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name == "." || name == ".." { continue }
            let kind: EntryKind =
                switch Int(entry.pointee.d_type) {
                case Int(DT_REG): .file
                case Int(DT_DIR): .folder
                case Int(DT_LNK): .link
                case Int(DT_UNKNOWN): status(of: path + "/" + name, followingLinks: false)?.kind ?? .other
                default: .other
                }
            result.append(Entry(name: name, kind: kind))
        }
        return result.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    /// The status of a file or folder; `nil` when nothing is there.
    public static func status(of path: String, followingLinks: Bool = true) -> FileStatus? {
        var raw = stat()
        guard (followingLinks ? stat(path, &raw) : lstat(path, &raw)) == 0 else { return nil }
        let kind: EntryKind =
            switch raw.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .folder
            case S_IFLNK: .link
            default: .other
            }
        return FileStatus(
            kind: kind, bytes: Int(raw.st_size), allocatedBytes: Int(raw.st_blocks) * 512,
            modifiedNanoseconds: Int64(raw.st_mtim.tv_sec) * 1_000_000_000 + Int64(raw.st_mtim.tv_nsec),
            inode: UInt64(raw.st_ino), device: UInt64(raw.st_dev))
    }

    /// Whether a folder is there.
    public static func isDirectory(_ path: String) -> Bool { status(of: path)?.kind == .folder }

    /// Whether anything is there.
    public static func exists(_ path: String) -> Bool { status(of: path, followingLinks: false) != nil }

    /// Files below a folder by relative path with their sizes, sorted by the path's bytes.
    ///
    /// Links to files count as files.
    public static func files(below root: String) throws -> [(path: String, bytes: Int)] {
        var result: [(path: String, bytes: Int)] = []
        func walk(_ folder: String, _ prefix: String) throws {
            for entry in try entries(of: folder) {
                let path = folder + "/" + entry.name
                switch entry.kind {
                case .folder: try walk(path, prefix + entry.name + "/")
                case .file, .link:
                    guard let status = status(of: path) else {
                        throw DurableFilesError(
                            operation: "stat", path: path, errorNumber: ENOENT, detail: "a link points to nothing")
                    }
                    if status.kind == .file { result.append((prefix + entry.name, status.bytes)) }
                case .other: break
                }
            }
        }
        try walk(root, "")
        return result.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    /// Bytes on disk of a file or of everything below a folder.
    public static func allocatedBytes(_ path: String) -> Int {
        guard let status = status(of: path, followingLinks: false) else { return 0 }
        guard status.kind == .folder, let children = try? entries(of: path) else { return status.allocatedBytes }
        return children.reduce(status.allocatedBytes) { $0 + allocatedBytes(path + "/" + $1.name) }
    }
}
