public import Determinism

/// What stopped a training, an evaluation or an export: with which value, and what to do.
public struct TrainingError: ExitCoded, Hashable, CustomStringConvertible {
    /// The kind of failure.
    public enum Code: Hashable, Sendable {
        /// The tokens cannot be trained on: none, too long for the context, of another vocabulary.
        case unusableData
        /// A checkpoint or model folder is damaged or of another schema.
        case damaged
        /// A loss, gradient or activation is not a finite number.
        case notFinite
        /// A resumed run computed other bits than were recorded.
        case notRepeated
        /// Settings that cannot work together.
        case settings
    }

    public let code: Code
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }

    public var exitCode: Int32 {
        switch code {
        case .unusableData, .damaged, .notFinite: ExitCode.badData
        case .notRepeated: ExitCode.differs
        case .settings: ExitCode.badRecipe
        }
    }

    static func damaged(_ path: String, _ reason: String) -> Self {
        Self(.damaged, "'\(path)' cannot be used: \(reason)")
    }
}
