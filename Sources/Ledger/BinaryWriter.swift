import Determinism

/// Builds the compact binary form of ledger records: little-endian words, text with its length before it.
struct BinaryWriter {
    private(set) var bytes: [UInt8] = []

    var count: Int { bytes.count }

    mutating func reserve(_ count: Int) { bytes.reserveCapacity(bytes.count + count) }

    mutating func append(_ value: UInt8) { bytes.append(value) }

    mutating func append(_ value: UInt32) { withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) } }

    mutating func append(_ value: UInt64) { withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) } }

    mutating func append(_ value: Int) { append(UInt64(bitPattern: Int64(value))) }

    mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            append(UInt32(utf8.count))
            bytes.append(contentsOf: utf8)
        }
    }

    mutating func append(raw: [UInt8]) { bytes.append(contentsOf: raw) }

    mutating func append(_ digest: Digest) {
        digest.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }

    mutating func pad(to multiple: Int) { while bytes.count % multiple != 0 { bytes.append(0) } }

    /// Bytes written from `offset` on.
    func withBytes<Result>(from offset: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[offset...])) }
    }

    /// Overwrites four bytes written before.
    mutating func patch(_ value: UInt32, at offset: Int) {
        for shift in 0..<4 { bytes[offset + shift] = UInt8(truncatingIfNeeded: value >> (8 * UInt32(shift))) }
    }

    mutating func append(_ value: CanonicalValue) {
        switch value {
        case .null: append(UInt8(0))
        case .bool(let flag): append(UInt8(flag ? 2 : 1))
        case .int(let number):
            append(UInt8(3))
            append(UInt64(bitPattern: number))
        case .double(let number):
            append(UInt8(4))
            append(number.bitPattern)
        case .string(let text):
            append(UInt8(5))
            append(text)
        case .bytes(let raw):
            append(UInt8(6))
            append(UInt32(raw.count))
            append(raw: raw)
        case .list(let values):
            append(UInt8(7))
            append(UInt32(values.count))
            for value in values { append(value) }
        case .map(let values):
            append(UInt8(8))
            append(values)
        }
    }

    mutating func append(_ values: [String: CanonicalValue]) {
        append(UInt32(values.count))
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            append(name)
            append(value)
        }
    }
}
