import Foundation
import HDF5
import TestSupport
import Testing

@Suite("Reading HDF5")
struct ReadingTests {
    private func group(_ name: String) throws -> HDF5Group {
        try HDF5File(reading: Fixtures.path("types.hdf5")).root.group(name)
    }

    @Test(
        "every number type reads as every number type",
        arguments: ["i1", "u1", "i2", "u2", "i4", "i8", "f4", "f8", "big_f8", "big_i4"])
    func numbers(name: String) throws {
        let dataset = try group("numbers").dataset(name)
        #expect(dataset.shape == [3, 2])
        #expect(dataset.element.isNumeric)
        #expect(try dataset.read(UInt8.self) == [0, 1, 2, 3, 4, 5])
        #expect(try dataset.read(Int32.self) == [0, 1, 2, 3, 4, 5])
        #expect(try dataset.read(Int64.self, rows: 1..<3) == [2, 3, 4, 5])
        #expect(try dataset.read(Float.self, rows: 2..<3) == [4, 5])
        #expect(try dataset.read(Double.self) == [0, 1, 2, 3, 4, 5])
    }

    @Test func `types are told apart`() throws {
        let numbers = try group("numbers")
        #expect(try numbers.dataset("u1").element == .integer(bytes: 1, signed: false))
        #expect(try numbers.dataset("i8").element == .integer(bytes: 8, signed: true))
        #expect(try numbers.dataset("f4").element == .float(bytes: 4))
        #expect(try numbers.dataset("bool").element == .boolean)
        #expect(try numbers.dataset("bool").read(UInt8.self) == [1, 0, 1])
        #expect(try numbers.dataset("scalar").read(Float.self) == [2.5])
        #expect(try numbers.dataset("none").read(Float.self).isEmpty)
        #expect(try numbers.dataset("half").read(Float.self) == [0.5, 1.5])
    }

    @Test(
        "rows of every storage are the same",
        arguments: ["contiguous", "gzip", "split", "shuffled", "checked"])
    func storage(name: String) throws {
        let dataset = try group("storage").dataset(name)
        let all = (0..<300).map { UInt8(truncatingIfNeeded: $0) }
        #expect(try dataset.read(UInt8.self) == all)
        for rows in [0..<1, 0..<8, 3..<5, 7..<17, 8..<16, 40..<50, 49..<50, 12..<12] {
            let expected = Array(all[rows.lowerBound * 6..<rows.upperBound * 6])
            #expect(try dataset.read(UInt8.self, rows: rows) == expected, "\(name) rows \(rows)")
        }
    }

    @Test func `a last chunk longer than the data reads`() throws {
        let dataset = try group("storage").dataset("growing")
        #expect(try dataset.read(UInt8.self) == (0..<30).map { UInt8($0) })
    }

    @Test func `chunks that were never written read as fill values`() throws {
        let dataset = try group("storage").dataset("holes")
        let values = try dataset.read(UInt8.self)
        #expect(values[0..<96].allSatisfy { $0 == 7 })
        #expect(Array(values[96..<144]) == (96..<144).map { UInt8($0) })
        #expect(values[144...].allSatisfy { $0 == 7 })
    }

    @Test func `storage is described`() throws {
        let storage = try group("storage")
        #expect(try storage.dataset("gzip").chunkShape == [8, 2, 3])
        #expect(try storage.dataset("gzip").filters == ["deflate"])
        #expect(try storage.dataset("shuffled").filters == ["shuffle", "deflate"])
        #expect(try storage.dataset("contiguous").chunkShape == nil)
        #expect(storage.names == ["checked", "contiguous", "growing", "gzip", "holes", "shuffled", "split"])
    }

    @Test func `strings of both kinds read`() throws {
        let text = try group("text")
        #expect(try text.dataset("fixed").readStrings() == ["demo_0", "demo_10", "x"])
        #expect(try text.dataset("variable").readStrings() == ["push left", "", "Zürich 推"])
        #expect(throws: HDF5Error.self) { try text.dataset("fixed").read(Float.self) }
        #expect(throws: HDF5Error.self) { try group("numbers").dataset("f8").readStrings() }
    }

    @Test func `attributes of all kinds read`() throws {
        let attributes = try group("attributes").attributes
        #expect(attributes["integer"] == .integers([42]))
        #expect(attributes["float"] == .floats([0.25]))
        #expect(attributes["text"] == .strings(["Größe"]))
        #expect(attributes["bytes"] == .strings(["plain"]))
        #expect(attributes["list"] == .integers([1, 2, 3]))
        #expect(attributes["names"] == .strings(["a", "bc"]))
        #expect(attributes["truth"] == .integers([1]))
        #expect(attributes["absent"] == nil)
        #expect(attributes.integer("integer") == 42)
        #expect(attributes.string("integer") == nil)
    }

    @Test func `a missing object names what is near`() throws {
        let numbers = try group("numbers")
        let error = #expect(throws: HDF5Error.self) { try numbers.dataset("scalr") }
        #expect(error?.description.contains("did you mean 'scalar'?") == true)
        #expect(error?.object == "/numbers/scalr")
        #expect(error?.exitCode == 65)
        let group = #expect(throws: HDF5Error.self) { try numbers.group("f8") }
        #expect(group?.description.contains("expected a group, found a dataset") == true)
    }

    @Test func `numbers in names sort as numbers`() {
        let sorted = ["demo_10", "demo_2", "b", "demo_1", "demo_02", "a10b2", "a10b10"].sorted(
            by: NaturalOrder.precedes)
        #expect(sorted == ["a10b2", "a10b10", "b", "demo_1", "demo_02", "demo_2", "demo_10"])
    }
}
