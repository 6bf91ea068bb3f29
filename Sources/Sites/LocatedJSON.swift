/// A JSON value that knows where it stands, so that messages can name line and column.
indirect enum LocatedJSON {
    /// A place in a text; lines and columns count from 1.
    struct Place: Hashable { let line: Int, column: Int }

    struct Member {
        let name: String
        let namePlace: Place
        let value: LocatedJSON
    }

    case object([Member], Place)
    case array([LocatedJSON], Place)
    case string(String, Place)
    case number(Double, Place)
    /// `true`, `false` or `null`.
    case word(String, Place)

    var place: Place {
        switch self {
        case .object(_, let place), .array(_, let place), .string(_, let place), .number(_, let place),
            .word(_, let place):
            place
        }
    }

    /// The value in `text`.
    ///
    /// - Throws: ``SiteError`` at the first character that is not JSON.
    static func parse(_ text: String, file: String) throws(SiteError) -> LocatedJSON {
        var reader = Reader(bytes: Array(text.utf8), file: file)
        let value = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.isAtEnd else { throw reader.error("there is something after the end") }
        return value
    }

    private struct Reader {
        let bytes: [UInt8]
        let file: String
        var next = 0
        var line = 1
        var lineStart = 0

        init(bytes: [UInt8], file: String) {
            self.bytes = bytes
            self.file = file
        }

        var isAtEnd: Bool { next >= bytes.count }
        var place: Place {
            // A column is a character, not a byte.
            let characters = String(decoding: bytes[lineStart..<min(next, bytes.count)], as: UTF8.self).count
            return Place(line: line, column: characters + 1)
        }

        func error(_ message: String) -> SiteError { SiteError(file: file, place: place, message: message) }

        mutating func skipSpace() {
            while next < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[next]) {
                if bytes[next] == 0x0A { (line, lineStart) = (line + 1, next + 1) }
                next += 1
            }
        }

        mutating func take(_ character: Character) -> Bool {
            skipSpace()
            guard next < bytes.count, bytes[next] == character.asciiValue else { return false }
            next += 1
            return true
        }

        mutating func value(depth: Int) throws(SiteError) -> LocatedJSON {
            guard depth < 32 else { throw error("it is nested too deeply") }
            skipSpace()
            let start = place
            if take("{") { return .object(try members(depth), start) }
            if take("[") {
                var list: [LocatedJSON] = []
                if take("]") { return .array(list, start) }
                repeat { list.append(try value(depth: depth + 1)) } while take(",")
                guard take("]") else { throw error("',' or ']' is missing") }
                return .array(list, start)
            }
            if next < bytes.count, bytes[next] == UInt8(ascii: "\"") { return .string(try string(), start) }
            let first = next
            while next < bytes.count, isWordByte(bytes[next]) { next += 1 }
            let word = String(decoding: bytes[first..<next], as: UTF8.self)
            if ["true", "false", "null"].contains(word) { return .word(word, start) }
            if let number = Double(word), number.isFinite { return .number(number, start) }
            next = first
            throw error(word.isEmpty ? "a value is missing" : "'\(word)' is no value; texts stand in quotes")
        }

        private func isWordByte(_ byte: UInt8) -> Bool {
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || [0x2B, 0x2D, 0x2E, 0x5F].contains(byte)
        }

        private mutating func members(_ depth: Int) throws(SiteError) -> [Member] {
            var members: [Member] = []
            if take("}") { return members }
            repeat {
                skipSpace()
                let start = place
                guard next < bytes.count, bytes[next] == UInt8(ascii: "\"") else {
                    throw error("a field's name in quotes is missing")
                }
                let name = try string()
                if members.contains(where: { $0.name == name }) {
                    throw SiteError(file: file, place: start, message: "the field '\(name)' stands here twice")
                }
                guard take(":") else { throw error("':' is missing after '\(name)'") }
                members.append(Member(name: name, namePlace: start, value: try value(depth: depth + 1)))
            } while take(",")
            guard take("}") else { throw error("',' or '}' is missing") }
            return members
        }

        private mutating func string() throws(SiteError) -> String {
            next += 1
            let first = next
            while next < bytes.count, bytes[next] != UInt8(ascii: "\"") {
                // Names of pools need no escapes; refusing them is simpler than getting them wrong.
                if bytes[next] < 0x20 || bytes[next] == UInt8(ascii: "\\") {
                    throw error("a text holds neither line ends nor backslashes")
                }
                next += 1
            }
            guard next < bytes.count else { throw error("the closing quote is missing") }
            defer { next += 1 }
            return String(decoding: bytes[first..<next], as: UTF8.self)
        }
    }
}
