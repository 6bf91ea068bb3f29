public import Determinism

/// A site file that cannot be used.
public struct SiteError: ExitCoded, Hashable, CustomStringConvertible {
    /// File, line, column and what is wrong, such as `site.yaml:4:12: 'count' is a whole number of at least 1.`.
    public let description: String

    public var exitCode: Int32 { ExitCode.badRecipe }

    init(file: String, place: LocatedValue.Place, message: String) {
        description = "\(file):\(place.line):\(place.column): \(message)" + (message.hasSuffix("?") ? "" : ".")
    }
}
