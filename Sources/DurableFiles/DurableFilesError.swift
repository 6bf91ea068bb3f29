import Glibc
public import Determinism

/// A file operation that failed: which call, on which path, why, and what to do.
public struct DurableFilesError: ExitCoded, Hashable, CustomStringConvertible {
    /// What was being done, such as `write` or `rename`.
    public let operation: String
    public let path: String
    /// The system's error number.
    public let errorNumber: Int32
    /// A more exact reason than the system's, if there is one.
    public let detail: String?

    public init(operation: String, path: String, errorNumber: Int32, detail: String? = nil) {
        self.operation = operation
        self.path = path
        self.errorNumber = errorNumber
        self.detail = detail
    }

    /// The failure of the call that has just set `errno`.
    static func last(_ operation: String, _ path: String) -> DurableFilesError {
        DurableFilesError(operation: operation, path: path, errorNumber: errno)
    }

    /// Whether no space (or quota) is left.
    public var isOutOfSpace: Bool { errorNumber == ENOSPC || errorNumber == EDQUOT }

    /// 73 when the place may not be written, 66 when a file to read is missing, 74 for a full disk and everything else.
    public var exitCode: Int32 {
        switch errorNumber {
        case EACCES, EPERM, EROFS, ENOTDIR, EEXIST: ExitCode.cannotCreate
        case ENOENT where operation == "open" || operation == "stat": ExitCode.missingInput
        default: ExitCode.inputOutput
        }
    }

    private var remedy: String {
        switch errorNumber {
        case ENOSPC: "Free some space (`orchestrate gc`, `orchestrate du`) and submit again: what is stored is kept."
        case EDQUOT:
            "Your quota is used up; free some space (`orchestrate gc`) and submit again: what is stored is kept."
        case EROFS: "The file system is read-only; choose another place with --store DIR."
        case EACCES, EPERM: "Check the owner and permissions, or choose another place with --store DIR."
        case ENOENT: "Check the path."
        default: "What is stored is kept; submit again when the cause is mended."
        }
    }

    public var description: String {
        let reason = detail ?? String(cString: strerror(errorNumber))
        return "cannot \(operation) '\(path)': \(reason). \(remedy)"
    }
}
