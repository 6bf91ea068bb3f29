import Determinism
import DurableFiles
import Foundation

/// Which of the 256 folders of `artifacts/` exist: what is in none of them need not be looked for.
struct FolderPrefixes {
    private var present = [Bool](repeating: false, count: 256)
    private var modifiedSeconds = -1.0
    private var readSeconds = 0.0

    /// Takes note of new folders; one system call when there are none.
    ///
    /// - Parameter path: the folder `artifacts`.
    mutating func refresh(_ path: String) {
        guard let status = DurableFiles.status(of: path) else {
            self = FolderPrefixes()
            return
        }
        // A folder made in the tick of the clock in which they were read would not change the time.
        if status.modifiedSeconds == modifiedSeconds, modifiedSeconds < readSeconds - 2 { return }
        readSeconds = Date().timeIntervalSince1970
        modifiedSeconds = status.modifiedSeconds
        guard let entries = try? DurableFiles.entries(of: path) else {
            present = Array(repeating: true, count: 256)
            return
        }
        present = Array(repeating: false, count: 256)
        for entry in entries {
            if entry.name.utf8.count == 2, let prefix = UInt8(entry.name, radix: 16) { present[Int(prefix)] = true }
        }
    }

    /// False when there is certainly no folder for `key`.
    func mayHold(_ key: Digest) -> Bool { present[Int(key.words.0 >> 56)] }
}
