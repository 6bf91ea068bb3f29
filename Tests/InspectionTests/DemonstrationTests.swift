import Episodes
import Foundation
import HDF5
import Inspection
import Pictures
import TestSupport
import Testing

@Suite("Inspecting demonstrations")
struct DemonstrationTests {
    private func inspect(_ name: String, ranges: Bool = true) throws -> HDF5Inspection {
        let thing = try Inspector.inspect(
            InspectedPlace(Fixtures.path(name)), options: InspectionOptions(readsRanges: ranges))
        return try #require(thing as? HDF5Inspection)
    }

    @Test("counts, lengths, masks, instructions and streams are told")
    func summary() throws {
        let summary = try #require(try inspect("robomimic.hdf5").demonstrations).summary
        #expect(summary.episodes == 7)
        #expect(summary.steps == 67)
        #expect(summary.lengths?.least == 6 && summary.lengths?.median == 9 && summary.lengths?.greatest == 15)
        #expect(summary.lengths?.histogram.reduce(0) { $0 + $1.episodes } == 7)
        #expect(summary.filterKeys.map(\.name) == ["fail", "success", "test", "train", "valid"])
        #expect(summary.filterKeys.map(\.episodes) == [4, 3, 1, 4, 2])
        #expect(summary.instructions.map(\.name) == ["push the block right", "push the block left"])
        #expect(summary.instructions.map(\.episodes) == [4, 3])
        #expect(summary.cameras.map(\.name) == ["camera"])
        #expect(summary.actionWidth == 2)
    }

    @Test("ranges are those that numpy computes", .enabled(if: PeerPython.has("h5py", "numpy")))
    func ranges() throws {
        let script = """
            import h5py, json, numpy, sys
            with h5py.File(sys.argv[1]) as file:
                rows = numpy.concatenate([file["data"][name]["actions"][()].astype("f8") for name in file["data"]])
            print(json.dumps([rows.min(0).tolist(), rows.max(0).tolist(), rows.mean(0).tolist()]))
            """
        let peer = try PeerPython.run(script, [Fixtures.path("robomimic.hdf5")])
        let expected = try JSONDecoder().decode([[Double]].self, from: Data(peer.output.utf8))
        let file = try #require(try inspect("robomimic.hdf5").demonstrations)
        let actions = try #require(file.ranges.first { $0.stream == "actions" })
        #expect(actions.dimensions.compactMap(\.least) == expected[0])
        #expect(actions.dimensions.compactMap(\.greatest) == expected[1])
        for (found, mean) in zip(actions.dimensions.compactMap(\.mean), expected[2]) {
            #expect(abs(found - mean) < 1e-9)
        }
        // One width throughout is told by dimension, a changing one as a whole.
        #expect(file.ranges.first { $0.stream == "obs/balls" }?.dimensions.isEmpty == true)
        #expect(try inspect("robomimic.hdf5", ranges: false).demonstrations?.ranges.isEmpty == true)
    }

    @Test("what is not finite is counted and stays out of the range")
    func notFinite() throws {
        let file = try #require(try inspect("nan_actions.hdf5").demonstrations)
        let actions = try #require(file.ranges.first { $0.stream == "actions" })
        #expect(actions.whole.notFinite > 0)
        #expect(try #require(actions.whole.least).isFinite && #require(actions.whole.mean).isFinite)
    }

    @Test(
        "damage is told by episode",
        arguments: [
            ("ragged.hdf5", "ragged"), ("stated_length.hdf5", "ragged"), ("empty_episode.hdf5", "empty"),
            ("missing_camera.hdf5", "missingStream"), ("camera_width.hdf5", "ragged"),
        ])
    func damage(name: String, reason: String) throws {
        let file = try #require(try inspect(name).demonstrations)
        #expect(file.damaged.map(\.reason) == [reason])
        #expect(file.damaged[0].detail.contains("expected"))
        #expect(file.lines(containing: "damaged episodes: 1 (1 \(reason))"))
    }

