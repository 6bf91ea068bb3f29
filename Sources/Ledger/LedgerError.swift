public import Determinism

/// Something the ledger could not do: what, with which value, and what to do about it.
public struct LedgerError: ExitCoded, Hashable, CustomStringConvertible {
    /// What kind of failure this is; decides the exit code.
    public enum Code: Hashable, Sendable {
        /// Written by a newer version of this program.
        case newerSchema
        /// A file of the ledger does not hold what it must.
        case damaged
        /// A unit did not write an output it promised, or wrote something that cannot be kept.
        case badOutput
        /// No run, unit, output or artifact of that name.
        case unknownName
        /// A file is not what it was a moment before.
        case changed
        /// Something that lives must not be touched.
        case inUse
    }

    public let code: Code
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var exitCode: Int32 {
        switch code {
        case .newerSchema, .damaged, .changed: ExitCode.badData
        case .badOutput: ExitCode.unitFailed
        case .unknownName: ExitCode.missingInput
        case .inUse: ExitCode.cannotCreate
        }
    }

    public var description: String { message }

    static func newerSchema(of path: String, found: Int, known: Int) -> LedgerError {
        LedgerError(
            .newerSchema,
            "'\(path)' has schema \(found), written by a newer orchestrate; this one knows up to \(known). "
                + "Use the newer program, or another store with --store DIR.")
    }

    static func damaged(_ path: String, _ reason: String) -> LedgerError {
        LedgerError(
            .damaged, "'\(path)' is damaged: \(reason). Move it away and submit again; what else is stored is kept.")
    }
}
