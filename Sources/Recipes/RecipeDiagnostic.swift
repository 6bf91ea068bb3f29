public import Determinism
public import WorkGraph

/// One thing that is wrong with a recipe, or suspicious in it.
public struct RecipeDiagnostic: Hashable, Sendable, Codable, CustomStringConvertible {
    public enum Severity: String, Hashable, Sendable, Codable { case error, warning, note }

    public let severity: Severity
    /// What is wrong, with which value, and what to do.
    public let message: String
    /// `nil` for recipes built in Swift.
    public var location: RecipeLocation?
    /// The line at the location, as written.
    public var line: String?
    /// What a program ends with when this is the only kind of error.
    public let exitCode: Int32

    public init(
        _ severity: Severity, _ message: String, at location: RecipeLocation? = nil, line: String? = nil,
        exitCode: Int32 = ExitCode.badRecipe
    ) {
        self.severity = severity
        self.message = message
        self.location = location
        self.line = line
        self.exitCode = exitCode
    }

    /// This diagnostic with the line it points at.
    public func showing(_ text: RecipeText?) -> RecipeDiagnostic {
        var shown = self
        if let location, shown.line == nil { shown.line = text?.line(at: location) }
        return shown
    }

    /// `file:line:column: error: message`, then the line and a caret, as swiftc writes them.
    public var description: String {
        guard let location else { return "\(severity.rawValue): \(message)" }
        let head = "\(location): \(severity.rawValue): \(message)"
        guard let line else { return head }
        // Columns count UTF-8 bytes; the caret stands below the character that starts there, tabs kept.
        var indent = ""
        var column = 1
        for character in line {
            guard column < location.column else { break }
            indent.append(character == "\t" ? "\t" : " ")
            column += character.utf8.count
        }
        return "\(head)\n\(line)\n\(indent)^"
    }
}

/// A recipe cannot be used, with everything that was found.
public struct RecipeError: Error, Hashable, CustomStringConvertible, ExitCoded {
    /// At least one error, in the order of the file; warnings may stand among them.
    public let diagnostics: [RecipeDiagnostic]

    public init(_ diagnostics: [RecipeDiagnostic]) {
        self.diagnostics = diagnostics
    }

    /// 66 when nothing but files are missing, 65 when nothing but data is bad, else 78.
    public var exitCode: Int32 {
        let codes = Set(diagnostics.filter { $0.severity == .error }.map(\.exitCode))
        guard codes.count == 1, let only = codes.first else { return ExitCode.badRecipe }
        return only
    }

    /// All diagnostics and a count, as swiftc prints them.
    public var description: String {
        let errors = diagnostics.count { $0.severity == .error }
        let texts = diagnostics.map(\.description)
        return (texts + ["\(errors) error\(errors == 1 ? "" : "s") in the recipe"]).joined(separator: "\n")
    }
}