    @Test(
        "a file that fits no layout, or is too damaged for it, shows its tree and why",
        arguments: [("types.hdf5", "no layout"), ("bad_meta.hdf5", "refuses"), ("mask_stranger.hdf5", "refuses")])
    func noLayout(name: String, words: String) throws {
        let thing = try inspect(name)
        #expect(thing.demonstrations == nil)
        #expect(thing.noLayout?.contains("expected") == true)
        #expect(!thing.tree.children.isEmpty)
        #expect(thing.lines.contains { $0.contains(words) })
    }

    @Test("a file cut at any length, or with bytes overwritten, is described or refused, never a crash")
    func damagedFiles() throws {
        let directory = try TemporaryDirectory()
        let good = try Data(contentsOf: URL(fileURLWithPath: Fixtures.path("robomimic.hdf5")))
        var refused = 0
        for trial in 0..<24 {
            var bytes = good
            if trial < 8 {
                bytes = bytes.prefix(good.count * trial / 8)
            } else {
                for flip in 0..<6 { bytes[(trial * 7919 + flip * 104_729) % bytes.count] ^= UInt8(1 + flip * 40) }
            }
            let path = directory.path + "/\(trial).hdf5"
            try bytes.write(to: URL(fileURLWithPath: path))
            do {
                let thing = try Inspector.inspect(InspectedPlace(path))
                #expect(!thing.lines.isEmpty)
                _ = try? thing.contactSheet(of: InspectedPlace(path))
            } catch let error as HDF5Error {
                #expect(error.exitCode == 65)
                refused += 1
            }
        }
        #expect(refused >= 8)
    }

    @Test("what is missing has exit code 66, what is no HDF5 file 65")
    func refusals() throws {
        let directory = try TemporaryDirectory()
        let missing = #expect(throws: InspectionError.self) { try InspectedPlace(directory.path + "/none.hdf5") }
        #expect(missing?.exitCode == 66)
        let path = directory.path + "/text.hdf5"
        try Data("hello".utf8).write(to: URL(fileURLWithPath: path))
        let text = #expect(throws: HDF5Error.self) { try Inspector.inspect(InspectedPlace(path)) }
        #expect(text?.exitCode == 65)
        #expect(text?.message.contains("hello") == true)
    }

    @Test("the contact sheet has a row of evenly spaced frames for each of some episodes")
    func contactSheet() throws {
        let place = try InspectedPlace(Fixtures.path("robomimic.hdf5"))
        let thing = try Inspector.inspect(place, options: InspectionOptions(readsRanges: false))
        let sheet = try #require(try thing.contactSheet(of: place))
        #expect(sheet.rows.count == 6)
        #expect(sheet.rows.map(\.count) == [8, 8, 7, 8, 8, 6])
        #expect(sheet.headings[0] == "demo_0 camera: push the block right")
        #expect(sheet.rows[0].map(\.caption).first == "step 0")
        #expect(sheet.rows[0].map(\.caption).last == "step 8")
        // Frames of 12 pixels are shown eightfold.
        #expect(sheet.scale == 8)
        let decoded = try PNG.decode(PNG.encode(sheet.image()))
        #expect(decoded.width == 6 + 8 * (96 + 6))
        #expect(decoded.height == 6 + 6 * (12 + 96 + 11 + 6))
        // The first frame is where it belongs.
        let file = try HDF5File(reading: place.path)
        let pixels = try file.root.dataset("data/demo_0/obs/camera").read(UInt8.self, rows: 0..<1)
        #expect([decoded[6 + 4, 18 + 4].red, decoded[6 + 4, 18 + 4].green] == [pixels[0], pixels[1]])
    }
}

extension DemonstrationFile {
    /// Whether the text form has a line with `text`.
    fileprivate func lines(containing text: String) -> Bool { lines.contains { $0.contains(text) } }
}
