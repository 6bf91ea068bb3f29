import Determinism

/// Reads what ``WireWriter`` wrote; every read is checked against the end.
struct WireReader {
    let bytes: [UInt8]
    private var position: Int

    init(_ bytes: [UInt8], at position: Int = 0) {
        self.bytes = bytes
        self.position = position
    }

    var isAtEnd: Bool { position == bytes.count }

    private mutating func advance(_ count: Int) throws(ExecutionError) -> Int {
        guard count >= 0, count <= bytes.count - position else { throw .malformed("complete") }
        defer { position += count }
        return position
    }

    /// Passes over `count` bytes; returns where they begin.
    mutating func skip(_ count: Int) throws(ExecutionError) -> Int { try advance(count) }

    mutating func byte() throws(ExecutionError) -> UInt8 { bytes[try advance(1)] }

    mutating func bool() throws(ExecutionError) -> Bool { try byte() != 0 }

    mutating func word64() throws(ExecutionError) -> UInt64 {
        let start = try advance(8)
        return bytes.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: start, as: UInt64.self)) }
    }

    mutating func count() throws(ExecutionError) -> Int {
        let start = try advance(4)
        return bytes.withUnsafeBytes {
            Int(UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: start, as: UInt32.self)))
        }
    }

    mutating func int() throws(ExecutionError) -> Int { Int(Int64(bitPattern: try word64())) }

    mutating func double() throws(ExecutionError) -> Double { Double(bitPattern: try word64()) }

    mutating func text() throws(ExecutionError) -> String { String(decoding: try raw(), as: UTF8.self) }

    mutating func raw() throws(ExecutionError) -> ArraySlice<UInt8> {
        let length = try count()
        let start = try advance(length)
        return bytes[start..<start + length]
    }

    mutating func digest() throws(ExecutionError) -> Digest {
        Digest(
            words: (
                try word64().byteSwapped, try word64().byteSwapped, try word64().byteSwapped, try word64().byteSwapped
            ))
    }

    mutating func list<Element>(
        _ element: (inout WireReader) throws(ExecutionError) -> Element
    ) throws(ExecutionError) -> [Element] {
        let length = try count()
        var result: [Element] = []
        result.reserveCapacity(min(length, bytes.count - position))
        for _ in 0..<length { result.append(try element(&self)) }
        return result
    }

    mutating func figures() throws(ExecutionError) -> [String: Double] {
        var result: [String: Double] = [:]
        for _ in 0..<(try count()) {
            let name = try text()
            result[name] = try double()
        }
        return result
    }

    mutating func values() throws(ExecutionError) -> [String: CanonicalValue] {
        guard case .map(let values) = try value() else { throw .malformed("a map") }
        return values
    }

    mutating func value() throws(ExecutionError) -> CanonicalValue {
        switch try byte() {
        case 0: return .null
        case 1: return .bool(try bool())
        case 2: return .int(Int64(bitPattern: try word64()))
        case 3: return .double(try double())
        case 4: return .string(try text())
        case 5: return .bytes(Array(try raw()))
        case 6: return .list(try list { reader throws(ExecutionError) in try reader.value() })
        case 7:
            var result: [String: CanonicalValue] = [:]
            for _ in 0..<(try count()) {
                let name = try text()
                result[name] = try value()
            }
            return .map(result)
        default: throw .malformed("a value")
        }
    }
}
