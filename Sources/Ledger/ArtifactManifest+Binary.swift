import Determinism

/// The form of manifests in packs, where JSON for every small unit would cost more than the unit.
extension ArtifactManifest {
    func write(to writer: inout BinaryWriter) {
        writer.append(key)
        writer.append(contentKey)
        writer.append(kind)
        writer.append(kindVersion)
        writer.append(parameters)
        writer.append(seed.map { CanonicalValue.int(Int64(bitPattern: $0)) } ?? .null)
        writer.append(numericsVersion.map { CanonicalValue.int(Int64($0)) } ?? .null)
        writer.append(UInt8(isDeterministic ? 1 : 0))
        writer.append(UInt32(inputs.count))
        for input in inputs {
            writer.append(input.port)
            writer.append(input.producer)
            writer.append(input.output)
            writer.append(input.digest)
        }
        writer.append(UInt32(sources.count))
        for source in sources {
            writer.append(source.port)
            writer.append(source.digest)
            writer.append(source.bytes)
        }
        writer.append(UInt32(outputs.count))
        for output in outputs {
            writer.append(output.name)
            writer.append(output.digest)
            writer.append(output.bytes)
        }
        writer.append(UInt32(figures.count))
        for (name, value) in figures.sorted(by: { $0.key < $1.key }) {
            writer.append(name)
            writer.append(value.bitPattern)
        }
    }

    init(from reader: inout BinaryReader) throws {
        key = try reader.digest()
        contentKey = try reader.digest()
        kind = try reader.text()
        kindVersion = try reader.int()
        parameters = try reader.map()
        if case .int(let value) = try reader.value() { seed = UInt64(bitPattern: value) } else { seed = nil }
        if case .int(let value) = try reader.value() { numericsVersion = Int(value) } else { numericsVersion = nil }
        isDeterministic = try reader.byte() == 1
        inputs = try reader.list {
            InputRecord(port: try $0.text(), producer: try $0.digest(), output: try $0.text(), digest: try $0.digest())
        }
        sources = try reader.list { SourceRecord(port: try $0.text(), digest: try $0.digest(), bytes: try $0.int()) }
        outputs = try reader.list {
            StoredOutput(name: try $0.text(), digest: try $0.digest(), bytes: try $0.int(), isFolder: false, files: [])
        }
        var figures: [String: Double] = [:]
        for (name, bits) in try reader.list({ (try $0.text(), try $0.word64()) }) {
            figures[name] = Double(bitPattern: bits)
        }
        self.figures = figures
    }
}
