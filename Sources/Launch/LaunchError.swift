public import Determinism

/// A run that could not be started or kept going.
public struct LaunchError: ExitCoded, Hashable, Sendable, CustomStringConvertible {
    /// What failed, with which value, and what to do.
    public let message: String
    public let exitCode: Int32

    public init(_ message: String, exitCode: Int32) {
        self.message = message
        self.exitCode = exitCode
    }

    public var description: String { message }
}
