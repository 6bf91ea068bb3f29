import Determinism
import DurableFiles
import Foundation

/// A line per step beside the checkpoints, by which a resumed training proves itself against what was recorded.
///
/// Each line begins with 16 digits of its own digest, so that a damaged line is not taken for another result.
final class StepJournal {
    /// Its name beside the checkpoints.
    static let fileName = "journal.jsonl"

    private struct Header: Codable { let identity: Digest }

    private let path: String
    private let file: FileHandle
    /// What earlier attempts recorded, by step; the last line of a step counts.
    private let recorded: [Int: StepRecord]

    /// Opens the journal of a training, or starts one when there is none or it belongs to another training.
    ///
    /// - Parameters:
    ///   - step: steps up to this one will not be computed again.
    ///   - say: told how many lines cannot be read.
    init(_ path: String, identity: Digest, after step: Int, say: (String) -> Void) throws {
        self.path = path
        let existing = DurableFiles.exists(path) ? try DurableFiles.read(path) : []
        let header = existing.split(separator: 10, maxSplits: 1).first.flatMap {
            try? JSONDecoder().decode(Header.self, from: Data($0))
        }
        let continues = header?.identity == identity
        var records: [Int: StepRecord] = [:]
        if continues {
            let lines = existing.split(separator: 10).dropFirst()
            var damaged = 0
            for (number, line) in lines.enumerated() {
                guard let text = Self.content(line) else {
                    // The last one may have been cut short by a crash.
                    if number < lines.count - 1 { damaged += 1 }
                    continue
                }
                guard StepRecord.step(of: text) ?? .max > step else { continue }
                for record in StepRecord.lines(Array(text)) { records[record.step] = record }
            }
            if damaged > 0 { say("\(damaged) lines of '\(path)' are damaged; their steps are not compared") }
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
    /// - Parameter line: the record as a line of JSON, without its end.
    /// - Throws: ``TrainingError`` when the bits differ.
    func record(_ record: StepRecord, line: [UInt8]) throws {
        if let earlier = recorded[record.step], !earlier.repeats(record) {
            throw TrainingError(
                .notRepeated,
                "step \(record.step) does not repeat: recorded were loss \(earlier.lossBits), gradient norm \(earlier.gradientNormBits), state \(earlier.stateHash); now \(record.lossBits), \(record.gradientNormBits), \(record.stateHash). The machine or the program computes other bits than before; remove '\(DurableFiles.parent(of: path))' to train from the start."
            )
        }
        try file.write(contentsOf: Data(Self.line(line)))
    }

    private static let checkDigits = 16

    private static func check(_ content: some Sequence<UInt8>) -> [UInt8] {
        Array(Digest(of: content).hexDigits.utf8.prefix(checkDigits))
    }

    /// The journal's line with this content.
    static func line(_ content: [UInt8]) -> [UInt8] { check(content) + [UInt8(ascii: " ")] + content + [10] }

    /// The content of a line; `nil` when it is not what was written.
    static func content(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard line.count > checkDigits + 1, line[line.startIndex + checkDigits] == UInt8(ascii: " ") else { return nil }
        let content = line.dropFirst(checkDigits + 1)
        return check(content) == Array(line.prefix(checkDigits)) ? content : nil
    }
}
