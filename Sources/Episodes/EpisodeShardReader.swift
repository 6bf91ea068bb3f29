import HDF5

/// Reads episodes of one shard, frames and all.
public final class EpisodeShardReader: Sendable {
    /// The shard's folder.
    public let folder: String
    /// What the shard holds.
    public let index: EpisodeShardIndex
    private let data: HDF5Group
    private let records: [String: EpisodeRecord]

    /// Opens `shardFolder`.
    ///
    /// - Throws: ``EpisodeError`` or `HDF5Error` when the folder is no episode shard.
    public init(_ shardFolder: String) throws {
        folder = shardFolder
        index = try EpisodeShardIndex.read(inShard: shardFolder)
        data = try HDF5File(reading: shardFolder + "/" + EpisodeShard.dataFile, from: .ourselves).root.group("data")
        records = Dictionary(index.episodes.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Names of the episodes in this shard, in order.
    public var ids: [String] { index.episodes.map(\.id) }

    /// Reads every stream of one episode.
    ///
    /// - Parameters:
    ///   - id: its name.
    ///   - withFrames: whether to read cameras, which is nearly all of the time.
    ///   - allowingNonFinite: whether NaN and infinities are passed on; they are refused otherwise.
    /// - Throws: ``EpisodeError`` or `HDF5Error` naming file, object, what was expected and what was found.
    public func episode(_ id: String, withFrames: Bool = true, allowingNonFinite: Bool = false) throws -> Episode {
        guard let record = records[id] else {
            throw EpisodeError(
                file: folder, object: "data/\(id)", expected: "an episode of this shard", found: "nothing",
                remedy: "the selection belongs to other shards")
        }
        return try EpisodeStreams.read(
            data.group(id), record, index.streams, withFrames: withFrames, allowingNonFinite: allowingNonFinite)
    }
}
