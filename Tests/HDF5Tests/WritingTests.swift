import Foundation
import HDF5
import TestSupport
import Testing

@Suite("Writing HDF5")
struct WritingTests {
    let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private static let pixels = (0..<20 * 6).map { UInt8(truncatingIfNeeded: $0 / 7) }

    private func write(_ name: String) throws -> String {
        let path = folder.path + "/" + name
        let file = try HDF5FileWriter(creating: path)
        let group = try file.root.createGroup("data").createGroup("demo_0")
        try group.attributes.set("num_samples", 20)
        try group.attributes.set("rate", 0.1)
        try group.attributes.set("ep_meta", "{\"lang\": \"schiebe nach links — 推\"}")
        try group.attributes.set("model", String(repeating: "x", count: 200_000))
        try group.write("pixels", Self.pixels, shape: [20, 2, 3], storage: .deflated(chunkShape: [8, 2, 3]))
        try group.write("actions", [1.5, -2.5, .nan, 4] as [Float], shape: [2, 2])
        try group.write("counts", [1, 2, 3] as [Int64], shape: [3])
        try group.write("none", [] as [Float], shape: [0, 3])
        try file.root.createGroup("mask").write("train", strings: ["demo_0", "demo_12"])
        try file.flush()
        return path
    }

    @Test func `what was written reads back`() throws {
        let path = try write("a.hdf5")
        let file = try HDF5File(reading: path)
        let group = try file.root.group("data/demo_0")
        #expect(group.attributes.integer("num_samples") == 20)
        #expect(group.attributes["rate"] == .floats([0.1]))
        #expect(group.attributes.string("ep_meta") == "{\"lang\": \"schiebe nach links — 推\"}")
        #expect(group.attributes.string("model")?.utf8.count == 200_000)
        #expect(try group.dataset("pixels").read(UInt8.self) == Self.pixels)
        #expect(try group.dataset("pixels").read(UInt8.self, rows: 5..<13) == Array(Self.pixels[30..<78]))
        #expect(try group.dataset("counts").read(Int64.self) == [1, 2, 3])
        #expect(try group.dataset("actions").read(Float.self)[2].isNaN)
        #expect(try group.dataset("none").shape == [0, 3])
        #expect(try file.root.dataset("mask/train").readStrings() == ["demo_0", "demo_12"])
    }

    @Test func `equal contents are equal bytes`() throws {
        let first = try Data(contentsOf: URL(fileURLWithPath: write("a.hdf5")))
        // Times with a resolution of a second would show.
        Thread.sleep(forTimeInterval: 1.1)
        let second = try Data(contentsOf: URL(fileURLWithPath: write("b.hdf5")))
        #expect(first == second)
    }

    @Test func `chunks are copied as they are stored`() throws {
        let source = try HDF5File(reading: Fixtures.path("types.hdf5")).root.group("storage")
        let path = folder.path + "/copy.hdf5"
        let file = try HDF5FileWriter(creating: path)
        for name in ["gzip", "growing", "holes", "split"] {
            try file.root.copy(source.dataset(name), as: name, converting: UInt8.self)
        }
        try file.flush()
        let copy = try HDF5File(reading: path).root
        for name in ["gzip", "growing", "holes", "split"] {
            #expect(try copy.dataset(name).read(UInt8.self) == source.dataset(name).read(UInt8.self), "\(name)")
        }
        #expect(try copy.dataset("gzip").storedBytes == source.dataset("gzip").storedBytes)
    }

    @Test func `a folder that is not there cannot be written into`() {
        let error = #expect(throws: HDF5Error.self) { try HDF5FileWriter(creating: "/nowhere/at/all.hdf5") }
        #expect(error?.exitCode == 73)
    }

    @Test(.enabled(if: PeerPython.has("h5py", "numpy"), "needs a Python with h5py"))
    func `h5py reads what we write`() throws {
        let path = try write("a.hdf5")
        let script = """
            import sys, h5py, json, numpy as np
            with h5py.File(sys.argv[1]) as f:
                g = f["data/demo_0"]
                assert g.attrs["num_samples"] == 20
                assert json.loads(g.attrs["ep_meta"])["lang"] == "schiebe nach links — 推"
                assert len(g.attrs["model"]) == 200000
                p = g["pixels"]
                assert p.shape == (20, 2, 3) and p.dtype == np.uint8 and p.compression == "gzip" and p.chunks == (8, 2, 3)
                assert (p[()].ravel() == np.arange(120) // 7).all()
                assert g["actions"].dtype == np.float32 and g["actions"][0, 0] == 1.5
                assert [x.decode() for x in f["mask/train"]] == ["demo_0", "demo_12"]
            """
        #expect(try PeerPython.run(script, [path]).status == 0)
    }
}
