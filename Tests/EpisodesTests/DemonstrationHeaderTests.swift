import Episodes
import Foundation
import HDF5
import TestSupport
import Testing

@Suite("Headers of the robomimic layout")
struct DemonstrationHeaderTests {
    @Test("a file is described without its data")
    func header() throws {
        let header = try DemonstrationHeader.scan(Fixtures.path("robomimic.hdf5"))
        #expect(header.episodes.map(\.id) == ["demo_0", "demo_1", "demo_2", "demo_3", "demo_4", "demo_5", "demo_10"])
        #expect(header.episodes.map(\.length) == [9, 12, 7, 15, 8, 10, 6])
        #expect(header.episodes[1].instruction == "push the block left")
        #expect(header.episodes[0].filterKeys == ["success", "train"])
        #expect(header.episodes[0].success == true)
        #expect(header.episodes[6].success == false)
        #expect(header.environment.contains("Fixture"))
        let outcome = try StreamChoice().schema(of: header)
        #expect(outcome.streams.cameras == [CameraStream(name: "camera", height: 12, width: 12, channels: 3)])
        #expect(
            outcome.streams.sensors == [
                VectorStream(name: "position", width: 2), VectorStream(name: "touch", width: 1),
            ])
        #expect(outcome.streams.actionWidth == 2)
        #expect(outcome.warnings.count == 1)
        #expect(outcome.warnings[0].contains("'balls' is left out"))
    }

    /// The library of Debian 12 cannot open its cameras: a silent loss would be found after the training.
    @Test func `a file in a newer format than the library reads is refused whole, with the remedy`() throws {
        let error = #expect(throws: HDF5Error.self) {
            try DemonstrationHeader.scan(Fixtures.path("robomimic_latest.hdf5"))
        }
        #expect(error?.object == "/data/demo_0/obs/camera")
        #expect(error?.description.contains("libver=('earliest', 'v110')") == true, "\(String(describing: error))")
        #expect(error?.frames.first?.contains("bad version number") == true)
        #expect(error?.exitCode == 65)
    }

    struct Refused: Sendable {
        let choice: StreamChoice
        let argument: String
        let contains: [String]
    }

    @Test(
        "a wish the file cannot fulfil names what there is",
        arguments: [
            Refused(
                choice: StreamChoice(cameras: ["camra"]), argument: "cameras", contains: ["did you mean 'camera'?"]),
            Refused(
                choice: StreamChoice(cameras: ["wrist_view"]), argument: "cameras", contains: ["there are 'camera'"]),
            Refused(
                choice: StreamChoice(cameras: ["position"]), argument: "cameras",
                contains: ["uint8", "float64 of shape [9, 2]"]),
            Refused(
                choice: StreamChoice(sensors: ["camera"]), argument: "sensors", contains: ["numbers", "[9, 12, 12, 3]"]),
            Refused(
                choice: StreamChoice(sensors: ["balls"]), argument: "sensors",
                contains: ["one width", "[1, 4] in demo_0 and", "[2, 4] in demo_1 and"]),
        ])
    func refusal(_ refused: Refused) throws {
        let header = try DemonstrationHeader.scan(Fixtures.path("robomimic.hdf5"))
        let refusal = #expect(throws: StreamChoice.Refusal.self) { try refused.choice.schema(of: header) }
        #expect(refusal?.argument == refused.argument)
        for text in refused.contains {
            #expect(refusal?.description.contains(text) == true, "\(refusal?.description ?? "")")
        }
    }

    struct Damaged: Sendable {
        let file: String
        let reason: EpisodeDamage.Reason
        let object: String
        let expected: String
        let found: String
    }

    @Test(
        "damage names file, object, expected and found",
        arguments: [
            Damaged(
                file: "ragged.hdf5", reason: .ragged, object: "data/demo_2/obs/position",
                expected: "7 steps of width 2", found: "float64 of shape [5, 2]"),
            Damaged(
                file: "missing_camera.hdf5", reason: .missingStream, object: "data/demo_3/obs/camera",
                expected: "pictures of shape [15, 12, 12, 3]", found: "nothing"),
            Damaged(
                file: "no_actions.hdf5", reason: .missingStream, object: "data/demo_1/actions", expected: "a dataset",
                found: "nothing"),
            Damaged(
                file: "string_actions.hdf5", reason: .wrongType, object: "data/demo_1/actions",
                expected: "numbers of shape [T, 2]", found: "string of 5 bytes of shape [12, 2]"),
            Damaged(
                file: "empty_episode.hdf5", reason: .empty, object: "data/demo_4/actions",
                expected: "at least one step", found: "none"),
            Damaged(
                file: "stated_length.hdf5", reason: .ragged, object: "data/demo_0/actions",
                expected: "11 steps, as the attribute num_samples says", found: "9"),
            Damaged(
                file: "camera_width.hdf5", reason: .ragged, object: "data/demo_5/obs/camera",
                expected: "shape [10, 12, 12, 3]", found: "uint8 of shape [10, 8, 8, 3]"),
        ])
    func damage(_ damaged: Damaged) throws {
        let path = Fixtures.path(damaged.file)
        let header = try DemonstrationHeader.scan(path)
        let streams = try StreamChoice(sensors: ["position"]).schema(of: header).streams
        let found = header.episodes.compactMap { EpisodeDamage.first(in: $0, against: streams) }
        #expect(found.count == 1)
        #expect(found.first?.reason == damaged.reason)
        #expect(found.first?.error.file == path)
        #expect(found.first?.error.object == damaged.object)
        #expect(found.first?.error.expected == damaged.expected)
        #expect(found.first?.error.found == damaged.found)
        #expect(found.first?.error.exitCode == 65)
        let strict = EpisodeShardBuilder(header: header, streams: streams, dropsDamaged: false)
        #expect(throws: EpisodeError.self) { try strict.check() }
        #expect(throws: Never.self) {
            try EpisodeShardBuilder(header: header, streams: streams, dropsDamaged: true).check()
        }
    }

    @Test func `a mask that names a stranger and broken metadata are errors`() {
        let stranger = #expect(throws: EpisodeError.self) {
            try DemonstrationHeader.scan(Fixtures.path("mask_stranger.hdf5"))
        }
        #expect(
            stranger?.description.contains("mask/valid: expected names of episodes in 'data', found 'demo_99'") == true)
        let meta = #expect(throws: EpisodeError.self) { try DemonstrationHeader.scan(Fixtures.path("bad_meta.hdf5")) }
        #expect(meta?.object == "data/demo_0@ep_meta")
    }

    @Test func `another layout is recognized`() throws {
        let error = #expect(throws: EpisodeError.self) { try DemonstrationHeader.scan(Fixtures.path("types.hdf5")) }
        #expect(error?.description.contains("a group 'data' (layout robomimic)") == true)
        #expect(error?.exitCode == 65)
    }

    @Test(.enabled(if: SharedData.path != nil, "needs the shared demonstrations beside the checkout"))
    func `the shared files are understood`() throws {
        let data = try #require(SharedData.path)
        let push = try DemonstrationHeader.scan(data + "/pusht/pusht_image.hdf5")
        #expect(push.episodes.count == 160)
        #expect(push.episodes.reduce(0) { $0 + $1.length } == 19_169)
        let streams = try StreamChoice().schema(of: push).streams
        #expect(streams.cameras == [CameraStream(name: "agentview_image", height: 96, width: 96, channels: 3)])
        #expect(push.episodes.count { $0.success == true } == 103)
        let balls = try DemonstrationHeader.scan(data + "/balls/balls_train.hdf5")
        #expect(balls.episodes.count == 200)
        let outcome = try StreamChoice().schema(of: balls)
        #expect(outcome.streams.cameras.map(\.name) == ["image"])
        #expect(outcome.warnings.contains { $0.contains("'ball_state' is left out") })
        let refusal = #expect(throws: StreamChoice.Refusal.self) {
            try StreamChoice(sensors: ["ball_state"]).schema(of: balls)
        }
        #expect(refusal?.description.contains("one width in all episodes") == true)
    }
}
