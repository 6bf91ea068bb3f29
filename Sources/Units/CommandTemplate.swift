/// An argument of a command with placeholders in braces.
///
/// Braces that hold nothing known stay as they are.
struct CommandTemplate {
    enum Placeholder: Hashable {
        /// An input, and one of its files or members.
        case input(String, part: String?)
        case output(String)
        /// A source file by its number, put in when the command was planned.
        case file(Int)
        case work
        case checkpoints
    }

    private enum Piece {
        case text(String)
        case placeholder(Placeholder)
    }

    private var pieces: [Piece] = []

    init(_ argument: String) {
        var rest = argument[...]
        while let open = rest.firstIndex(of: "{") {
            guard let close = rest[open...].firstIndex(of: "}") else { break }
            let inner = rest[rest.index(after: open)..<close]
            if let placeholder = Self.placeholder(String(inner)) {
                pieces.append(.text(String(rest[..<open])))
                pieces.append(.placeholder(placeholder))
                rest = rest[rest.index(after: close)...]
            } else {
                pieces.append(.text(String(rest[...open])))
                rest = rest[rest.index(after: open)...]
            }
        }
        pieces.append(.text(String(rest)))
    }

    var placeholders: [Placeholder] {
        pieces.compactMap { if case .placeholder(let placeholder) = $0 { placeholder } else { nil } }
    }

    func filled(_ value: (Placeholder) throws -> String) rethrows -> String {
        var result = ""
        for piece in pieces {
            switch piece {
            case .text(let text): result += text
            case .placeholder(let placeholder): result += try value(placeholder)
            }
        }
        return result
    }

    private static func placeholder(_ text: String) -> Placeholder? {
        if text == "work" { return .work }
        if text == "checkpoints" { return .checkpoints }
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let name = String(text[text.index(after: colon)...])
        switch text[..<colon] {
        case "input":
            guard let end = name.firstIndex(where: { $0 == "/" || $0 == "." }) else { return .input(name, part: nil) }
            return .input(String(name[..<end]), part: String(name[name.index(after: end)...]))
        case "output": return .output(name)
        case "file": return Int(name).map { .file($0) }
        default: return nil
        }
    }
}
