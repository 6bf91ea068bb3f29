import CHDF5
import Foundation
import Synchronization

/// Lets the library read the structure of files: of those from outside in a child process, which a damaged one may end.
enum StructureReader {
    /// Structures of the files that were opened last.
    private static let known = Mutex<[(FileIdentity, FileStructure)]>([])
    private static let knownLimit = 8

    /// The structure of the file at `path`, which `identity` tells from what it was before.
    ///
    /// - Throws: ``HDF5Error`` when the file is damaged, or the library ends on it or does not come back.
    static func structure(
        of path: String, _ identity: FileIdentity, from origin: HDF5File.Origin
    ) throws(HDF5Error) -> FileStructure {
        if let (_, structure) = known.withLock({ known in known.first { $0.0 == identity } }) { return structure }
        let seconds = UInt32(clamping: 10 + identity.bytes / 50_000_000)
        let answer = unsafe LibraryTask.run(orc_h5_describe, path, apart: origin == .outside, seconds: seconds)
        let structure: FileStructure
        switch answer {
        case .bytes(let bytes) where bytes.first == 0:
            do {
                structure = try StructureDecoder.structure(of: Array(bytes.dropFirst()))
            } catch {
                throw HDF5Error(
                    .badFile, file: path, object: error.object,
                    message: error.message + "; the file is damaged, copy it again")
            }
        case .bytes(let bytes):
            let lines = String(decoding: bytes.dropFirst(), as: UTF8.self).split(separator: "\n").map(String.init)
            guard bytes.first == 1 else {
                throw HDF5Error(
                    .badFile, file: path, message: "cannot be opened as HDF5; it is cut short or damaged",
                    frames: Array(lines.dropFirst()))
            }
            throw unreadable(path, lines)
        case .ended(let signal) where [SIGXCPU, SIGALRM, SIGKILL].contains(signal):
            throw HDF5Error(
                .badFile, file: path,
                message: "the file is damaged: the HDF5 library did not come to an end of its structure in \(seconds) s"
            )
        case .ended(let signal):
            throw HDF5Error(
                .badFile, file: path,
                message:
                    "the file is damaged: the HDF5 library cannot read its structure (signal \(signal)); copy it again"
            )
        case .noChild:
            throw HDF5Error(
                .badFile, file: path,
                message: "cannot be examined: no child process can be made; are memory or processes short?")
        }
        known.withLock { known in
            known.append((identity, structure))
            if known.count > knownLimit { known.removeFirst() }
        }
        return structure
    }

    /// The error for a file of whose structure something cannot be read.
    ///
    /// - Parameter lines: where, then the library's frames, innermost first.
    private static func unreadable(_ path: String, _ lines: [String]) -> HDF5Error {
        let frames = Array(lines.dropFirst())
        let isNewer = frames.contains { $0.contains("version number") }
        let remedy =
            isNewer
            ? "it was damaged, or written in a newer format than the HDF5 library here reads; write it again with h5py's libver=('earliest', 'v110') or `h5repack`"
            : "the file is damaged; copy it again"
        return HDF5Error(
            .badFile, file: path, object: lines.first ?? "/",
            message: "its structure cannot be read: " + remedy, frames: frames)
    }
}

/// Tells a file from what it was before it changed.
struct FileIdentity: Hashable, Sendable {
    let path: String
    let device: UInt64
    let inode: UInt64
    let bytes: Int
    /// Nanoseconds.
    let modified: Int

    /// - Parameter descriptor: the open file.
    init?(path: String, descriptor: Int32) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { return nil }
        self.path = path
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        bytes = Int(status.st_size)
        modified = Int(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int(status.st_mtim.tv_nsec)
    }
}
