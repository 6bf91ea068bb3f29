import Determinism
import Ledger

/// How one rank's part of an attempt ended.
struct Report: Sendable {
    /// Whether a failed attempt may be repeated.
    enum Retry: UInt8, Sendable {
        case never, again
        /// Asking for twice the memory.
        case withMoreMemory
    }

    enum Outcome: Sendable {
        /// Small outputs, to be committed by the coordinator with others.
        case inline([[UInt8]])
        /// Outputs this rank has committed.
        case stored([StoredOutput])
        /// Another rank of the gang commits.
        case member
        case failed(message: String, retry: Retry)
        /// The unit stopped as asked.
        case interrupted
    }

    var unit: Int
    var attempt: Int
    var outcome: Outcome
    /// Seconds since 1970.
    var startSeconds: Double
    /// Seconds since 1970.
    var endSeconds: Double
    /// Figures of merit.
    var figures: [String: Double] = [:]
    /// Largest resident memory of the process so far.
    var peakMemoryBytes = 0
    /// Digests of what this attempt made, where another process had stored something else under the unit's key before; else empty.
    var made: [Digest] = []

    func write(to writer: inout WireWriter) {
        writer.append(count: unit)
        writer.append(count: attempt)
        writer.append(startSeconds)
        writer.append(endSeconds)
        writer.append(figures)
        writer.append(peakMemoryBytes)
        writer.append(count: made.count)
        for digest in made { writer.append(digest) }
        switch outcome {
        case .inline(let outputs):
            writer.append(UInt8(0))
            writer.append(count: outputs.count)
            for bytes in outputs { writer.append(raw: bytes) }
        case .stored(let outputs):
            writer.append(UInt8(1))
            writer.append(count: outputs.count)
            for output in outputs {
                writer.append(output.name)
                writer.append(output.digest)
                writer.append(output.bytes)
                writer.append(output.isFolder)
            }
        case .member: writer.append(UInt8(2))
        case .failed(let message, let retry):
            writer.append(UInt8(3))
            writer.append(message)
            writer.append(retry.rawValue)
        case .interrupted: writer.append(UInt8(4))
        }
    }

    init(
        unit: Int, attempt: Int, outcome: Outcome, startSeconds: Double, endSeconds: Double,
        figures: [String: Double] = [:]
    ) {
        self.unit = unit
        self.attempt = attempt
        self.outcome = outcome
        self.startSeconds = startSeconds
        self.endSeconds = endSeconds
        self.figures = figures
    }

    init(from reader: inout WireReader) throws(ExecutionError) {
        unit = try reader.count()
        attempt = try reader.count()
        startSeconds = try reader.double()
        endSeconds = try reader.double()
        figures = try reader.figures()
        peakMemoryBytes = try reader.int()
        made = try reader.list { reader throws(ExecutionError) in try reader.digest() }
        switch try reader.byte() {
        case 0: outcome = .inline(try reader.list { reader throws(ExecutionError) in Array(try reader.raw()) })
        case 1:
            outcome = .stored(
                try reader.list { reader throws(ExecutionError) in
                    StoredOutput(
                        name: try reader.text(), digest: try reader.digest(), bytes: try reader.int(),
                        isFolder: try reader.bool(), files: [])
                })
        case 2: outcome = .member
        case 3:
            let message = try reader.text()
            guard let retry = Retry(rawValue: try reader.byte()) else { throw .malformed("a report") }
            outcome = .failed(message: message, retry: retry)
        case 4: outcome = .interrupted
        default: throw .malformed("a report")
        }
    }
}

/// How far a running unit is.
struct ProgressReport: Sendable {
    var unit: Int
    var completed: Int
    var total: Int
    var figures: [String: Double]
    /// Seconds since 1970.
    var atSeconds: Double
}
