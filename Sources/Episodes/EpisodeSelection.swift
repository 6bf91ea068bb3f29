import DurableFiles
import Foundation

/// Which episodes of a set of shards count, and why others do not: the light table that screening and splitting rewrite.
public struct EpisodeSelection: Hashable, Sendable, Codable {
    /// The name and version of the file format.
    public static let schemaName = "orchestrate.episode-selection/1"

    public var schema: String
    public var streams: StreamSchema
    /// In the order of the source file.
    public var episodes: [EpisodeRecord]
    /// Episodes that do not count any more, in the order they were dropped.
    public var dropped: [DroppedEpisode]

    /// A selection.
    public init(streams: StreamSchema, episodes: [EpisodeRecord], dropped: [DroppedEpisode] = []) {
        schema = Self.schemaName
        self.streams = streams
        self.episodes = episodes
        self.dropped = dropped
    }

    /// Reads a selection written by ``write(to:)``.
    ///
    /// - Throws: ``EpisodeError`` naming the file when it is missing or not a selection of this version.
    public static func read(_ path: String) throws -> EpisodeSelection {
        guard let data = FileManager.default.contents(atPath: path) else { throw EpisodeError.missing(path) }
        do {
            let selection = try JSONDecoder().decode(EpisodeSelection.self, from: data)
            guard selection.schema == schemaName else {
                throw EpisodeError(
                    file: path, object: "schema", expected: schemaName, found: selection.schema,
                    remedy: "run the unit that wrote it again")
            }
            return selection
        } catch let error as DecodingError {
            throw EpisodeError(file: path, expected: "a table of selected episodes", found: "\(error)")
        }
    }

    /// JSON with sorted keys, so that equal selections are equal bytes.
    public func encoded() throws -> [UInt8] { try encodedJSON(self) }

    /// The selection of all episodes of `indices`, one per shard in order.
    ///
    /// - Throws: ``EpisodeError`` when there is no episode or the shards hold different streams.
    public static func gathering(_ indices: [EpisodeShardIndex]) throws -> EpisodeSelection {
        guard let first = indices.first(where: { !$0.episodes.isEmpty }) else {
            throw EpisodeError(
                file: "the demonstrations", expected: "at least one sound episode",
                found: "none; \(indices.reduce(0) { $0 + $1.dropped.count }) were dropped")
        }
        var selection = EpisodeSelection(streams: first.streams, episodes: [])
        for (shard, index) in indices.enumerated() {
            guard index.streams == first.streams else {
                throw EpisodeError(
                    file: "shard \(shard)", object: "streams", expected: "the streams of the other shards",
                    found: "others")
            }
            selection.episodes += index.episodes.map { record in
                var record = record
                record.shard = shard
                return record
            }
            selection.dropped += index.dropped
        }
        return selection
    }

    /// Writes ``encoded()`` durably.
    public func write(to path: String) throws {
        try DurableFiles.write(try encoded(), to: path)
    }

    /// How many episodes were dropped for which reason, by reason, leaving the first `skipped` out.
    public func droppedByReason(after skipped: Int = 0) -> [(reason: String, count: Int)] {
        var counts: [String: Int] = [:]
        for episode in dropped.dropFirst(skipped) { counts[episode.reason, default: 0] += 1 }
        return counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Steps of all selected episodes.
    public var steps: Int { episodes.reduce(0) { $0 + $1.length } }
}

/// What is known of an episode without reading its streams.
public struct EpisodeRecord: Hashable, Sendable, Codable, Identifiable {
    /// Name within its file, such as `demo_12`.
    public var id: String
    /// Position of its shard among the parts of the `shards` port.
    public var shard: Int
    /// Steps.
    public var length: Int
    /// Bytes of its streams in memory.
    public var bytes: Int
    public var instruction: String
    /// Names of the masks it is listed in, sorted.
    public var filterKeys: [String]
    public var success: Bool?
    /// What screening noticed without dropping the episode.
    public var flags: [String]

    public init(
        id: String, shard: Int, length: Int, bytes: Int, instruction: String, filterKeys: [String] = [],
        success: Bool? = nil, flags: [String] = []
    ) {
        self.id = id
        self.shard = shard
        self.length = length
        self.bytes = bytes
        self.instruction = instruction
        self.filterKeys = filterKeys
        self.success = success
        self.flags = flags
    }
}

/// An episode that was left out.
public struct DroppedEpisode: Hashable, Sendable, Codable {
    public var id: String
    /// The rule, such as `nonFinite`.
    public var reason: String
    /// Stream, step and value.
    public var detail: String

    public init(id: String, reason: String, detail: String) {
        self.id = id
        self.reason = reason
        self.detail = detail
    }
}
