public import Determinism

/// What HDF5 could not do: which call, on which object of which file, and the library's own frames.
public struct HDF5Error: ExitCoded, Hashable, CustomStringConvertible {
    /// Whose fault it is, which decides the exit code.
    public enum Code: Hashable, Sendable {
        /// The file is not there.
        case missingFile
        /// The file is damaged, or is no HDF5 file.
        case badFile
        /// The object is not there.
        case missingObject
        /// The object has another type or shape than was asked for.
        case wrongType
        /// The file cannot be created.
        case cannotCreate
        /// Writing failed.
        case writeFailed
    }

    public let code: Code
    public let file: String
    /// Path within the file, such as `/data/demo_3/actions`; empty for the file itself.
    public let object: String
    /// What went wrong: expected, found, remedy.
    public let message: String
    /// The library's error stack, innermost frame first.
    public let frames: [String]

    public init(_ code: Code, file: String, object: String = "", message: String, frames: [String] = []) {
        self.code = code
        self.file = file
        self.object = object
        self.message = message
        self.frames = frames
    }

    public var exitCode: Int32 {
        switch code {
        case .missingFile: ExitCode.missingInput
        case .badFile, .missingObject, .wrongType: ExitCode.badData
        case .cannotCreate: ExitCode.cannotCreate
        case .writeFailed: ExitCode.inputOutput
        }
    }

    public var description: String {
        let place = object.isEmpty ? file : "\(file): \(object)"
        let reason = frames.first.map { " (\($0))" } ?? ""
        return "\(place): \(message)\(reason)"
    }
}
