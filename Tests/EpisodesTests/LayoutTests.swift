import Episodes
import Foundation
import HDF5
import TestSupport
import Testing

@Suite("Layouts beside robomimic's")
struct LayoutTests {
    let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    /// The episodes of a source after ingestion.
    private func ingest(
        _ source: DemonstrationSource, cameras: [String] = [], sensors: [String] = [], drops: Bool = false
    ) throws -> (header: DemonstrationHeader, outcome: StreamChoice.Outcome, episodes: [Episode]) {
        let header = try DemonstrationHeader.scan(source)
        let outcome = try StreamChoice(cameras: cameras, sensors: sensors).schema(of: header)
        let builder = EpisodeShardBuilder(header: header, streams: outcome.streams, dropsDamaged: drops)
        let target = folder.path + "/\(UUID().uuidString)"
        try builder.write(shard: 0, of: 1, to: target)
        let reader = try EpisodeShardReader(target)
        return (header, outcome, try reader.ids.map { try reader.episode($0) })
    }

    /// What fixtures with marked pictures show: the top bright, the bottom dark, red left and blue right of the middle.
    private func requireUpright(_ pictures: ImageSequence?, tolerance: Int = 0) throws {
        let pictures = try #require(pictures)
        #expect(pictures.height == 16 && pictures.width == 24 && pictures.channels == 3)
        func near(_ x: Int, _ y: Int, _ color: [Int]) {
            for frame in 0..<pictures.count {
                let start = 3 * (y * 24 + x)
                let pixels = Array(pictures[frame: frame])
                for channel in 0..<3 {
                    #expect(
                        abs(Int(pixels[start + channel]) - color[channel]) <= tolerance,
                        "frame \(frame), \(x), \(y): \(pixels[start..<start + 3])")
                }
            }
        }
        near(4, 1, [255, 255, 255])
        near(4, 14, [10, 10, 10])
        near(4, 6, [200, 0, 0])
        near(20, 6, [0, 0, 200])
    }

    @Test func `a folder of ALOHA files is a set of episodes, raw, deflated and JPEG alike`() throws {
        let (header, outcome, episodes) = try ingest(DemonstrationSource(Fixtures.path("aloha"), instruction: "else"))
        #expect(header.layout == .aloha)
        #expect(episodes.map(\.id) == ["episode_0", "episode_1", "episode_2"])
        #expect(episodes.map(\.length) == [6, 5, 7])
        #expect(episodes.map(\.instruction) == ["hand over the cube", "else", "hand over the cube"])
        #expect(outcome.streams.sensors.map(\.name) == ["qpos", "qvel"])
        #expect(outcome.streams.actionWidth == 4)
        // One in three episodes has it.
        #expect(outcome.warnings.contains { $0.contains("'effort' is left out: only 1 of 3 episodes") })
        for episode in episodes.prefix(2) { try requireUpright(episode.cameras["top"]) }
        try requireUpright(episodes[2].cameras["top"], tolerance: 24)
        let source = try HDF5File(reading: Fixtures.path("aloha/episode_2.hdf5")).root
        #expect(try episodes[2].actions.values == source.dataset("action").read(Float.self))
        #expect(try episodes[2].sensors["qvel"]?.values == source.dataset("observations/qvel").read(Float.self))
    }

    @Test func `files of a folder are chosen by name, and one file is an episode`() throws {
        let chosen = try DemonstrationHeader.scan(
            DemonstrationSource(Fixtures.path("aloha"), files: "episode_*1.hdf5"))
        #expect(chosen.episodes.map(\.id) == ["episode_1"])
        #expect(try DemonstrationHeader.scan(Fixtures.path("aloha/episode_2.hdf5")).episodes.map(\.length) == [7])
        let none = #expect(throws: EpisodeError.self) {
            try DemonstrationHeader.scan(DemonstrationSource(Fixtures.path("aloha"), files: "run_*.h5"))
        }
        #expect(none?.description.contains("files named 'run_*.h5'") == true)
    }

    @Test("lengths of pictures that cannot be, and pictures that end early, are told", arguments: ["length", "cut"])
    func damagedPictures(kind: String) throws {
        let path = Fixtures.path("aloha_\(kind).hdf5")
        let error = #expect(throws: EpisodeError.self) { try ingest(DemonstrationSource(path)) }
        #expect(error?.file == path)
        #expect(error?.object == (kind == "length" ? "compress_len" : "observations/images/top"))
        #expect(error?.found.contains(kind == "length" ? "for camera 0 in row 2" : "JPEG") == true, "\(error!)")
    }

    @Test func `a damaged file among others is dropped with its reason, up to a budget`() throws {
        let place = folder.path + "/mixed"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        for (name, source) in ["a": "aloha/episode_0", "b": "aloha/episode_1", "c": "aloha_cut"] {
            try FileManager.default.copyItem(atPath: Fixtures.path(source + ".hdf5"), toPath: place + "/\(name).hdf5")
        }
        let whole = try #require(FileManager.default.contents(atPath: place + "/a.hdf5"))
        try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: place + "/d.hdf5"))
        let header = try DemonstrationHeader.scan(place)
        let streams = try StreamChoice().schema(of: header).streams
        let builder = EpisodeShardBuilder(header: header, streams: streams, dropsDamaged: true)
        let target = folder.path + "/shard"
        try builder.write(shard: 0, of: 1, to: target)
        let index = try EpisodeShardIndex.read(inShard: target)
        #expect(index.episodes.map(\.id) == ["a", "b"])
        #expect(index.dropped.map(\.id) == ["c", "d"])
        #expect(index.dropped.allSatisfy { $0.reason == "unreadable" && !$0.detail.contains(folder.path) })
        // What was dropped is not in the file either.
        #expect(
            try HDF5File(reading: target + "/" + EpisodeShard.dataFile).root.group("data").names == ["a", "b"])
        let selection = try EpisodeSelection.gathering([index])
        #expect(throws: Never.self) { try selection.requireDropped(atMost: 0.5) }
        let refused = #expect(throws: EpisodeError.self) { try selection.requireDropped(atMost: 0.4) }
        #expect(refused?.description.contains("c: unreadable: observations/images/top") == true)
        #expect(throws: EpisodeError.self) { try builder.check(budget: 0.2) }
    }

    @Test func `flat files end episodes at terminals and timeouts, whatever their chunks`() throws {
        let (header, outcome, episodes) = try ingest(DemonstrationSource(Fixtures.path("d4rl.hdf5")))
        #expect(header.layout == .d4rl)
        #expect(episodes.map(\.length) == [10, 11, 9])
        #expect(outcome.streams.sensors == [VectorStream(name: "observations", width: 5)])
        let root = try HDF5File(reading: Fixtures.path("d4rl.hdf5")).root
        #expect(try episodes.flatMap(\.actions.values) == root.dataset("actions").read(Float.self))
        #expect(
            try episodes.flatMap { $0.sensors["observations"]?.values ?? [] }
                == root.dataset("observations").read(Float.self))
        #expect(episodes.flatMap { $0.rewards ?? [] } == (0..<30).map { Float($0) })
    }

    @Test func `Minari's observation dictionaries are read up to the last action`() throws {
        let (header, outcome, episodes) = try ingest(DemonstrationSource(Fixtures.path("minari.hdf5")))
        #expect(header.layout == .minari)
        #expect(episodes.map(\.length) == [5, 8])
        #expect(outcome.streams.sensors.map(\.name) == ["achieved_goal", "desired_goal", "observation"])
        let seen = try HDF5File(reading: Fixtures.path("minari.hdf5")).root.dataset(
            "episode_1/observations/observation")
        #expect(seen.shape == [9, 4])
        #expect(try episodes[1].sensors["observation"]?.values == seen.read(Float.self, rows: 0..<8))
    }

    @Test func `LIBERO's pictures are turned, and its instruction is found`() throws {
        let path = Fixtures.path("libero.hdf5")
        let (header, outcome, episodes) = try ingest(DemonstrationSource(path))
        #expect(header.layout == .libero)
        #expect(episodes.map(\.instruction) == ["open the drawer", "open the drawer"])
        #expect(outcome.warnings.contains { $0.contains("bottom row first") })
        for camera in ["agentview_rgb", "eye_in_hand_rgb"] { try requireUpright(episodes[1].cameras[camera]) }
        let left = try ingest(DemonstrationSource(path, firstRow: .top)).episodes[1].cameras["agentview_rgb"]
        #expect(left?[frame: 0].first == 10)
        // A folder of tasks, a file each: names tell them apart.
        let place = folder.path + "/tasks"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        for name in ["open", "close"] {
            try FileManager.default.copyItem(atPath: path, toPath: place + "/\(name).hdf5")
        }
        #expect(
            try DemonstrationHeader.scan(place).episodes.map(\.id) == [
                "close.demo_0", "close.demo_1", "open.demo_0", "open.demo_1",
            ])
    }

    @Test func `a raw robosuite recording tells what is missing`() throws {
        let (header, outcome, episodes) = try ingest(DemonstrationSource(Fixtures.path("robosuite.hdf5")))
        #expect(header.layout == .robosuite)
        #expect(outcome.streams.cameras.isEmpty)
        #expect(outcome.streams.sensors == [VectorStream(name: "states", width: 9)])
        #expect(outcome.warnings.contains { $0.contains("neither pictures nor observations") })
        #expect(episodes.map(\.length) == [5, 7])
    }

    @Test func `columns map groups of a file in no known layout`() throws {
        let (_, outcome, episodes) = try ingest(
            DemonstrationSource(
                Fixtures.path("strange_groups.hdf5"), episodes: .groups("runs"),
                columns: [
                    .image("rgb/front"), .action("cmd"), .sensor("joints"), .reward("score"), .instruction("task"),
                ],
                actionNames: ["x", "y", "grip"]))
        #expect(episodes.map(\.id) == ["run_0", "run_1", "run_2"])
        #expect(episodes.map(\.instruction) == ["sort pile 0", "sort pile 1", "sort pile 2"])
        #expect(outcome.streams.actionNames == ["x", "y", "grip"])
        #expect(episodes.map(\.rewards?.last) == [1, 1, 1])
        // Channels stand first in the file.
        for episode in episodes { try requireUpright(episode.cameras["front"]) }
    }

    @Test(
        "columns map flat files with ends, ids or flags alike",
        arguments: [EpisodeBoundary.ends("meta/episode_ends"), .ids("data/id"), .flags(["data/stop"])])
    func flat(boundary: EpisodeBoundary) throws {
        let columns: [Column] = [.image("data/img"), .action("data/action"), .sensor("data/state")]
        let path = Fixtures.path("strange_flat.hdf5")
        let episodes = try ingest(
            DemonstrationSource(path, episodes: boundary, columns: columns, channelOrder: .bgr)
        ).episodes
        #expect(episodes.map(\.length) == [6, 4, 9])
        for episode in episodes { try requireUpright(episode.cameras["img"]) }
        let root = try HDF5File(reading: path).root
        #expect(try episodes.flatMap(\.actions.values) == root.dataset("data/action").read(Float.self))
        let names = #expect(throws: StreamChoice.Refusal.self) {
            try ingest(DemonstrationSource(path, episodes: boundary, columns: columns, actionNames: ["x"]))
        }
        #expect(names?.argument == "actionNames")
    }

    @Test(
        "a mapping that does not fit says which column",
        arguments: [
            ([Column.sensor("data/state")], EpisodeBoundary.file, "columns"),
            ([.action("data/acton")], .file, "data/acton"),
            ([.action("data/action"), .sensor("meta/episode_ends")], .ids("data/id"), "meta/episode_ends"),
            ([.action("data/action")], .ends("data/id"), "data/id"),
            ([.action("data/action")], .groups("data"), "data"),
        ])
    func mistakes(columns: [Column], boundary: EpisodeBoundary, object: String) throws {
        let source = DemonstrationSource(Fixtures.path("strange_flat.hdf5"), episodes: boundary, columns: columns)
        let error = #expect(throws: (any Error).self) { try ingest(source) }
        #expect("\(try #require(error))".contains(object))
    }

    @Test(.enabled(if: SharedData.path != nil, "needs the shared demonstrations beside the checkout"))
    func `the shared ALOHA and soccer files are understood`() throws {
        let data = try #require(SharedData.path)
        let (header, outcome, episodes) = try ingest(DemonstrationSource(data + "/aloha_transfer"))
        #expect(header.episodes.count == 24 && episodes.allSatisfy { $0.length == 100 })
        #expect(outcome.streams.cameras == [CameraStream(name: "top", height: 96, width: 128, channels: 3)])
        #expect(outcome.streams.sensors.map(\.name) == ["qpos", "qvel"])
        #expect(header.episodes.count { $0.success == true } == 23)
        let soccer = try ingest(DemonstrationSource(data + "/d4rl_flat/soccer_trajectories.hdf5"))
        #expect(soccer.header.layout == .d4rl)
        #expect(soccer.episodes.map(\.length) == [Int](repeating: 2000, count: 10))
    }
}
