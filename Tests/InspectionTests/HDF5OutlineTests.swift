import Foundation
import HDF5
import Inspection
import TestSupport
import Testing

@Suite("The tree of an HDF5 file")
struct HDF5OutlineTests {
    /// Every dataset and group that h5py lists, with shape and type, as JSON.
    private static let listing = """
        import h5py, json, sys
        found = {}
        with h5py.File(sys.argv[1]) as file:
            def visit(name, item):
                found[name] = list(item.shape) if isinstance(item, h5py.Dataset) else None
            file.visititems(visit)
        print(json.dumps(found))
        """

    /// Paths of an unfolded tree with the shapes of datasets, `nil` for groups.
    private func paths(_ node: HDF5Outline, _ prefix: String = "") -> [String: [Int]?] {
        var found: [String: [Int]?] = [:]
        for child in node.children {
            let path = prefix + child.name
            found.updateValue(child.kind == .dataset ? child.shape : nil, forKey: path)
            found.merge(paths(child, path + "/")) { first, _ in first }
        }
        return found
    }

    @Test(
        "every object that h5py lists is in it, with its shape", .enabled(if: PeerPython.has("h5py")),
        arguments: [
            "robomimic.hdf5", "types.hdf5", "ragged.hdf5", "empty_episode.hdf5", "missing_camera.hdf5",
            "camera_width.hdf5", "string_actions.hdf5",
        ])
    func complete(name: String) throws {
        let peer = try PeerPython.run(Self.listing, [Fixtures.path(name)])
        try #require(peer.status == 0)
        let listed = try JSONDecoder().decode([String: [Int]?].self, from: Data(peer.output.utf8))
        let tree = try HDF5Outline.read(HDF5File(reading: Fixtures.path(name)), folding: false)
        #expect(paths(tree) == listed)
    }

    @Test("folding loses no object: every shape lies within the ranges of its line")
    func foldingCovers() throws {
        let file = try HDF5File(reading: Fixtures.path("robomimic.hdf5"))
        let whole = HDF5Outline.read(file, folding: false)
        let folded = HDF5Outline.read(file)
        func check(_ node: HDF5Outline, within lines: [HDF5Outline], _ path: String) {
            let fits = lines.filter { line in
                line.kind == node.kind && line.shape.count == node.shape.count
                    && zip(node.shape.indices, node.shape).allSatisfy {
                        line.shape[$0] <= $1 && $1 <= line.largestShape[$0]
                    } && (line.name == node.name || line.isFolded)
            }
            #expect(!fits.isEmpty, "\(path)")
            for child in node.children { check(child, within: fits.flatMap(\.children), path + "/" + child.name) }
        }
        for child in whole.children { check(child, within: folded.children, "/" + child.name) }
        #expect(folded.storedBytes == whole.storedBytes)
        #expect(folded.rawBytes == whole.rawBytes)
    }

    /// A file of our own writer with `count` episodes, of which number `odd` lacks a dataset.
    private func write(_ count: Int, odd: Int?, in directory: TemporaryDirectory) throws -> String {
        let path = directory.path + "/made.hdf5"
        let file = try HDF5FileWriter(creating: path)
        let data = try file.root.createGroup("data")
        for number in 0..<count {
            let group = try data.createGroup("demo_\(number)")
            try group.attributes.set("num_samples", number + 3)
            try group.write("actions", [Float](repeating: 0, count: 2 * (number + 3)), shape: [number + 3, 2])
            if number != odd { try group.write("states", [Float](repeating: 1, count: 4), shape: [2, 2]) }
        }
        try file.flush()
        return path
    }

    @Test("siblings that are alike stand in one line with ranges of shapes and attributes")
    func folded() throws {
        let directory = try TemporaryDirectory()
        let tree = try HDF5Outline.read(HDF5File(reading: write(12, odd: nil, in: directory)))
        let data = try #require(tree.children.first)
        let demos = try #require(data.children.first)
        #expect(data.children.count == 1)
        #expect(demos.name == "demo_0" && demos.lastName == "demo_11" && demos.siblings == 12)
        #expect(demos.children.map(\.name) == ["actions", "states"])
        #expect(demos.children[0].shape == [3, 2] && demos.children[0].largestShape == [14, 2])
        #expect(demos.attributes.map(\.least) == [3] && demos.attributes.map(\.greatest) == [14])
        #expect(demos.attributes[0].distinctValues == 12)
    }

    @Test("a sibling that differs has a line of its own")
    func stranger() throws {
        let directory = try TemporaryDirectory()
        let tree = try HDF5Outline.read(HDF5File(reading: write(12, odd: 7, in: directory)))
        let lines = try #require(tree.children.first).children
        #expect(lines.map(\.name) == ["demo_0", "demo_7"])
        #expect(lines.map(\.siblings) == [11, 1])
        #expect(lines[1].children.map(\.name) == ["actions"])
    }

    @Test("links that run in a circle, lead nowhere or twice to one group end", .enabled(if: PeerPython.has("h5py")))
    func links() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/links.hdf5"
        let script = """
            import h5py, sys
            with h5py.File(sys.argv[1], "w") as file:
                group = file.create_group("a/b")
                group["up"] = file["a"]
                group["root"] = h5py.SoftLink("/")
                group["nowhere"] = h5py.SoftLink("/missing")
                file["twin"] = group
                file["a/x"] = [1.0, 2.0]
            """
        try #require(try PeerPython.run(script, [path]).status == 0)
        let tree = try HDF5Outline.read(HDF5File(reading: path))
        let b = try #require(tree.children.first { $0.name == "a" }?.children.first { $0.name == "b" })
        #expect(b.children.map(\.name) == ["nowhere", "root", "up"])
        #expect(b.children.allSatisfy { $0.kind == .other && $0.remark != nil })
        #expect(tree.children.contains { $0.name == "twin" && $0.kind == .group })
    }

    @Test("names that share nothing are folded when there are many of one structure")
    func hashes() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/hashes.hdf5"
        let file = try HDF5FileWriter(creating: path)
        for number in 0..<40 {
            let letters = String(
                "\(number * 7919)".map { Character(UnicodeScalar(UInt8(97 + ($0.wholeNumberValue ?? 0)))) })
            try file.root.write("x" + letters, [Float(number)], shape: [1])
        }
        try file.flush()
        let tree = try HDF5Outline.read(HDF5File(reading: path))
        #expect(tree.children.map(\.siblings) == [40])
    }
}
