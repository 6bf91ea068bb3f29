import DurableFiles
import Foundation
public import HDF5

/// Makes one episode shard from a contiguous part of a source file.
public struct EpisodeShardBuilder: Sendable {
    public let header: RobomimicHeader
    public let streams: StreamSchema
    /// What happens to an episode whose header shows damage.
    public let dropsDamaged: Bool

    /// A builder of shards with these streams.
    public init(header: RobomimicHeader, streams: StreamSchema, dropsDamaged: Bool) {
        self.header = header
        self.streams = streams
        self.dropsDamaged = dropsDamaged
    }

    /// Bytes of the chosen streams of one episode, in memory.
    public func bytes(of episode: EpisodeHeader) -> Int {
        let pictures = streams.cameras.reduce(0) { $0 + $1.frameBytes }
        let numbers = streams.actionWidth + streams.sensors.reduce(0) { $0 + $1.width } + 1
        return episode.length * (pictures + 4 * numbers)
    }

    /// Positions of the episodes of each shard.
    public func partition(into shards: Int) -> [Range<Int>] {
        ShardPartition.ranges(bytes: header.episodes.map(bytes), shards: shards)
    }

    /// Refuses damaged headers.
    ///
    /// - Throws: ``EpisodeError`` of the first damaged episode, unless they are dropped; also when none is left.
    public func check() throws {
        var damaged = 0
        for episode in header.episodes {
            guard let damage = EpisodeDamage.first(in: episode, of: header.path, against: streams) else { continue }
            if !dropsDamaged { throw damage.error }
            damaged += 1
        }
        guard damaged < header.episodes.count else {
            throw EpisodeError(
                file: header.path, object: "data", expected: "at least one sound episode",
                found: "\(damaged) damaged ones, all there are")
        }
    }

    /// Writes shard `shard` into the new folder `folder`.
    ///
    /// - Parameters:
    ///   - shard: position among `shards`.
    ///   - shards: how many there are in all.
    ///   - folder: created; holds the streams and the index.
    ///   - source: the file the header was read from.
    ///   - onEpisode: called after each episode with how many are done and how many there are; may throw to stop.
    /// - Throws: ``EpisodeError`` or `HDF5Error` naming what is damaged.
    public func write(
        shard: Int, of shards: Int, to folder: String, from source: HDF5File,
        onEpisode: (_ done: Int, _ of: Int) throws -> Void = { _, _ in }
    ) throws {
        let part = partition(into: shards)[shard]
        try DurableFiles.createDirectory(folder)
        let target = try HDF5FileWriter(creating: folder + "/" + EpisodeShard.dataFile)
        let data = try target.root.createGroup("data")
        let sourceData = try source.root.group("data")
        var index = EpisodeShardIndex(streams: streams, episodes: [], dropped: [])
        for position in part {
            let episode = header.episodes[position]
            if let damage = EpisodeDamage.first(in: episode, of: header.path, against: streams) {
                guard dropsDamaged else { throw damage.error }
                index.dropped.append(
                    DroppedEpisode(id: episode.id, reason: damage.reason.rawValue, detail: Self.detail(damage.error)))
                continue
            }
            try copy(episode, from: sourceData, to: data)
            index.episodes.append(
                EpisodeRecord(
                    id: episode.id, shard: shard, length: episode.length, bytes: bytes(of: episode),
                    instruction: episode.instruction, filterKeys: episode.filterKeys, success: episode.success))
            try onEpisode(position - part.lowerBound + 1, part.count)
        }
        try data.attributes.set("total", index.episodes.reduce(0) { $0 + $1.length })
        if !header.environment.isEmpty { try data.attributes.set("env_args", header.environment) }
        try writeMasks(of: index, into: target)
        try target.flush()
        try index.write(inShard: folder)
    }

    /// What a dropped episode's entry says: the object and the numbers, not the machine's path.
    private static func detail(_ error: EpisodeError) -> String {
        "\(error.object): expected \(error.expected), found \(error.found)"
    }

    private func copy(_ episode: EpisodeHeader, from sourceData: HDF5Group, to data: HDF5GroupWriter) throws {
        let source = try sourceData.group(episode.id)
        let group = try data.createGroup(episode.id)
        try group.attributes.set("num_samples", episode.length)
        if let meta = source.attributes.string("ep_meta") { try group.attributes.set("ep_meta", meta) }
        try group.copy(source.dataset("actions"), as: "actions", converting: Float.self)
        if episode.rewards?.element.isNumeric == true {
            try group.copy(source.dataset("rewards"), as: "rewards", converting: Float.self)
        }
        try EpisodeStreams.writeDones(episode.length, into: group)
        let observations = try group.createGroup("obs")
        for camera in streams.cameras {
            let dataset = try source.dataset("obs/\(camera.name)")
            if dataset.hasWholeRowChunks {
                try observations.copy(dataset, as: camera.name, converting: UInt8.self)
            } else {
                let shape = [episode.length, camera.height, camera.width, camera.channels]
                let frames = max(1, min(EpisodeStreams.framesPerChunk, episode.length))
                try observations.write(
                    camera.name, try dataset.read(UInt8.self), shape: shape,
                    storage: .deflated(chunkShape: [frames] + shape.dropFirst()))
            }
        }
        for sensor in streams.sensors {
            let values = try source.dataset("obs/\(sensor.name)").read(Float.self)
            try observations.write(sensor.name, values, shape: [episode.length, sensor.width])
        }
    }

    private func writeMasks(of index: EpisodeShardIndex, into file: HDF5FileWriter) throws {
        let keys = Set(index.episodes.flatMap(\.filterKeys)).sorted(by: NaturalOrder.precedes)
        guard !keys.isEmpty else { return }
        let group = try file.root.createGroup("mask")
        for key in keys {
            try group.write(key, strings: index.episodes.filter { $0.filterKeys.contains(key) }.map(\.id))
        }
    }
}
