import Modeling
import Ranks

/// What one rank tells all others at the end of its part of a step.
struct LeafReport {
    var stop: TrainingStop = .none
    /// Why the rank's part failed; empty when it did not.
    var failure: String = ""
    /// Losses of the rank's leaves, in the order of its run.
    var losses: [LeafLoss] = []
    /// Floating-point operations of the model in these leaves.
    var operations = 0.0
    /// Wall time of these leaves.
    var seconds = 0.0

    var bytes: [UInt8] {
        var writer = ByteWriter()
        writer.append(UInt64(stop.rawValue))
        writer.append(Array(failure.utf8))
        writer.append(operations.bitPattern)
        writer.append(seconds.bitPattern)
        writer.append(UInt64(losses.count))
        for loss in losses {
            writer.append(loss.weightedSum.bitPattern)
            writer.append(UInt64(bitPattern: loss.weight))
            writer.append(UInt64(loss.byModality.count))
            for modality in loss.byModality {
                writer.append(modality.sum.bitPattern)
                writer.append(UInt64(modality.count))
                writer.append(UInt64(modality.correct))
            }
        }
        return writer.bytes
    }

    init() {}

    /// The losses of every rank's report, added in leaf order; the same on every rank.
    ///
    /// - Throws: ``TrainingError`` with the first failure that a rank reports.
    static func total(_ report: LeafReport, _ gang: any Gang) throws -> LeafLoss {
        let reports = try gang.allGather(report.bytes).map { LeafReport(bytes: $0) }
        if let failure = reports.first(where: { !$0.failure.isEmpty })?.failure {
            throw TrainingError(.notFinite, failure)
        }
        var total = LeafLoss()
        for report in reports { for loss in report.losses { total += loss } }
        return total
    }

    init(bytes: [UInt8]) {
        var reader = ByteReader(bytes)
        stop = TrainingStop(rawValue: Int(reader.word())) ?? .none
        failure = String(decoding: reader.block(), as: UTF8.self)
        operations = Double(bitPattern: reader.word())
        seconds = Double(bitPattern: reader.word())
        losses = (0..<Int(reader.word())).map { _ in
            let sum = Double(bitPattern: reader.word())
            let weight = Int64(bitPattern: reader.word())
            let modalities = (0..<Int(reader.word())).map { _ in
                LeafLoss.Part(
                    sum: Double(bitPattern: reader.word()), count: Int(reader.word()), correct: Int(reader.word()))
            }
            return LeafLoss(weightedSum: sum, weight: weight, byModality: modalities)
        }
    }
}

/// Little-endian words and blocks of bytes for messages between ranks of one gang.
struct ByteWriter {
    private(set) var bytes: [UInt8] = []

    mutating func append(_ word: UInt64) {
        for shift in stride(from: UInt64(0), to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
    }

    mutating func append(_ block: [UInt8]) {
        append(UInt64(block.count))
        bytes += block
    }
}

/// Reads what ``ByteWriter`` wrote.
struct ByteReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func word() -> UInt64 {
        defer { position += 8 }
        return bytes[position..<position + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    mutating func block() -> [UInt8] {
        let count = Int(word())
        defer { position += count }
        return Array(bytes[position..<position + count])
    }
}
