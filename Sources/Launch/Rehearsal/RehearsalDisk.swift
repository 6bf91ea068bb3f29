import DurableFiles
import Foundation

/// A small file system in memory that can be full whenever it is wanted.
///
/// Mounted in a mount namespace of its own: nobody else sees it, and it is gone with the process.
public struct RehearsalDisk: Sendable {
    public let folder: String
    private let bytes: Int

    /// Mounts it on `folder`.
    ///
    /// - Throws: ``LaunchError`` (69) where this process may not.
    public init(_ folder: String, bytes: Int) throws {
        self.folder = folder
        self.bytes = bytes
        try DurableFiles.createDirectory(folder)
        guard mount("tmpfs", folder, "tmpfs", 0, "size=\(bytes)") == 0 else {
            throw Self.refused("mount a file system on '\(folder)'")
        }
    }

    /// Leaves no room: what is there stays.
    func fill() throws {
        var space = statvfs()
        guard statvfs(folder, &space) == 0 else { throw Self.refused("measure '\(folder)'") }
        let used = Int(space.f_blocks - space.f_bfree) * Int(space.f_frsize)
        try resize(to: max(used, Int(space.f_frsize)))
    }

    /// Gives all its room back.
    func free() throws { try resize(to: bytes) }

    private func resize(to bytes: Int) throws {
        guard mount("tmpfs", folder, "tmpfs", UInt(MS_REMOUNT), "size=\(bytes)") == 0 else {
            throw Self.refused("change the size of '\(folder)'")
        }
    }

    public func remove() { umount2(folder, Int32(MNT_DETACH)) }

    private static func refused(_ what: String) -> LaunchError {
        LaunchError(
            "cannot \(what): \(String(cString: strerror(errno))); --fill-disk needs a machine that lets its users mount in namespaces of their own",
            exitCode: 69)
    }
}
