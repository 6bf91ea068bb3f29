import Determinism
import DurableFiles
import Foundation

/// A line per step beside the checkpoints, by which a resumed training proves itself against what was recorded.
final class StepJournal {
    private struct Header: Codable { let identity: Digest }

    private let path: String
    private let file: FileHandle
    /// What earlier attempts recorded, by step; the last line of a step counts.
    private let recorded: [Int: StepRecord]

    /// Opens the journal of a training, or starts one when there is none or it belongs to another training.
    init(_ path: String, identity: Digest) throws {
        self.path = path
        let existing = DurableFiles.exists(path) ? try DurableFiles.read(path) : []
        let header = existing.split(separator: 10, maxSplits: 1).first.flatMap {
            try? JSONDecoder().decode(Header.self, from: Data($0))
        }
        let continues = header?.identity == identity
        var records: [Int: StepRecord] = [:]
        if continues {
            for record in StepRecord.lines(existing) { records[record.step] = record }
        } else {
            try DurableFiles.write(try SortedJSON.encode(Header(identity: identity)) + [10], to: path)
        }
        recorded = records
        file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        try file.seekToEnd()
        // A line that was cut short by a crash is ended, so that the next one stands alone.
        if continues, existing.last != 10 { try file.write(contentsOf: Data([10])) }
    }

    deinit { try? file.close() }

    /// Compares a step with what was recorded of it, and records it.
    ///
    /// - Throws: ``TrainingError`` when the bits differ.
    func record(_ record: StepRecord) throws {
        if let earlier = recorded[record.step], !earlier.repeats(record) {
            throw TrainingError(
                .notRepeated,
                "step \(record.step) does not repeat: recorded were loss \(earlier.lossBits), gradient norm \(earlier.gradientNormBits), state \(earlier.stateHash); now \(record.lossBits), \(record.gradientNormBits), \(record.stateHash). The machine or the program computes other bits than before; remove '\(DurableFiles.parent(of: path))' to train from the start."
            )
        }
        try file.write(contentsOf: Data(Array(try record.line().utf8) + [10]))
    }
}
