import Determinism
import DurableFiles
import Foundation
public import HDF5

/// Makes one episode shard from a contiguous part of a source file.
public struct EpisodeShardBuilder: Sendable {
    public let header: DemonstrationHeader
    public let streams: StreamSchema
    /// What happens to an episode whose header shows damage.
    public let dropsDamaged: Bool

    /// A builder of shards with these streams.
    public init(header: DemonstrationHeader, streams: StreamSchema, dropsDamaged: Bool) {
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
    /// - Parameter budget: the fraction of the episodes that may be dropped.
    /// - Returns: what is damaged and will be dropped.
    /// - Throws: ``EpisodeError`` of the first damaged episode, unless they are dropped; also when too many are.
    @discardableResult
    public func check(budget: Double = 1) throws -> [EpisodeDamage] {
        let damaged = header.episodes.compactMap { EpisodeDamage.first(in: $0, against: streams) }
        if let first = damaged.first, !dropsDamaged { throw first.error }
        guard damaged.count < header.episodes.count else {
            throw EpisodeError(
                file: header.path, object: "data", expected: "at least one sound episode",
                found: "\(damaged.count) damaged ones, all there are"
                    + (damaged.first.map { "; the first: \(Self.detail($0.error))" } ?? ""))
        }
        if let first = damaged.first, Double(damaged.count) > budget * Double(header.episodes.count) {
            throw DamageBudget.error(
                file: header.path, damaged.count, of: header.episodes.count, budget,
                example: "\(first.episode): \(Self.detail(first.error))")
        }
        return damaged
    }

    /// Writes shard `shard` into the new folder `folder`.
    ///
    /// - Parameters:
    ///   - shard: position among `shards`.
    ///   - shards: how many there are in all.
    ///   - folder: created; holds the streams and the index.
    ///   - origin: where the files that the header was read from come from.
    ///   - onEpisode: called after each episode with how many are done and how many there are; may throw to stop.
    /// - Throws: ``EpisodeError`` or `HDF5Error` naming what is damaged.
    public func write(
        shard: Int, of shards: Int, to folder: String, from origin: HDF5File.Origin = .outside,
        onEpisode: (_ done: Int, _ of: Int) throws -> Void = { _, _ in }
    ) throws {
        let part = partition(into: shards)[shard]
        try DurableFiles.createDirectory(folder)
        let target = try HDF5FileWriter(creating: folder + "/" + EpisodeShard.dataFile)
        let data = try target.root.createGroup("data")
        let reader = StreamReader(from: origin)
        var index = EpisodeShardIndex(streams: streams, episodes: [], dropped: [])
        for position in part {
            let episode = header.episodes[position]
            if let damage = EpisodeDamage.first(in: episode, against: streams) {
                guard dropsDamaged else { throw damage.error }
                index.dropped.append(
                    DroppedEpisode(id: episode.id, reason: damage.reason.rawValue, detail: Self.detail(damage.error)))
                continue
            }
            do {
                try copy(episode, with: reader, to: data)
            } catch let error as any ExitCoded where dropsDamaged && error.exitCode == ExitCode.badData {
                try data.remove(episode.id)
                index.dropped.append(
                    DroppedEpisode(
                        id: episode.id, reason: EpisodeDamage.Reason.unreadable.rawValue, detail: Self.detail(error)))
                continue
            }
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
    private static func detail(_ error: any Error) -> String {
        switch error {
        case let error as EpisodeError:
            (error.object.isEmpty ? "" : "\(error.object): ") + "expected \(error.expected), found \(error.found)"
        case let error as HDF5Error: "\(error.object): \(error.message)"
        default: "\(error)"
        }
    }

    private func copy(_ episode: EpisodeHeader, with reader: StreamReader, to data: HDF5GroupWriter) throws {
        let group = try data.createGroup(episode.id)
        try group.attributes.set("num_samples", episode.length)
        try group.attributes.set(
            "ep_meta", episode.meta.isEmpty ? try EpisodeMeta(of: episode).encoded() : episode.meta)
        guard let actions = episode.actions else { return }
        try group.write("actions", try reader.numbers(actions), shape: actions.shape)
        if let rewards = episode.rewards, rewards.element.isNumeric {
            try group.write("rewards", try reader.numbers(rewards), shape: rewards.shape)
        }
        try EpisodeStreams.writeDones(episode.length, into: group)
        let observations = try group.createGroup("obs")
        for camera in streams.cameras {
            guard let stream = episode.observations[camera.name] else { continue }
            let dataset = try reader.dataset(stream)
            // Pictures that stand as they should are taken over without being compressed again.
            if dataset.hasWholeRowChunks && stream.place.pictures.isPlain && dataset.shape == stream.shape {
                try observations.copy(dataset, as: camera.name, converting: UInt8.self)
            } else {
                let shape = [episode.length, camera.height, camera.width, camera.channels]
                let frames = max(1, min(EpisodeStreams.framesPerChunk, episode.length))
                try observations.write(
                    camera.name, try reader.pixels(stream), shape: shape,
                    storage: .deflated(chunkShape: [frames] + shape.dropFirst()))
            }
        }
        for sensor in streams.sensors {
            guard let stream = episode.observations[sensor.name] else { continue }
            try observations.write(sensor.name, try reader.numbers(stream), shape: [episode.length, sensor.width])
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
