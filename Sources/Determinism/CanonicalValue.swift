/// A tree of plain values with exactly one byte encoding, from which keys are digested.
///
/// Doubles are encoded by their bits (with -0.0 and NaN kept apart from other values), maps with their keys sorted by UTF-8
/// bytes, and every node starts with a tag and a length, so that no two different trees share an encoding.
public enum CanonicalValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case string(String)
    case bytes([UInt8])
    case list([CanonicalValue])
    case map([String: CanonicalValue])

    /// The one encoding of this tree.
    public var encoded: [UInt8] {
        var output: [UInt8] = []
        encode(into: &output)
        return output
    }

    /// SHA-256 of ``encoded``.
    public var digest: Digest { Digest(of: encoded) }

    private func encode(into output: inout [UInt8]) {
        switch self {
        case .null: output.append(0)
        case .bool(let value):
            output.append(1)
            output.append(value ? 1 : 0)
        case .int(let value):
            output.append(2)
            Self.append(UInt64(bitPattern: value), to: &output)
        case .double(let value):
            output.append(3)
            Self.append(value.bitPattern, to: &output)
        case .string(let value): Self.append(text: value, to: &output)
        case .bytes(let value):
            output.append(5)
            Self.append(UInt64(value.count), to: &output)
            output += value
        case .list(let values):
            output.append(6)
            Self.append(UInt64(values.count), to: &output)
            for value in values { value.encode(into: &output) }
        case .map(let values):
            output.append(7)
            Self.append(UInt64(values.count), to: &output)
            for (key, value) in values.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
                Self.append(text: key, to: &output)
                value.encode(into: &output)
            }
        }
    }

    private static func append(text: String, to output: inout [UInt8]) {
        var text = text
        text.withUTF8 { utf8 in
            output.append(4)
            append(UInt64(utf8.count), to: &output)
            output.append(contentsOf: utf8)
        }
    }

    private static func append(_ word: UInt64, to output: inout [UInt8]) {
        withUnsafeBytes(of: word.littleEndian) { output.append(contentsOf: $0) }
    }
}
