import Episodes
import Foundation
import HDF5
import TestSupport
import Testing

@Suite("Episode shards")
struct EpisodeShardTests {
    let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func ingest(_ name: String, shards: Int, drops: Bool = false, as label: String = "shard") throws -> [String]
    {
        let path = Fixtures.path(name)
        let header = try DemonstrationHeader.scan(path)
        let streams = try StreamChoice().schema(of: header).streams
        let builder = EpisodeShardBuilder(header: header, streams: streams, dropsDamaged: drops)
        return try (0..<shards).map { shard in
            let target = "\(folder.path)/\(label)-\(shard)"
            try builder.write(shard: shard, of: shards, to: target)
            return target
        }
    }

    @Test("shards hold what the file holds", arguments: [1, 2, 3, 7])
    func contents(shards: Int) throws {
        let folders = try ingest("robomimic.hdf5", shards: shards)
        let selection = try EpisodeSelection.gathering(folders.map { try EpisodeShardIndex.read(inShard: $0) })
        #expect(
            selection.episodes.map(\.id) == ["demo_0", "demo_1", "demo_2", "demo_3", "demo_4", "demo_5", "demo_10"])
        let source = try HDF5File(reading: Fixtures.path("robomimic.hdf5")).root.group("data")
        for record in selection.episodes {
            let episode = try EpisodeShardReader(folders[record.shard]).episode(record.id)
            let original = try source.group(record.id)
            #expect(episode.length == record.length)
            #expect(try episode.actions.values == original.dataset("actions").read(Float.self))
            #expect(try episode.cameras["camera"]?.pixels == original.dataset("obs/camera").read(UInt8.self))
            #expect(try episode.sensors["position"]?.values == original.dataset("obs/position").read(Float.self))
            #expect(try episode.rewards == original.dataset("rewards").read(Float.self))
            #expect(episode.instruction == record.instruction)
            #expect(episode.sensors["balls"] == nil)
        }
    }

    @Test func `equal sources are equal bytes`() throws {
        let first = try ingest("robomimic.hdf5", shards: 2, as: "a")
        let second = try ingest("robomimic.hdf5", shards: 2, as: "b")
        for (a, b) in zip(first, second) {
            for name in [EpisodeShard.dataFile, EpisodeShard.indexFile] {
                #expect(
                    FileManager.default.contents(atPath: a + "/" + name)
                        == FileManager.default.contents(atPath: b + "/" + name))
            }
        }
    }

    @Test func `a damaged episode stops the shard or is dropped with its reason`() throws {
        #expect(throws: EpisodeError.self) { try ingest("missing_camera.hdf5", shards: 1) }
        let folders = try ingest("missing_camera.hdf5", shards: 2, drops: true, as: "dropped")
        let selection = try EpisodeSelection.gathering(folders.map { try EpisodeShardIndex.read(inShard: $0) })
        #expect(selection.episodes.count == 6)
        #expect(selection.dropped.map(\.id) == ["demo_3"])
        #expect(selection.dropped[0].reason == "missingStream")
        #expect(selection.dropped[0].detail.contains("data/demo_3/obs/camera"))
        #expect(!selection.dropped[0].detail.contains(Fixtures.path("")))
    }

    @Test func `numbers that are not finite are refused unless screening asks for them`() throws {
        let folders = try ingest("nan_actions.hdf5", shards: 1)
        let reader = try EpisodeShardReader(folders[0])
        let error = #expect(throws: EpisodeError.self) { try reader.episode("demo_1") }
        #expect(error?.object == "data/demo_1/actions")
        #expect(error?.found == "nan at step 5")
        #expect(try reader.episode("demo_1", allowingNonFinite: true).actions[5, 1].isNaN)
        #expect(try reader.episode("demo_0", withFrames: false).cameras.isEmpty)
        #expect(throws: EpisodeError.self) { try reader.episode("demo_99") }
    }

    @Test("shards are contiguous, complete and about equal", arguments: UInt64(0)..<200)
    func partition(seed: UInt64) {
        var random = SplitMix(state: seed)
        let bytes = (0..<Int.random(in: 1...60, using: &random)).map { _ in Int.random(in: 1...1000, using: &random) }
        let shards = Int.random(in: 1...12, using: &random)
        let ranges = ShardPartition.ranges(bytes: bytes, shards: shards)
        #expect(ranges.count == shards)
        #expect(ranges.flatMap { Array($0) } == Array(bytes.indices))
        if bytes.count >= shards {
            #expect(ranges.allSatisfy { !$0.isEmpty })
            let mean = bytes.reduce(0, +) / shards
            let largest = bytes.max() ?? 0
            for range in ranges { #expect(bytes[range].reduce(0, +) <= mean + 2 * largest) }
        }
    }

    @Test func `a selection reads back and refuses other versions`() throws {
        let path = folder.path + "/selection.json"
        var selection = EpisodeSelection(
            streams: StreamSchema(cameras: [], sensors: [VectorStream(name: "a", width: 2)], actionWidth: 3),
            episodes: [EpisodeRecord(id: "demo_1", shard: 0, length: 4, bytes: 9, instruction: "go", success: true)],
            dropped: [DroppedEpisode(id: "demo_2", reason: "jerk", detail: "rough")])
        try selection.write(to: path)
        #expect(try EpisodeSelection.read(path) == selection)
        selection.schema = "other/9"
        try selection.write(to: path)
        #expect(throws: EpisodeError.self) { try EpisodeSelection.read(path) }
        #expect(throws: EpisodeError.self) { try EpisodeSelection.read(folder.path + "/none.json") }
    }
}
