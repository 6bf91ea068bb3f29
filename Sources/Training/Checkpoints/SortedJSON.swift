import Foundation

/// JSON with sorted keys: equal values give equal bytes.
package enum SortedJSON {
    package static func encode(_ value: some Encodable, pretty: Bool = false) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting =
            pretty ? [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes] : [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value)) + (pretty ? [UInt8(ascii: "\n")] : [])
    }
}

/// 64-bit words as 16 hexadecimal digits.
package enum HexWord {
    package static func text(_ word: UInt64) -> String {
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
