/// Reads episodes of one shard, frames and all.
public final class EpisodeShardReader: Sendable {
    /// The shard's folder.
    public let folder: String

    /// Opens `shardFolder`.
    ///
    /// - Throws: ``EpisodeError`` when the folder is no episode shard.
    public init(_ shardFolder: String) throws {
        folder = shardFolder
    }

    /// Reads every stream of one episode.
    ///
    /// - Throws: ``EpisodeError`` naming file, object, what was expected and what was found.
    public func episode(_ id: String) throws -> Episode {
        throw EpisodeError.missing(folder)
    }
}
