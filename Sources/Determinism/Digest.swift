public import Crypto
import Foundation

/// A SHA-256 digest: 32 bytes, written as 64 lowercase hexadecimal digits.
public struct Digest: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    /// The 32 bytes as four words, the first byte in the highest bits: comparing words compares hexadecimal text.
    public let words: (UInt64, UInt64, UInt64, UInt64)

    /// The digest with these ``words``, as read back from a file.
    public init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

    /// The digest of `bytes`.
    public init(of bytes: some Sequence<UInt8>) {
        var hasher = SHA256()
        let contiguous: Void? = bytes.withContiguousStorageIfAvailable {
            unsafe hasher.update(bufferPointer: UnsafeRawBufferPointer($0))
        }
        if contiguous == nil { hasher.update(data: Array(bytes)) }
        self.init(hasher.finalize())
    }

    /// The digest of the UTF-8 bytes of `text`.
    public init(of text: String) {
        self.init(of: Array(text.utf8))
    }

    /// Takes over a finished SHA-256 computation.
    public init(_ digest: SHA256Digest) {
        words = digest.withUnsafeBytes { bytes in
            func word(_ start: Int) -> UInt64 {
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self))
            }
            return (word(0), word(8), word(16), word(24))
        }
    }

    /// Reads 64 hexadecimal digits; `nil` for anything else.
    public init?(hexDigits: String) {
        let digits = Array(hexDigits.utf8)
        guard digits.count == 64 else { return nil }
        var parsed: [UInt64] = []
        for start in stride(from: 0, to: 64, by: 16) {
            guard let word = UInt64(String(decoding: digits[start..<start + 16], as: UTF8.self), radix: 16),
                digits[start] != UInt8(ascii: "+"), digits[start] != UInt8(ascii: "-")
            else { return nil }
            parsed.append(word)
        }
        words = (parsed[0], parsed[1], parsed[2], parsed[3])
    }

    /// The 32 bytes, most significant first.
    public var bytes: [UInt8] {
        withUnsafeBytes { Array($0) }
    }

    /// 64 lowercase hexadecimal digits.
    public var hexDigits: String {
        String(unsafeUninitializedCapacity: 64) { digits in
            withUnsafeBytes { bytes in
                for (place, byte) in bytes.enumerated() {
                    digits[2 * place] = Self.digit(byte >> 4)
                    digits[2 * place + 1] = Self.digit(byte & 15)
                }
            }
            return 64
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    /// Calls `body` with the 32 bytes, most significant first, without an array for them.
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        let bigEndian = (words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian)
        return try Swift.withUnsafeBytes(of: bigEndian, body)
    }

    /// The first twelve digits, for people.
    public var short: String { String(hexDigits.prefix(12)) }

    public var description: String { hexDigits }

    public static func == (left: Digest, right: Digest) -> Bool { left.words == right.words }

    public static func < (left: Digest, right: Digest) -> Bool { left.words < right.words }

    public func hash(into hasher: inout Hasher) { hasher.combine(words.0) }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let digest = Digest(hexDigits: text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "'\(text)' is not a SHA-256 digest of 64 hexadecimal digits")
        }
        self = digest
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hexDigits)
    }
}
