import DurableFiles
import Foundation
public import Ledger

extension RunReport {
    /// Writes the page of a run beside its journal.
    ///
    /// - Returns: the file's path.
    /// - Throws: `DurableFilesError` when it cannot be written; a lock that cannot be read is left out.
    @discardableResult
    public static func write(_ summary: RunSummary, in directory: RunDirectory) throws -> String {
        let lock = FileManager.default.contents(atPath: directory.lockFile).map { String(decoding: $0, as: UTF8.self) }
        try DurableFiles.write(Array(html(summary, lock: lock).utf8), to: directory.report)
        return directory.report
    }
}
