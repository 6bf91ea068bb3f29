import Episodes
import Foundation
import HDF5
import Inspection
import Kernels
import TestSupport
import Testing
import Training

@Suite("Comparison of files and folders")
struct ComparisonTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        let path = folder.path + "/" + name
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    private func text(_ name: String, _ text: String) throws -> String { try write(name, Array(text.utf8)) }

    private func weights() throws -> [UInt8] {
        let buffer = FloatBuffer(count: 6 * 7 + 5)
        for index in 0..<buffer.count { buffer[index] = Float(index) * 0.25 - 3 }
        return try SafetensorsFile.encode([
            .init(name: "first", shape: [6, 7], values: buffer[0..<42]),
            .init(name: "second", shape: [5], values: buffer[42..<47]),
        ])
    }

    @Test func `of two tables of episodes it is told which came, went and changed, and in which column`() throws {
        func table(_ name: String, _ edit: (inout EpisodeSelection) -> Void) throws -> String {
            var selection = EpisodeSelection(
                streams: StreamSchema(cameras: [], sensors: [], actionWidth: 2),
                episodes: (0..<5).map {
                    EpisodeRecord(id: "demo_\($0)", shard: 0, length: 9, bytes: 8, instruction: "push", success: true)
                })
            edit(&selection)
            return try write(name, try selection.encoded())
        }
        let old = try table("old.json") { $0.episodes.removeLast() }
        let new = try table("new.json") { selection in
            selection.episodes[1].instruction = "pull"
            selection.episodes[2].success = nil
            selection.episodes.removeFirst()
            selection.dropped = [DroppedEpisode(id: "demo_0", reason: "jerk", detail: "rough")]
        }
        let found = try Comparison(old, new).differences
        #expect(
            found.map(\.place) == [
                "episode demo_0", "episode demo_1, instruction", "episode demo_2, success", "episode demo_4",
            ])
        #expect(found.map(\.second) == ["dropped: jerk: rough", "'pull'", "unknown", "selected"])
        #expect(found[3].first == "absent")
        #expect(try Comparison(old, old).isEqual)
    }

    @Test("a flipped bit of a tensor is found at its element", arguments: 0..<20)
    func flippedBit(seed: UInt64) throws {
        let good = try weights()
        let data = good.count - 4 * 47
        var random = SplitMix(state: seed)
        let element = Int(random.next() % 47)
        var bad = good
        bad[data + 4 * element + Int(random.next() % 4)] ^= 1 << UInt8(random.next() % 8)
        let comparison = try Comparison(write("a.safetensors", good), write("b.safetensors", bad))
        let place = element < 42 ? "'first' [\(element / 7), \(element % 7)]" : "'second' [\(element - 42)]"
        #expect(comparison.differences.map(\.place) == ["tensor \(place)"])
        let difference = try #require(comparison.differences.first)
        #expect(difference.elements?.differing == 1 && difference.elements?.of == (element < 42 ? 42 : 5))
        #expect(difference.first == "\(Float(element) * 0.25 - 3)".replacingOccurrences(of: ".0", with: ""))
    }

    @Test func `equal things are equal, also when one name leads elsewhere`() throws {
        let path = try write("a/weights.safetensors", weights())
        _ = try write("b/weights.safetensors", weights())
        #expect(try Comparison(path, path).isEqual)
        let folders = try Comparison(folder.path + "/a", folder.path + "/b")
        #expect(folders.isEqual && folders.files == 1 && folders.bytes > 0)
    }

    @Test func `a tensor of another shape or that is absent is told`() throws {
        let buffer = FloatBuffer(count: 6)
        func file(_ name: String, _ tensors: [(String, [Int])]) throws -> String {
            try write(
                name,
                SafetensorsFile.encode(
                    tensors.map { .init(name: $0.0, shape: $0.1, values: buffer[0..<$0.1.reduce(1, *)]) }))
        }
        let comparison = try Comparison(
            file("a.safetensors", [("both", [2, 3]), ("left", [2])]),
            file("b.safetensors", [("both", [3, 2]), ("right", [2])]))
        let rows = comparison.differences.map { "\($0.place) \($0.first) \($0.second)" }
        #expect(
            rows == [
                "tensor 'both' F32 [2, 3] F32 [3, 2]", "tensor 'left' F32 [2] absent",
                "tensor 'right' absent F32 [2]",
            ])
    }

    @Test func `JSON is compared by value, text by line, the rest by byte`() throws {
        let json = try Comparison(
            text("a.json", #"{"seed": 1, "rate": [0.5, 2], "x": {"y": true}}"#),
            text("b.json", #"{"rate": [0.5, 3], "x": {"y": false}, "seed": 1}"#))
        #expect(json.differences.map(\.place) == [".rate[1]", ".x.y"])
        #expect(json.differences.first?.largest == 1)
        let layout = try Comparison(text("c.json", "{\"a\":1}"), text("d.json", "{ \"a\": 1 }"))
        #expect(layout.differences.map(\.place) == ["line 1"])
        let lines = try Comparison(text("a.txt", "one\ntwo\n"), text("b.txt", "one\n2\nthree\n"))
        #expect(
            lines.differences.map { "\($0.place) \($0.first) \($0.second)" } == ["line 2 two 2", "line 3 absent three"])
        let bytes = try Comparison(write("a.bin", [0, 1, 2, 3]), write("b.bin", [0, 1, 9]))
        #expect(bytes.differences.map { "\($0.place): \($0.first), \($0.second)" } == ["byte 2: 02 03, 09"])
        let cut = try Comparison(write("c.bin", [0, 1]), write("d.bin", [0, 1, 9]))
        #expect(cut.differences.first?.first == "ends after 2 bytes")
    }

    @Test func `HDF5 is compared by what it reads as`() throws {
        func place(_ name: String) throws -> [String] {
            try Comparison(Fixtures.path("robomimic.hdf5"), Fixtures.path(name)).differences.map(\.place)
        }
        #expect(try place("nan_actions.hdf5") == ["/data/demo_1/actions [5, 1]"])
        #expect(try place("missing_camera.hdf5") == ["/data/demo_3/obs/camera"])
        #expect(try place("stated_length.hdf5") == ["/data/demo_0@num_samples"])
        #expect(
            try place("mask_stranger.hdf5") == ["/mask/valid"] || place("mask_stranger.hdf5") == ["/mask/valid [1]"])
        let packed = folder.path + "/packed.hdf5"
        let loose = folder.path + "/loose.hdf5"
        for (path, storage) in [(packed, HDF5Storage.deflated(chunkShape: [4])), (loose, .contiguous)] {
            let file = try HDF5FileWriter(creating: path)
            try file.root.write("x", [1, 2, 3, 4, 5] as [Float], shape: [5], storage: storage)
            try file.flush()
        }
        #expect(try Comparison(packed, loose).differences.map(\.place) == ["how it is stored"])
    }

    @Test func `folders name what only one has, tensors first and manifests last`() throws {
        for side in ["a", "b"] {
            _ = try text(side + "/manifest.json", #"{"side": "\#(side)"}"#)
            _ = try text(side + "/notes.txt", side)
            var bytes = try weights()
            if side == "b" { bytes[bytes.count - 1] ^= 1 }
            _ = try write(side + "/weights.safetensors", bytes)
        }
        _ = try text("b/only.txt", "x")
        let comparison = try Comparison(folder.path + "/a", folder.path + "/b")
        #expect(
            comparison.differences.map(\.file) == ["weights.safetensors", "notes.txt", "only.txt", "manifest.json"])
        #expect(comparison.differences[2].first == "absent" && comparison.differences[2].second == "1 bytes")
        #expect(throws: InspectionError.self) { try Comparison(folder.path + "/a", folder.path + "/none") }
    }

    @Test func `long lists are cut and said to be`() throws {
        let many = (0..<100).map { "line \($0)" }
        let comparison = try Comparison(
            text("a.txt", many.joined(separator: "\n")), text("b.txt", many.map { $0 + "!" }.joined(separator: "\n")))
        #expect(comparison.differences.count == 20 && comparison.shortened == [""])
    }
}
