import Determinism
import WorkGraph

/// The stored form of a graph: compact and quick, because a graph of ten thousand units is read by every plan that follows.
///
/// Keys are not stored but computed again, so a file that was tampered with gives other keys, not wrong results.
enum GraphFile {
    private static let magic = Array("orcgraph".utf8)
    private static let schema = 1

    static func encode(_ graph: WorkGraph) -> [UInt8] {
        var writer = BinaryWriter()
        writer.append(raw: magic)
        writer.append(schema)
        writer.append(graph.recipe)
        writer.append(graph.seed)
        writer.append(UInt32(graph.units.count))
        for unit in graph.units { append(unit, to: &writer) }
        return writer.bytes
    }

    static func decode(_ bytes: [UInt8], path: String) throws -> WorkGraph {
        guard bytes.starts(with: magic) else { throw LedgerError.damaged(path, "it is no graph") }
        do {
            var reader = BinaryReader(bytes[magic.count...])
            let found = try reader.int()
            guard found <= schema else { throw LedgerError.newerSchema(of: path, found: found, known: schema) }
            let recipe = try reader.text()
            let seed = try reader.word64()
            let units = try reader.list(unit)
            var known: Set<Digest> = []
            for unit in units {
                guard unit.inputs.allSatisfy({ $0.parts.allSatisfy { known.contains($0.producer) } }) else {
                    throw LedgerError.damaged(path, "'\(unit.name)' reads from a unit that is not in it")
                }
                known.insert(unit.key)
            }
            return WorkGraph(recipe: recipe, seed: seed, units: units)
        } catch is BinaryReader.Malformed {
            throw LedgerError.damaged(path, "it ends too early")
        }
    }

    private static func append(_ unit: WorkUnit, to writer: inout BinaryWriter) {
        writer.append(unit.name)
        writer.append(unit.kind)
        writer.append(unit.kindVersion)
        writer.append(unit.parameters)
        writer.append(unit.options)
        writer.append(UInt32(unit.inputs.count))
        for input in unit.inputs {
            writer.append(input.port)
            writer.append(input.type.name)
            writer.append(UInt32(input.parts.count))
            for part in input.parts {
                writer.append(part.producer)
                writer.append(part.output)
            }
        }
        writer.append(UInt32(unit.sources.count))
        for source in unit.sources {
            writer.append(source.port)
            writer.append(source.path)
            writer.append(source.digest)
            writer.append(source.bytes)
        }
        writer.append(UInt32(unit.outputs.count))
        for output in unit.outputs {
            writer.append(output.name)
            writer.append(output.type.name)
        }
        append(unit.resources, to: &writer)
        writer.append(unit.seed.map { CanonicalValue.int(Int64(bitPattern: $0)) } ?? .null)
        writer.append(unit.numericsVersion.map { CanonicalValue.int(Int64($0)) } ?? .null)
        writer.append(UInt8(unit.isDeterministic ? 1 : 0))
        let work = unit.estimate
        for number in [work.flops, work.bytesRead, work.bytesWritten, work.fixedSeconds] {
            writer.append(number.bitPattern)
        }
        writer.append(UInt8(unit.location == nil ? 0 : 1))
        if let location = unit.location {
            writer.append(location.file)
            writer.append(location.line)
            writer.append(location.column)
        }
    }

    private static func append(_ resources: ResourceRequest, to writer: inout BinaryWriter) {
        writer.append(resources.ranks.lowerBound)
        writer.append(resources.ranks.upperBound)
        writer.append(resources.cpus)
        writer.append(resources.memoryBytes)
        writer.append(resources.countable.mapValues { CanonicalValue.int(Int64($0)) })
        writer.append(resources.timeLimitSeconds.map { CanonicalValue.double($0) } ?? .null)
        writer.append(resources.retries)
    }

    private static func unit(_ reader: inout BinaryReader) throws -> WorkUnit {
        let name = try reader.text()
        let kind = try reader.text()
        let kindVersion = try reader.int()
        let parameters = try reader.map()
        let options = try reader.map()
        let inputs = try reader.list { reader in
            PortBinding(
                port: try reader.text(), type: PortType(try reader.text()),
                parts: try reader.list { OutputReference(producer: try $0.digest(), output: try $0.text()) })
        }
        let sources = try reader.list {
            SourceBinding(port: try $0.text(), path: try $0.text(), digest: try $0.digest(), bytes: try $0.int())
        }
        let outputs = try reader.list { OutputDeclaration(name: try $0.text(), type: PortType(try $0.text())) }
        let resources = try resources(&reader)
        var seed: UInt64?
        if case .int(let value) = try reader.value() { seed = UInt64(bitPattern: value) }
        var numerics: Int?
        if case .int(let value) = try reader.value() { numerics = Int(value) }
        let isDeterministic = try reader.byte() == 1
        func number() throws -> Double { Double(bitPattern: try reader.word64()) }
        let estimate = WorkEstimate(
            flops: try number(), bytesRead: try number(), bytesWritten: try number(), fixedSeconds: try number())
        var location: RecipeLocation?
        if try reader.byte() == 1 {
            location = RecipeLocation(file: try reader.text(), line: try reader.int(), column: try reader.int())
        }
        return WorkUnit(
            name: name, kind: kind, kindVersion: kindVersion, parameters: parameters, options: options, inputs: inputs,
            sources: sources, outputs: outputs, resources: resources, seed: seed, numericsVersion: numerics,
            isDeterministic: isDeterministic, estimate: estimate, location: location)
    }

    private static func resources(_ reader: inout BinaryReader) throws -> ResourceRequest {
        var resources = ResourceRequest()
        let (lower, upper) = (try reader.int(), try reader.int())
        guard lower <= upper else { throw BinaryReader.Malformed() }
        resources.ranks = lower...upper
        resources.cpus = try reader.int()
        resources.memoryBytes = try reader.int()
        for (name, value) in try reader.map() {
            if case .int(let count) = value { resources.countable[name] = Int(count) }
        }
        if case .double(let seconds) = try reader.value() { resources.timeLimitSeconds = seconds }
        resources.retries = try reader.int()
        return resources
    }
}
