public import Determinism
import Glibc

/// A child that could not be started or waited for.
public struct ProcessError: Error, Hashable, Sendable, CustomStringConvertible, ExitCoded {
    /// What kind of failure this is.
    public enum Code: Hashable, Sendable {
        /// No program of that name.
        case notFound
        /// The system refused to start it.
        case notStarted
        /// Its output or state cannot be read.
        case notReadable
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
        case .notFound: ExitCode.missingInput
        case .notStarted, .notReadable: ExitCode.inputOutput
        }
    }

    static func notStarted(_ program: String, errno number: Int32) -> ProcessError {
        ProcessError(.notStarted, "cannot start '\(program)': \(text(of: number))")
    }

    static func text(of number: Int32) -> String { String(cString: strerror(number)) }
}
