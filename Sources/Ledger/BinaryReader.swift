import Determinism

/// Reads what ``BinaryWriter`` wrote; every read is checked against the end.
struct BinaryReader {
    /// The bytes end in the middle of a value, or a tag is unknown.
    struct Malformed: Error {}

    private let bytes: ArraySlice<UInt8>
    private var position: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    var isAtEnd: Bool { position == bytes.endIndex }

    private mutating func take(_ count: Int) throws -> ArraySlice<UInt8> {
        guard count >= 0, count <= bytes.endIndex - position else { throw Malformed() }
        defer { position += count }
        return bytes[position..<position + count]
    }

    mutating func byte() throws -> UInt8 {
        guard position < bytes.endIndex else { throw Malformed() }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func word32() throws -> UInt32 {
        let taken = try take(4)
        return taken.withUnsafeBytes { UInt32(littleEndian: $0.loadUnaligned(as: UInt32.self)) }
    }

    mutating func word64() throws -> UInt64 {
        let taken = try take(8)
        return taken.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
    }

    mutating func int() throws -> Int { Int(Int64(bitPattern: try word64())) }

    mutating func text() throws -> String { String(decoding: try take(Int(try word32())), as: UTF8.self) }

    mutating func raw() throws -> [UInt8] { Array(try take(Int(try word32()))) }

    mutating func digest() throws -> Digest {
        Digest(
            words: (
                try word64().byteSwapped, try word64().byteSwapped, try word64().byteSwapped, try word64().byteSwapped
            ))
    }

    mutating func list<Element>(_ element: (inout BinaryReader) throws -> Element) throws -> [Element] {
        let count = Int(try word32())
        var result: [Element] = []
        for _ in 0..<count { result.append(try element(&self)) }
        return result
    }

    mutating func value() throws -> CanonicalValue {
        switch try byte() {
        case 0: .null
        case 1: .bool(false)
        case 2: .bool(true)
        case 3: .int(Int64(bitPattern: try word64()))
        case 4: .double(Double(bitPattern: try word64()))
        case 5: .string(try text())
        case 6: .bytes(try raw())
        case 7: .list(try list { try $0.value() })
        case 8: .map(try map())
        default: throw Malformed()
        }
    }

    mutating func map() throws -> [String: CanonicalValue] {
        let count = Int(try word32())
        var result: [String: CanonicalValue] = [:]
        for _ in 0..<count {
            let name = try text()
            result[name] = try value()
        }
        return result
    }
}
