import Determinism

/// One attempt of one unit as the coordinator gives it to the ranks that run it.
struct Assignment: Hashable, Sendable {
    /// Position in the graph.
    var unit: Int
    var attempt: Int
    /// World ranks of the gang, ascending; the first leads and commits.
    var ranks: [Int]
    /// Processors set aside for the rank this is sent to.
    var processors: [Int]
    /// For each input port in declared order, where its parts are.
    var inputs: [[Part]]
    /// Another attempt of the unit runs at the same time: checkpoints are not shared with it.
    var isDuplicate: Bool

    /// One part of an input port.
    struct Part: Hashable, Sendable {
        /// Key under which the artifact is stored; not the producer's own after an early cut-off.
        var artifact: Digest
        /// Content digest.
        var digest: Digest
        /// It is a record of a pack and has no file of its own yet.
        var isInline: Bool
    }

    func write(to writer: inout WireWriter) {
        writer.append(count: unit)
        writer.append(count: attempt)
        writer.append(count: ranks.count)
        for rank in ranks { writer.append(count: rank) }
        writer.append(count: processors.count)
        for processor in processors { writer.append(count: processor) }
        writer.append(isDuplicate)
        writer.append(count: inputs.count)
        for parts in inputs {
            writer.append(count: parts.count)
            for part in parts {
                writer.append(part.artifact)
                writer.append(part.digest)
                writer.append(part.isInline)
            }
        }
    }

    init(
        unit: Int, attempt: Int, ranks: [Int], processors: [Int], inputs: [[Part]], isDuplicate: Bool = false
    ) {
        self.isDuplicate = isDuplicate
        self.unit = unit
        self.attempt = attempt
        self.ranks = ranks
        self.processors = processors
        self.inputs = inputs
    }

    init(from reader: inout WireReader) throws(ExecutionError) {
        unit = try reader.count()
        attempt = try reader.count()
        ranks = try reader.list { reader throws(ExecutionError) in try reader.count() }
        processors = try reader.list { reader throws(ExecutionError) in try reader.count() }
        isDuplicate = try reader.bool()
        inputs = try reader.list { reader throws(ExecutionError) in
            try reader.list { reader throws(ExecutionError) in
                Part(artifact: try reader.digest(), digest: try reader.digest(), isInline: try reader.bool())
            }
        }
    }
}
