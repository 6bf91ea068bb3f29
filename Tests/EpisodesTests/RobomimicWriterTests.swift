import Episodes
import Foundation
import HDF5
import TestSupport
import Testing

@Suite("Writing demonstrations")
struct RobomimicWriterTests {
    let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func episode(_ id: String, steps: Int, success: Bool) -> Episode {
        let pixels = (0..<steps * 48).map { UInt8(truncatingIfNeeded: $0 / 5) }
        return Episode(
            id: id, instruction: "push the block",
            cameras: ["view": ImageSequence(height: 4, width: 4, channels: 3, pixels: pixels)],
            sensors: ["pose": Matrix(rows: steps, columns: 3, values: (0..<steps * 3).map { Float($0) / 8 })],
            actions: Matrix(rows: steps, columns: 2, values: (0..<steps * 2).map { Float($0) / 4 }),
            rewards: (0..<steps).map { Float($0) }, success: success)
    }

    private func write(_ name: String) throws -> String {
        let path = folder.path + "/" + name
        let writer = try RobomimicWriter(creating: path, environment: "{\"env_name\": \"x\"}")
        try writer.append(episode("demo_0", steps: 20, success: true), meta: ["task": "goal"])
        try writer.append(episode("demo_1", steps: 5, success: false))
        try writer.finish(masks: ["train": ["demo_0"], "valid": ["demo_1"]])
        return path
    }

    @Test func `what was written reads back as episodes`() throws {
        let path = try write("a.hdf5")
        let header = try DemonstrationHeader.scan(path)
        #expect(header.episodes.map(\.length) == [20, 5])
        #expect(header.episodes.map(\.success) == [true, false])
        #expect(header.episodes[0].filterKeys == ["success", "train"])
        #expect(header.episodes[0].instruction == "push the block")
        let streams = try StreamChoice().schema(of: header).streams
        let builder = EpisodeShardBuilder(header: header, streams: streams, dropsDamaged: false)
        try builder.write(shard: 0, of: 1, to: folder.path + "/shard")
        #expect(
            try EpisodeShardReader(folder.path + "/shard").episode("demo_0")
                == episode("demo_0", steps: 20, success: true))
    }

    @Test func `equal episodes are equal bytes`() throws {
        let first = FileManager.default.contents(atPath: try write("a.hdf5"))
        let second = FileManager.default.contents(atPath: try write("b.hdf5"))
        #expect(first == second)
    }

    @Test func `ragged episodes and strange masks are refused`() throws {
        let writer = try RobomimicWriter(creating: folder.path + "/bad.hdf5", environment: "{}")
        var ragged = episode("demo_0", steps: 5, success: true)
        ragged.sensors["pose"] = Matrix(rows: 4, columns: 1, values: [1, 2, 3, 4])
        let error = #expect(throws: EpisodeError.self) { try writer.append(ragged) }
        #expect(error?.object == "data/demo_0/obs/pose")
        try writer.append(episode("demo_0", steps: 5, success: true))
        #expect(throws: EpisodeError.self) { try writer.finish(masks: ["train": ["demo_7"]]) }
    }

    @Test(.enabled(if: PeerPython.has("h5py", "numpy"), "needs a Python with h5py"))
    func `h5py reads the robomimic layout`() throws {
        let script = """
            import sys, h5py, json, numpy as np
            with h5py.File(sys.argv[1]) as f:
                d = f["data"]
                assert d.attrs["total"] == 25 and json.loads(d.attrs["env_args"])["env_name"] == "x"
                e = d["demo_0"]
                assert e.attrs["num_samples"] == 20
                assert json.loads(e.attrs["ep_meta"]) == {"lang": "push the block", "success": True, "task": "goal"}
                assert e["actions"].shape == (20, 2) and e["actions"][3, 1] == 7 / 4
                v = e["obs/view"]
                assert v.shape == (20, 4, 4, 3) and v.dtype == np.uint8 and v.compression == "gzip"
                assert (v[()].ravel() == (np.arange(960) // 5).astype(np.uint8)).all()
                assert list(e["dones"][()]) == [0] * 19 + [1]
                assert [x.decode() for x in f["mask/train"][()]] == ["demo_0"]
                assert [x.decode() for x in f["mask/fail"][()]] == ["demo_1"]
            """
        #expect(try PeerPython.run(script, [write("a.hdf5")]).status == 0)
    }
}
