import Yams

/// A YAML value that knows where it stands, so that messages can name line and column.
indirect enum LocatedValue {
    /// A place in a text; lines and columns count from 1.
    struct Place: Hashable { let line: Int, column: Int }

    struct Member {
        let name: String
        let namePlace: Place
        let value: LocatedValue
    }

    case mapping([Member], Place)
    case list([LocatedValue], Place)
    /// A text; plain where it has no quotes and so may be a number.
    case text(String, isPlain: Bool, Place)

    var place: Place {
        switch self {
        case .mapping(_, let place), .list(_, let place), .text(_, _, let place): place
        }
    }

    /// The one document in `text`.
    ///
    /// - Throws: ``SiteError`` at the first place that is not YAML, or not of the part of it that is read.
    static func parse(_ text: String, file: String) throws(SiteError) -> LocatedValue {
        guard text.utf8.count <= 1 << 16 else {
            throw SiteError(file: file, place: Place(line: 1, column: 1), message: "it is longer than 64 KiB")
        }
        try refuseDeepNesting(text, file: file)
        let node: Node?
        do {
            node = try compose(yaml: text)
        } catch let error as YamlError {
            throw SiteError(error, file: file)
        } catch {
            throw SiteError(file: file, place: Place(line: 1, column: 1), message: "it is not YAML: \(error)")
        }
        guard let node else {
            throw SiteError(file: file, place: Place(line: 1, column: 1), message: "it is empty")
        }
        return try value(node, at: Place(line: 1, column: 1), file: file)
    }

    /// The library's parser and its trees recurse: what is nested deeply would end the program.
    private static func refuseDeepNesting(_ text: String, file: String) throws(SiteError) {
        var open = 0
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            var dashes = 0
            for byte in line.utf8 {
                if byte == UInt8(ascii: "[") || byte == UInt8(ascii: "{") { open += 1 }
                if byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}") { open = max(0, open - 1) }
                if byte == UInt8(ascii: "-") || byte == UInt8(ascii: "?") { dashes += 1 }
            }
            let indentation = line.utf8.prefix { $0 == UInt8(ascii: " ") }.count
            if open > 32 || dashes > 64 || indentation > 128 {
                throw SiteError(
                    file: file, place: Place(line: number + 1, column: 1), message: "it is nested too deeply")
            }
        }
    }

    private static func value(_ node: Node, at fallback: Place, file: String) throws(SiteError) -> LocatedValue {
        let place = node.mark.map { Place(line: $0.line, column: $0.column) } ?? fallback
        switch node {
        case .scalar(let scalar):
            return .text(scalar.string, isPlain: scalar.style == .plain || scalar.style == .any, place)
        case .sequence(let sequence):
            var list: [LocatedValue] = []
            for element in sequence { list.append(try value(element, at: place, file: file)) }
            return .list(list, place)
        case .mapping(let mapping):
            var members: [Member] = []
            for (key, element) in mapping {
                let namePlace = key.mark.map { Place(line: $0.line, column: $0.column) } ?? place
                guard case .scalar(let name) = key else {
                    throw SiteError(file: file, place: namePlace, message: "a field's name is a text")
                }
                members.append(
                    Member(
                        name: name.string, namePlace: namePlace,
                        value: try value(element, at: namePlace, file: file)))
            }
            return .mapping(members, place)
        case .alias:
            throw SiteError(file: file, place: place, message: "aliases are not read; write the value itself")
        }
    }
}

extension SiteError {
    /// What the YAML library has found, at its place.
    fileprivate init(_ error: YamlError, file: String) {
        func place(_ mark: Mark) -> LocatedValue.Place { .init(line: mark.line, column: mark.column) }
        let start = LocatedValue.Place(line: 1, column: 1)
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            self.init(
                file: file, place: place(mark),
                message: "it is not YAML: \(problem)" + (context.map { " (\($0.text))" } ?? ""))
        case .duplicatedKeysInMapping(let duplicates, let context):
            self.init(
                file: file, place: place(context.mark),
                message: "the field '\(duplicates.first ?? "")' stands here twice")
        case .reader(let problem, _, _, _): self.init(file: file, place: start, message: "it is not YAML: \(problem)")
        default: self.init(file: file, place: start, message: "it is not YAML: \(error)")
        }
    }
}
