import Determinism
import WorkGraph

/// Units as rank 0 sends them to all others: a few hundred bytes each, read in microseconds.
extension WireWriter {
    mutating func append(_ unit: WorkUnit) {
        append(unit.key)
        append(unit.name)
        append(unit.kind)
        append(unit.kindVersion)
        append(unit.parameters)
        append(unit.options)
        append(count: unit.inputs.count)
        for input in unit.inputs {
            append(input.port)
            append(input.type.name)
            append(count: input.parts.count)
            for part in input.parts {
                append(part.producer)
                append(part.output)
            }
        }
        append(count: unit.sources.count)
        for source in unit.sources {
            append(source.port)
            append(source.path)
            append(source.digest)
            append(source.bytes)
        }
        append(count: unit.outputs.count)
        for output in unit.outputs {
            append(output.name)
            append(output.type.name)
        }
        append(unit.resources)
        append(unit.seed.map { CanonicalValue.int(Int64(bitPattern: $0)) } ?? .null)
        append(unit.numericsVersion.map { CanonicalValue.int(Int64($0)) } ?? .null)
        append(unit.isDeterministic)
    }

    private mutating func append(_ request: ResourceRequest) {
        append(count: request.ranks.lowerBound)
        append(count: request.ranks.upperBound)
        append(request.cpus)
        append(request.memoryBytes)
        append(request.timeLimitSeconds.map { CanonicalValue.double($0) } ?? .null)
        append(request.retries)
    }
}

extension WireReader {
    mutating func unit() throws(ExecutionError) -> WorkUnit {
        let key = try digest()
        let name = try text()
        let kind = try text()
        let version = try int()
        let parameters = try values()
        let options = try values()
        let inputs = try list { reader throws(ExecutionError) in
            PortBinding(
                port: try reader.text(), type: PortType(try reader.text()),
                parts: try reader.list { reader throws(ExecutionError) in
                    OutputReference(producer: try reader.digest(), output: try reader.text())
                })
        }
        let sources = try list { reader throws(ExecutionError) in
            SourceBinding(
                port: try reader.text(), path: try reader.text(), digest: try reader.digest(), bytes: try reader.int())
        }
        let outputs = try list { reader throws(ExecutionError) in
            OutputDeclaration(name: try reader.text(), type: PortType(try reader.text()))
        }
        let resources = try resourceRequest()
        var seed: UInt64?
        if case .int(let value) = try value() { seed = UInt64(bitPattern: value) }
        var numerics: Int?
        if case .int(let value) = try value() { numerics = Int(value) }
        return WorkUnit(
            key: key, name: name, kind: kind, kindVersion: version, parameters: parameters, options: options,
            inputs: inputs,
            sources: sources, outputs: outputs, resources: resources, seed: seed, numericsVersion: numerics,
            isDeterministic: try bool(), estimate: WorkEstimate(), location: nil)
    }

    private mutating func resourceRequest() throws(ExecutionError) -> ResourceRequest {
        var request = ResourceRequest()
        let low = try count()
        request.ranks = low...max(low, try count())
        request.cpus = try int()
        request.memoryBytes = try int()
        if case .double(let seconds) = try value() { request.timeLimitSeconds = seconds }
        request.retries = try int()
        return request
    }
}
