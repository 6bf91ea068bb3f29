public import Determinism

/// What went wrong while tokens were made, read or turned back, with the value at fault and the remedy.
public struct TokenizationError: Error, Hashable, Sendable, CustomStringConvertible, ExitCoded {
    /// The kind of failure.
    public enum Code: Hashable, Sendable {
        /// A file of tokens, a vocabulary or a tokenizer is damaged or of another schema.
        case damaged
        /// A file that must be there is not.
        case missing
        /// Two things that were made under different vocabularies were brought together.
        case vocabularyMismatch
        /// A value has the wrong shape, is not finite, or lies outside its block.
        case badValue
    }

    public let code: Code
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }

    public var exitCode: Int32 { code == .missing ? ExitCode.missingInput : ExitCode.badData }

    static func damaged(_ path: String, _ reason: String) -> Self {
        Self(
            .damaged,
            "'\(path)' cannot be read: \(reason). It was altered or cut short; delete it and submit again to remake it."
        )
    }

    static func missing(_ path: String) -> Self {
        Self(.missing, "'\(path)' is not there. Check the folder; artifacts are remade by submitting the recipe again.")
    }
}
