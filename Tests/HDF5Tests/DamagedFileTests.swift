import Foundation
import HDF5
import TestSupport
import Testing

@Suite("Damaged HDF5 files")
struct DamagedFileTests {
    let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func write(_ bytes: [UInt8], _ name: String = "damaged.hdf5") throws -> String {
        let path = folder.path + "/" + name
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    private func message(_ bytes: [UInt8]) throws -> String {
        let path = try write(bytes)
        let error = #expect(throws: HDF5Error.self) { try HDF5File(reading: path) }
        #expect(error?.exitCode == 65)
        #expect(error?.description.contains(path) == true)
        return error?.description ?? ""
    }

    @Test func `what is no HDF5 file is named for what it is`() throws {
        #expect(try message([]).contains("an empty file"))
        #expect(try message([UInt8](repeating: 0, count: 4096)).contains("begin with zeros"))
        #expect(try message(Array("version https://git-lfs.github.com/spec/v1\noid".utf8)).contains("git lfs pull"))
        #expect(try message(Array("hello there\nmore".utf8)).contains("text that begins with 'hello there'"))
        #expect(try message([0x1F, 0x8B, 8, 0, 0]).contains("gzip"))
        let good = try [UInt8](Data(contentsOf: URL(fileURLWithPath: Fixtures.path("robomimic.hdf5"))))
        #expect(try message(Array(good.prefix(4))).contains("cut short"))
        #expect(try message(Array(good.prefix(good.count / 2))).contains("cut short"))
    }

    @Test func `a missing file and a folder are told apart`() throws {
        let missing = #expect(throws: HDF5Error.self) { try HDF5File(reading: folder.path + "/none.hdf5") }
        #expect(missing?.exitCode == 66)
        let isFolder = #expect(throws: HDF5Error.self) { try HDF5File(reading: folder.path) }
        #expect(isFolder?.description.contains("found a folder") == true)
    }

    /// Walks everything that can be read.
    private func readEverything(_ path: String) throws {
        var seen: Set<HDF5Identity> = []
        func walk(_ group: HDF5Group) throws {
            guard seen.insert(group.identity).inserted else { return }
            for name in group.names {
                switch group.kind(of: name) {
                case .group: try walk(group.group(name))
                case .dataset:
                    let dataset = try group.dataset(name)
                    switch dataset.element {
                    case .fixedString, .variableString: _ = try dataset.readStrings()
                    case .other: continue
                    case .integer(1, false):
                        _ = try dataset.read(UInt8.self)
                        _ = try dataset.read(Double.self)
                    case .integer, .float, .boolean: _ = try dataset.read(Double.self)
                    }
                case .other, nil: continue
                }
            }
        }
        try walk(HDF5File(reading: path).root)
    }

    @Test(
        "random damage gives an error or data, never a crash",
        arguments: ["robomimic.hdf5", "types.hdf5", "unusual.hdf5"])
    func randomDamage(name: String) throws {
        let good = try [UInt8](Data(contentsOf: URL(fileURLWithPath: Fixtures.path(name))))
        try readEverything(Fixtures.path(name))
        var random = SplitMix(state: 17)
        var errors = 0
        let trials = ProcessInfo.processInfo.environment["ORCHESTRATE_DAMAGE_TRIALS"].flatMap { Int($0) } ?? 200
        for trial in 0..<trials {
            var bytes = good
            switch trial % 5 {
            case 0: bytes = Array(bytes.prefix(Int(random.next() % UInt64(bytes.count))))
            case 1: bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
            case 2:
                for _ in 0..<8 {
                    bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
                }
            case 3:
                // The structure stands near the front.
                for _ in 0..<4 { bytes[Int(random.next() % 3000)] = UInt8(truncatingIfNeeded: random.next()) }
            default:
                let start = Int(random.next() % UInt64(bytes.count - 64))
                for offset in 0..<64 { bytes[start + offset] = 0 }
            }
            let path = try write(bytes, "trial-\(trial).hdf5")
            do {
                try readEverything(path)
            } catch let error as HDF5Error {
                #expect(error.exitCode == 65, "\(error)")
                errors += 1
            }
            try FileManager.default.removeItem(atPath: path)
        }
        #expect(errors > trials / 5)
    }
}
