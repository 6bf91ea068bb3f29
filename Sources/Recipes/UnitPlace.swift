import Glibc

/// Where one attempt of a unit may write.
///
/// Folders come into being when they are first asked for.
public protocol UnitPlace: Sendable {
    /// Outputs are written below this folder; shared by the gang.
    var outputDirectory: String { get }
    /// Deleted after the attempt unless it failed.
    var workDirectory: String { get }
    /// Kept across attempts until the unit has finished.
    var checkpointDirectory: String { get }

    /// Where lines for the attempt's log go, `stream` being `out` or `err`; `nil` when they go wherever the process prints.
    func logPath(_ stream: String) -> String?

    /// Takes a small output without a file; false when it has to be written as one.
    func keep(_ bytes: [UInt8], as output: String) -> Bool
}

/// Folders that exist already, as tests have them.
public struct FixedPlace: UnitPlace {
    public let outputDirectory: String
    public let workDirectory: String
    public let checkpointDirectory: String

    public init(outputDirectory: String, workDirectory: String, checkpointDirectory: String) {
        self.outputDirectory = outputDirectory
        self.workDirectory = workDirectory
        self.checkpointDirectory = checkpointDirectory
    }

    public func keep(_ bytes: [UInt8], as output: String) -> Bool { false }

    public func logPath(_ stream: String) -> String? { nil }
}

/// An output that could not be written.
public struct OutputError: Error, Hashable, CustomStringConvertible {
    public let path: String
    public let errorNumber: Int32

    public init(path: String, errorNumber: Int32) {
        self.path = path
        self.errorNumber = errorNumber
    }

    public var description: String {
        "cannot write output '\(path)': \(String(cString: strerror(errorNumber))); check free space and permissions of the store"
    }
}

extension UnitContext {
    /// Writes a whole output at once.
    ///
    /// Small ones travel with the unit's completion and cost no file.
    ///
    /// - Throws: ``OutputError`` when the file cannot be written.
    public func write(_ bytes: [UInt8], to output: String) throws {
        if place.keep(bytes, as: output) { return }
        let path = self.output(output)
        guard let file = fopen(path, "we") else { throw OutputError(path: path, errorNumber: errno) }
        let written = fwrite(bytes, 1, bytes.count, file)
        let code = errno
        guard fclose(file) == 0, written == bytes.count else { throw OutputError(path: path, errorNumber: code) }
    }
}
