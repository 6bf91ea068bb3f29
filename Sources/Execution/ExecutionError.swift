public import Determinism

/// A run that cannot go on.
public struct ExecutionError: ExitCoded, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure this is.
    public enum Code: Hashable, Sendable {
        /// A message between ranks cannot be read: the ranks run different programs.
        case wire
        /// A unit's kind is not in this program's catalogue.
        case unknownKind
        /// Another process works on the run.
        case inUse
        /// The system refused something the run cannot do without.
        case system
    }

    public let code: Code
    /// What failed, with which value, and what to do.
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }

    public var exitCode: Int32 {
        switch code {
        case .wire: ExitCode.software
        case .unknownKind: ExitCode.badRecipe
        case .inUse: ExitCode.cannotCreate
        case .system: ExitCode.inputOutput
        }
    }

    static func malformed(_ what: String) -> ExecutionError {
        ExecutionError(
            .wire,
            "a message between ranks is not \(what); start all ranks with the same program (one path, one version)")
    }
}
