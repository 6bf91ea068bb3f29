import CHDF5
import Foundation
import Synchronization

/// Lets a child process meet a file from outside first, so that a damaged one ends the child and not this process.
enum HDF5Probe {
    /// What a file was when it was examined.
    private struct Identity: Hashable {
        let path: String
        let bytes: Int
        let modified: Double
        let inode: Int
    }

    private static let examined = Mutex<Set<Identity>>([])

    /// Examines `path`; once per process while the file does not change.
    ///
    /// - Throws: ``HDF5Error`` when the C library ends or does not come back.
    static func examine(_ path: String) throws(HDF5Error) {
        let attributes = (try? FileManager.default.attributesOfItem(atPath: path)) ?? [:]
        let bytes = (attributes[.size] as? Int) ?? 0
        let identity = Identity(
            path: path, bytes: bytes,
            modified: (attributes[.modificationDate] as? Date)?.timeIntervalSinceReferenceDate ?? 0,
            inode: (attributes[.systemFileNumber] as? Int) ?? 0)
        if examined.withLock({ $0.contains(identity) }) { return }
        let seconds = UInt32(clamping: 10 + bytes / 50_000_000)
        let (outcome, text) = HDF5Library.locked { () -> (Int32, String) in
            unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { buffer in
                guard let bytes = buffer.baseAddress else { return (-1, "") }
                let outcome = unsafe orc_h5_probe(path, seconds, bytes, buffer.count)
                return (outcome, unsafe String(cString: bytes))
            }
        }
        switch outcome {
        case 0, -1: _ = examined.withLock { $0.insert(identity) }
        case -2: throw unreadable(path, text.split(separator: "\n").map(String.init))
        case SIGXCPU, SIGKILL:
            throw HDF5Error(
                .badFile, file: path,
                message: "the file is damaged: the HDF5 library did not come to an end of its structure in \(seconds) s"
            )
        default:
            throw HDF5Error(
                .badFile, file: path,
                message:
                    "the file is damaged: the HDF5 library cannot read its structure (signal \(outcome)); copy it again"
            )
        }
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
