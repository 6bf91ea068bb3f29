import Recipes

/// What the coordinator tells a rank.
enum ControlMessage: Sendable {
    case assign([Assignment])
    case stop(unit: Int, attempt: Int, StopRequest)
    /// Another rank of the gang has failed: stop waiting for it.
    case abandon(unit: Int, attempt: Int, reason: String)
    /// The run is over.
    case shutdown

    var encoded: [UInt8] {
        var writer = WireWriter()
        switch self {
        case .assign(let assignments):
            writer.append(UInt8(1))
            writer.append(count: assignments.count)
            for assignment in assignments { assignment.write(to: &writer) }
        case .stop(let unit, let attempt, let request):
            writer.append(UInt8(2))
            writer.append(count: unit)
            writer.append(count: attempt)
            writer.append(UInt8(request.rawValue))
        case .abandon(let unit, let attempt, let reason):
            writer.append(UInt8(3))
            writer.append(count: unit)
            writer.append(count: attempt)
            writer.append(reason)
        case .shutdown: writer.append(UInt8(4))
        }
        return writer.bytes
    }

    /// The message as letters that leave at once.
    var letters: [[UInt8]] {
        let bytes = encoded
        guard bytes.count > Letters.promptBytes, case .assign(let assignments) = self, assignments.count > 1 else {
            return [bytes]
        }
        let half = assignments.count / 2
        return ControlMessage.assign(Array(assignments[..<half])).letters
            + ControlMessage.assign(Array(assignments[half...])).letters
    }

    init(_ bytes: [UInt8]) throws(ExecutionError) {
        var reader = WireReader(bytes)
        switch try reader.byte() {
        case 1:
            self = .assign(try reader.list { reader throws(ExecutionError) in try Assignment(from: &reader) })
        case 2:
            let unit = try reader.count()
            let attempt = try reader.count()
            self = .stop(unit: unit, attempt: attempt, StopRequest(rawValue: Int(try reader.byte())) ?? .cancel)
        case 3: self = .abandon(unit: try reader.count(), attempt: try reader.count(), reason: try reader.text())
        case 4: self = .shutdown
        default: throw .malformed("a message of the coordinator")
        }
    }
}

/// How letters between ranks are cut.
enum Letters {
    /// Open MPI copies a letter of up to 4 KiB into shared memory and is done; for a longer one both sides have to come to the library
    /// several times, and each time may wait for a processor.
    static let promptBytes = 3800
}

/// What a rank tells the coordinator: everything since the last time.
struct RankNews: Sendable {
    var reports: [Report] = []
    var progress: [ProgressReport] = []

    var isEmpty: Bool { reports.isEmpty && progress.isEmpty }

    var encoded: [UInt8] {
        var writer = WireWriter()
        writer.append(count: reports.count)
        for report in reports { report.write(to: &writer) }
        writer.append(count: progress.count)
        for report in progress {
            writer.append(count: report.unit)
            writer.append(report.completed)
            writer.append(report.total)
            writer.append(report.figures)
            writer.append(report.atSeconds)
        }
        return writer.bytes
    }

    /// The news as letters that leave at once.
    var letters: [[UInt8]] {
        let bytes = encoded
        guard bytes.count > Letters.promptBytes, reports.count > 1 else { return [bytes] }
        // Progress goes first: a unit's last report comes after what it said before.
        var (first, second) = (self, RankNews())
        first.reports = Array(reports[..<(reports.count / 2)])
        second.reports = Array(reports[(reports.count / 2)...])
        return first.letters + second.letters
    }

    init() {}

    init(_ bytes: [UInt8]) throws(ExecutionError) {
        var reader = WireReader(bytes)
        reports = try reader.list { reader throws(ExecutionError) in try Report(from: &reader) }
        progress = try reader.list { reader throws(ExecutionError) in
            ProgressReport(
                unit: try reader.count(), completed: try reader.int(), total: try reader.int(),
                figures: try reader.figures(), atSeconds: try reader.double())
        }
    }
}
