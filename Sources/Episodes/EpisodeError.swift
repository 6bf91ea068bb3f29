public import Determinism

/// What is wrong with demonstrations: which file, which object in it, what was expected, what was found, what to do.
public struct EpisodeError: ExitCoded, Hashable, CustomStringConvertible {
    public let file: String
    /// Path within the file, such as `data/demo_3/actions`; empty when the file as a whole is wrong.
    public let object: String
    public let expected: String
    public let found: String
    public let remedy: String?
    public let exitCode: Int32

    public init(
        file: String, object: String = "", expected: String, found: String, remedy: String? = nil,
        exitCode: Int32 = ExitCode.badData
    ) {
        self.file = file
        self.object = object
        self.expected = expected
        self.found = found
        self.remedy = remedy
        self.exitCode = exitCode
    }

    /// A file that is not there.
    public static func missing(_ file: String) -> EpisodeError {
        EpisodeError(
            file: file, expected: "a file that can be read", found: "nothing at this path",
            remedy: "check the path; relative paths start at the project folder", exitCode: ExitCode.missingInput)
    }

    public var description: String {
        let place = object.isEmpty ? file : "\(file): \(object)"
        return "\(place): expected \(expected), found \(found)" + (remedy.map { "; \($0)" } ?? "")
    }
}
