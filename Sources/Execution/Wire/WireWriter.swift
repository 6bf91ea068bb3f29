import Determinism

/// Builds messages between ranks: little-endian words, lengths before text.
struct WireWriter {
    private(set) var bytes: [UInt8] = []

    mutating func append(_ value: UInt8) { bytes.append(value) }

    mutating func append(_ value: Bool) { bytes.append(value ? 1 : 0) }

    mutating func append(_ value: UInt64) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func append(_ value: UInt32) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// A position, count or rank: not negative, below 2^32.
    mutating func append(count: Int) { append(UInt32(truncatingIfNeeded: count)) }

    /// Overwrites a count written before.
    mutating func patch(count: Int, at offset: Int) {
        for shift in 0..<4 { bytes[offset + shift] = UInt8(truncatingIfNeeded: count >> (8 * shift)) }
    }

    mutating func append(_ value: Int) { append(UInt64(bitPattern: Int64(value))) }

    mutating func append(_ value: Double) { append(value.bitPattern) }

    mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            append(count: utf8.count)
            bytes.append(contentsOf: utf8)
        }
    }

    mutating func append(raw: [UInt8]) {
        append(count: raw.count)
        bytes += raw
    }

    mutating func append(_ digest: Digest) { digest.withUnsafeBytes { bytes.append(contentsOf: $0) } }

    mutating func append(_ figures: [String: Double]) {
        append(count: figures.count)
        for (name, value) in figures.sorted(by: { $0.key < $1.key }) {
            append(name)
            append(value)
        }
    }

    mutating func append(_ values: [String: CanonicalValue]) { append(CanonicalValue.map(values)) }

    mutating func append(_ value: CanonicalValue) {
        switch value {
        case .null: append(UInt8(0))
        case .bool(let flag):
            append(UInt8(1))
            append(flag)
        case .int(let number):
            append(UInt8(2))
            append(UInt64(bitPattern: number))
        case .double(let number):
            append(UInt8(3))
            append(number)
        case .string(let text):
            append(UInt8(4))
            append(text)
        case .bytes(let raw):
            append(UInt8(5))
            append(raw: raw)
        case .list(let values):
            append(UInt8(6))
            append(count: values.count)
            for value in values { append(value) }
        case .map(let values):
            append(UInt8(7))
            append(count: values.count)
            for (name, value) in values.sorted(by: { $0.key < $1.key }) {
                append(name)
                append(value)
            }
        }
    }
}
