public import Determinism

/// Why a model cannot be made or computed.
public struct ModelingError: Error, Hashable, Sendable, CustomStringConvertible, ExitCoded {
    /// What is wrong.
    public enum Code: Hashable, Sendable {
        /// A configuration that no transformer can have.
        case configuration
        /// A leaf, prompt or buffer of a wrong shape, or a token outside the vocabulary.
        case shape
        /// NaN or infinity appeared.
        case nonFinite
        /// A stored model cannot be read.
        case format
    }

    /// What is wrong.
    public let code: Code
    /// What failed, with which value, and what to do.
    public let description: String

    public init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    public var exitCode: Int32 {
        switch code {
        case .configuration: ExitCode.badRecipe
        case .shape, .format: ExitCode.badData
        case .nonFinite: ExitCode.unitFailed
        }
    }

    static func nonFinite(_ value: Float, in place: String, remedy: String) -> Self {
        Self(.nonFinite, "\(value) in \(place); \(remedy)")
    }
}
