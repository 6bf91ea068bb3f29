import Foundation
import HDF5
import TestSupport
import Testing

@Suite("Unusual HDF5 files")
struct UnusualFileTests {
    let root: HDF5Group

    init() throws { root = try HDF5File(reading: Fixtures.path("unusual.hdf5")).root }

    private static let rows = (0..<40).map { Int32($0) }

    @Test(
        "whatever holds the numbers, they are the same",
        arguments: ["scaled", "checked_first", "compact", "virtual", "soft", "again", "around/back/compact"])
    func storage(name: String) throws {
        let dataset = try root.dataset(name)
        #expect(dataset.shape == [20, 2])
        #expect(try dataset.read(Int32.self) == Self.rows)
        #expect(try dataset.read(Float.self) == Self.rows.map { Float($0) })
        for rows in [0..<1, 3..<9, 6..<14, 19..<20, 5..<5] {
            let expected = Array(Self.rows[2 * rows.lowerBound..<2 * rows.upperBound])
            #expect(try dataset.read(Int32.self, rows: rows) == expected, "\(name) rows \(rows)")
        }
    }

    @Test func `files from us are read without a child, with the same result`() throws {
        let ours = try HDF5File(reading: Fixtures.path("unusual.hdf5"), from: .ourselves).root
        for name in ["scaled", "compact", "virtual", "checked_first"] {
            #expect(try ours.dataset(name).read(Int32.self) == Self.rows, "\(name)")
        }
        let filters = try HDF5File(reading: Fixtures.path("filters.hdf5"), from: .ourselves).root
        #expect(throws: HDF5Error.self) { try filters.dataset("zstd").read(Int32.self) }
        // An error leaves the library as it was.
        #expect(try ours.dataset("scaled").read(Int32.self, rows: 3..<5) == Array(Self.rows[6..<10]))
    }

    @Test func `LZF is read here, shuffled, in parts and where a chunk skipped it`() throws {
        let filters = try HDF5File(reading: Fixtures.path("filters.hdf5")).root
        for dataset in [try root.dataset("lzf"), try filters.dataset("lzf_shuffled")] {
            #expect(dataset.filters.last == "lzf")
            #expect(try dataset.read(Int32.self) == Self.rows)
            #expect(try dataset.read(Int32.self, rows: 5..<16) == Array(Self.rows[10..<32]))
        }
        #expect(
            try filters.dataset("lzf_noise").read(Int32.self) == filters.dataset("noise").read(Int32.self))
    }

    @Test("a filter that is not installed is named with its remedy", arguments: ["zstd", "nobody"])
    func missingFilter(name: String) throws {
        let dataset = try HDF5File(reading: Fixtures.path("filters.hdf5")).root.dataset(name)
        #expect(dataset.filters == [name == "zstd" ? "zstd" : "filter-31999"])
        let error = #expect(throws: HDF5Error.self) { try dataset.read(Int32.self) }
        #expect(error?.exitCode == 65)
        #expect(error?.object == "/\(name)")
        #expect(
            error?.description.contains(dataset.filters[0]) == true, "\(error.map(String.init(describing:)) ?? "")")
        #expect(error?.description.contains("h5repack") == true)
        #expect(error?.description.contains("HDF5_PLUGIN_PATH") == true)
    }

    @Test func `numbers of unusual width, of nothing and of what was never written`() throws {
        #expect(try root.dataset("twelve_bits").read(Int16.self) == [-2048, -1, 0, 5, 2047])
        #expect(try root.dataset("never").read(Float.self) == [Float](repeating: 2.5, count: 12))
        #expect(try root.dataset("never").read(Double.self, rows: 1..<2) == [2.5, 2.5, 2.5])
        #expect(try root.dataset("no_elements").read(Float.self).isEmpty)
        #expect(try root.dataset("compact_text").readStrings() == ["left", "right"])
    }

    @Test func `links lead out of the file, in circles and nowhere`() throws {
        #expect(try root.dataset("other_file").read(Int64.self) == [0, 1, 2, 3, 4, 5])
        #expect(root.kind(of: "nowhere") == .other)
        #expect(root.kind(of: "absent") == nil)
        #expect(throws: HDF5Error.self) { try root.dataset("nowhere") }
        #expect(try root.group("around/back").identity == root.identity)
        #expect(try root.group("around").identity != root.identity)
    }

    @Test func `what stands behind a user block is read`() throws {
        let root = try HDF5File(reading: Fixtures.path("user_block.hdf5")).root
        #expect(try root.dataset("values").read(Int32.self) == Self.rows)
        #expect(try root.dataset("chunked").read(Int32.self, rows: 7..<9) == [14, 15, 16, 17])
    }

    @Test(
        "numbers become the nearest of every type",
        arguments: ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8"])
    func conversions(name: String) throws {
        let root = try HDF5File(reading: Fixtures.path("conversions.hdf5")).root
        for prefix in ["", "big_"] {
            let group = try root.group(prefix + name)
            let stored = try group.dataset("stored")
            #expect(try stored.read(UInt8.self) == group.dataset("u1").read(UInt8.self))
            #expect(try stored.read(Int8.self) == group.dataset("i1").read(Int8.self))
            #expect(try stored.read(UInt16.self) == group.dataset("u2").read(UInt16.self))
            #expect(try stored.read(Int16.self) == group.dataset("i2").read(Int16.self))
            #expect(try stored.read(Int32.self) == group.dataset("i4").read(Int32.self))
            #expect(try stored.read(Int64.self) == group.dataset("i8").read(Int64.self))
            let (singles, doubles) = try (group.dataset("f4"), group.dataset("f8"))
            #expect(try stored.read(Float.self).map(\.bitPattern) == singles.read(Float.self).map(\.bitPattern))
            #expect(try stored.read(Double.self).map(\.bitPattern) == doubles.read(Double.self).map(\.bitPattern))
        }
    }

    @Test func `a file that changes is read anew`() throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/changing.hdf5"
        for length in [3, 5] {
            let file = try HDF5FileWriter(creating: path)
            try file.root.write("values", [Float](repeating: Float(length), count: length), shape: [length])
            try file.flush()
            withExtendedLifetime(file) {}
            #expect(try HDF5File(reading: path).root.dataset("values").shape == [length])
        }
    }

    @Test func `more chunks than are looked up at once are read`() throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/many.hdf5"
        let bytes = (0..<5000).map { UInt8(truncatingIfNeeded: $0) }
        do {
            let file = try HDF5FileWriter(creating: path)
            try file.root.write("bytes", bytes, shape: [5000], storage: .deflated(chunkShape: [1]))
            try file.flush()
        }
        let dataset = try HDF5File(reading: path).root.dataset("bytes")
        #expect(try dataset.read(UInt8.self) == bytes)
        #expect(try dataset.read(Float.self, rows: 4094..<4097) == [254, 255, 0])
    }

    @Test func `many threads read one file`() async throws {
        let datasets = try ["scaled", "compact", "checked_first", "virtual"].map { try root.dataset($0) }
        try await withThrowingTaskGroup(of: [Int32].self) { group in
            for turn in 0..<24 { group.addTask { try datasets[turn % datasets.count].read(Int32.self) } }
            for try await values in group { #expect(values == Self.rows) }
        }
    }
}
