import WorkGraph

/// The units of a run as one rank knows them: compiled on rank 0; elsewhere as they were sent, each read when it is run, so that ranks
/// do not spend the first moments of a large run on units of others.
enum BriefedUnits: Sendable {
    case compiled([WorkUnit])
    /// The briefing and where in it each unit begins.
    case sent([UInt8], offsets: [Int])

    /// The unit at a position of the graph.
    func unit(_ position: Int) throws(ExecutionError) -> WorkUnit {
        switch self {
        case .compiled(let units): return units[position]
        case .sent(let bytes, let offsets):
            guard offsets.indices.contains(position) else { throw .malformed("of a unit of the graph") }
            var reader = WireReader(bytes, at: offsets[position])
            return try reader.unit()
        }
    }

    func write(to writer: inout WireWriter) {
        guard case .compiled(let units) = self else { preconditionFailure("only the rank that compiled tells others") }
        writer.append(count: units.count)
        for unit in units {
            let start = writer.bytes.count
            writer.append(count: 0)
            writer.append(unit)
            writer.patch(count: writer.bytes.count - start - 4, at: start)
        }
    }

    init(from reader: inout WireReader) throws(ExecutionError) {
        var offsets: [Int] = []
        let count = try reader.count()
        offsets.reserveCapacity(min(count, reader.bytes.count))
        for _ in 0..<count { offsets.append(try reader.skip(try reader.count())) }
        self = .sent(reader.bytes, offsets: offsets)
    }
}
