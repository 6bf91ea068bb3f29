import Glibc

/// The file system below a path: how far its locks can be trusted and how much space is left.
public struct FileSystem: Hashable, Sendable {
    /// The kernel's name of it, such as `ext4`, `nfs4` or `lustre`; `unknown` where the system does not tell.
    public let name: String
    /// Bytes that this user may still write.
    public let freeBytes: Int

    /// Locks and shared memory maps of these do not reach other machines reliably, so SQLite's WAL is not used there.
    public var isNetworked: Bool {
        let local: Set<String> = [
            "ext2", "ext3", "ext4", "xfs", "btrfs", "tmpfs", "overlay", "zfs", "f2fs", "bcachefs", "ramfs", "squashfs",
            "vfat",
        ]
        return !local.contains(name)
    }

    /// Looks at the file system of `path` or of the nearest folder above that exists.
    public init(of path: String) throws {
        var place = path
        while !DurableFiles.exists(place) && DurableFiles.parent(of: place) != place {
            place = DurableFiles.parent(of: place)
        }
        var raw = statvfs()
        guard statvfs(place, &raw) == 0 else { throw DurableFilesError.last("stat", place) }
        freeBytes = Int(clamping: UInt64(raw.f_bavail) * UInt64(raw.f_frsize))
        var absolute = place
        if let resolved = realpath(place, nil) {
            absolute = String(cString: resolved)
            free(resolved)
        }
        let mounts = (try? DurableFiles.read("/proc/self/mountinfo")).map { String(decoding: $0, as: UTF8.self) } ?? ""
        name = Self.kind(of: absolute, mountinfo: mounts) ?? "unknown"
    }

    /// The type of the mount with the longest mount point above `path`; later mounts cover earlier ones.
    static func kind(of path: String, mountinfo: String) -> String? {
        var best: (length: Int, kind: String)?
        for line in mountinfo.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 6, let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count else { continue }
            let point = String(fields[4])
            let covers = point == "/" || path == point || path.hasPrefix(point + "/")
            if covers, point.utf8.count >= best?.length ?? 0 { best = (point.utf8.count, String(fields[dash + 1])) }
        }
        return best?.kind
    }
}
