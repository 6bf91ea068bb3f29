/// GPT-2's reversible map between bytes and printable characters, in which tokenizer files are written.
///
/// Printable Latin-1 bytes stand for themselves; the other 68 bytes, ascending, become U+0100, U+0101, ….
enum ByteAlphabet {
    /// The character of each byte.
    static let scalars: [Unicode.Scalar] = {
        var table = [Unicode.Scalar](repeating: " ", count: 256)
        var next: UInt32 = 0x100
        for byte in UInt8.min...UInt8.max {
            switch byte {
            case 33...126, 161...172, 174...255: table[Int(byte)] = Unicode.Scalar(byte)
            default:
                table[Int(byte)] = Unicode.Scalar(next) ?? " "
                next += 1
            }
        }
        return table
    }()

    /// Bytes in ascending order of their characters: the order of the first 256 ids of a trained tokenizer.
    static let bytesInIDOrder: [UInt8] = (UInt8.min...UInt8.max).sorted {
        scalars[Int($0)].value < scalars[Int($1)].value
    }

    private static let bytes: [Unicode.Scalar: UInt8] = {
        var table: [Unicode.Scalar: UInt8] = [:]
        for byte in UInt8.min...UInt8.max { table[scalars[Int(byte)]] = byte }
        return table
    }()

    /// The text that stands for `token` in tokenizer files.
    static func text(of token: [UInt8]) -> String {
        var view = String.UnicodeScalarView()
        for byte in token { view.append(scalars[Int(byte)]) }
        return String(view)
    }

    /// The bytes that `text` stands for; `nil` when it holds a character outside the alphabet.
    static func bytes(of text: String) -> [UInt8]? {
        var result: [UInt8] = []
        for scalar in text.unicodeScalars {
            guard let byte = bytes[scalar] else { return nil }
            result.append(byte)
        }
        return result
    }
}
