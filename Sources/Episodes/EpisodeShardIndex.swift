import DurableFiles
import Foundation

/// The light table inside an episode shard.
public struct EpisodeShardIndex: Hashable, Sendable, Codable {
    /// The name and version of the file format.
    public static let schemaName = "orchestrate.episode-shard/1"

    public var schema: String
    public var streams: StreamSchema
    /// In the order of the source file.
    public var episodes: [EpisodeRecord]
    /// Episodes of this shard's part of the source that were left out.
    public var dropped: [DroppedEpisode]

    public init(streams: StreamSchema, episodes: [EpisodeRecord], dropped: [DroppedEpisode]) {
        schema = Self.schemaName
        self.streams = streams
        self.episodes = episodes
        self.dropped = dropped
    }

    /// Reads the index of the shard in `folder`.
    ///
    /// - Throws: ``EpisodeError`` naming the file when it is missing or of another version.
    public static func read(inShard folder: String) throws -> EpisodeShardIndex {
        let path = folder + "/" + EpisodeShard.indexFile
        guard let data = FileManager.default.contents(atPath: path) else {
            throw EpisodeError.missing(path)
        }
        do {
            let index = try JSONDecoder().decode(EpisodeShardIndex.self, from: data)
            guard index.schema == schemaName else {
                throw EpisodeError(
                    file: path, object: "schema", expected: schemaName, found: index.schema,
                    remedy: "run the unit that wrote it again")
            }
            return index
        } catch let error as DecodingError {
            throw EpisodeError(file: path, expected: "the index of an episode shard", found: "\(error)")
        }
    }

    /// Writes the index into the shard in `folder`; equal indices are equal bytes.
    public func write(inShard folder: String) throws {
        try DurableFiles.write(try encodedJSON(self), to: folder + "/" + EpisodeShard.indexFile)
    }
}

/// JSON with sorted keys and a newline at the end, so that equal values are equal bytes.
func encodedJSON(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    return Array(try encoder.encode(value)) + [UInt8(ascii: "\n")]
}
