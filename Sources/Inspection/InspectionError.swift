public import Determinism

/// What kept a thing from being inspected: which thing, and what to do.
public struct InspectionError: ExitCoded, Hashable, CustomStringConvertible {
    public let message: String
    public let exitCode: Int32

    public var description: String { message }

    static func missing(_ path: String) -> InspectionError {
        InspectionError(
            message: "there is no file or folder '\(path)'; check the path", exitCode: ExitCode.missingInput)
    }

    static func unreadable(_ path: String, _ reason: String) -> InspectionError {
        InspectionError(message: "'\(path)' cannot be read: \(reason)", exitCode: ExitCode.badData)
    }

    /// An episode that a file does not have.
    static func noEpisode(_ path: String, _ name: String, among names: [String]) -> InspectionError {
        let there =
            names.isEmpty
            ? "it has no actions" : "there are \(names.count), '\(names[0])' to '\(names[names.count - 1])'"
        return InspectionError(
            message: "'\(path)' has no episode '\(name)' that can be shown; \(there)", exitCode: ExitCode.missingInput)
    }

    /// A thing that has no episodes.
    public static func noEpisodes(_ path: String, kind: String) -> InspectionError {
        InspectionError(
            message:
                "'\(path)' is a \(kind), not demonstrations; --episode takes a file or folder of them, or an episode shard",
            exitCode: ExitCode.badData)
    }

    /// A thing that `--png` was asked of and that has nothing to show.
    public static func noPictures(_ path: String, kind: String) -> InspectionError {
        InspectionError(
            message:
                "'\(path)' is a \(kind) without pictures; a contact sheet is made of demonstrations, episode shards and image tokenizers",
            exitCode: ExitCode.badData)
    }
}
