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
        let signal = HDF5Library.locked { unsafe orc_h5_probe(path, seconds) }
        switch signal {
        case 0, -1: _ = examined.withLock { $0.insert(identity) }
        case SIGXCPU, SIGKILL:
            throw HDF5Error(
                .badFile, file: path,
                message: "the file is damaged: the HDF5 library did not come to an end of its structure in \(seconds) s"
            )
        default:
            throw HDF5Error(
                .badFile, file: path,
                message:
                    "the file is damaged: the HDF5 library cannot read its structure (signal \(signal)); copy it again")
        }
    }
}
