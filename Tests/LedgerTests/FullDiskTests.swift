import Determinism
import DurableFiles
import Foundation
import Ledger
import TestSupport
import Testing
import WorkGraph

/// A file system of a few hundred kilobytes, where the user may mount one.
final class TinyDisk: Sendable {
    let folder: TemporaryDirectory

    static func command(_ arguments: [String]) -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return -1 }
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// `nil` (and the test is skipped) unless this user may mount.
    init?(kibibytes: Int) {
        guard let folder = try? TemporaryDirectory() else { return nil }
        self.folder = folder
        guard Self.command(["mount", "-t", "tmpfs", "-o", "size=\(kibibytes)k", "tmpfs", folder.path]) == 0 else {
            return nil
        }
    }

    func grow(kibibytes: Int) -> Bool { Self.command(["mount", "-o", "remount,size=\(kibibytes)k", folder.path]) == 0 }

    deinit { _ = Self.command(["umount", folder.path]) }

    static let isAvailable = TinyDisk(kibibytes: 64) != nil
}

@Suite("A full disk", .serialized, .enabled(if: TinyDisk.isAvailable, "mounting a small file system needs root"))
struct FullDiskTests {
    @Test func `a folder commit on a full disk ends with 74, leaves nothing half, and succeeds when there is room`()
        throws
    {
        let disk = try #require(TinyDisk(kibibytes: 256))
        let store = try ArtifactStore(disk.folder.path + "/store")
        let unit = Sample.unit(1)
        func attempt() throws {
            let staging = try store.staging(for: unit.key, attempt: 1, fence: 1)
            try DurableFiles.writeFile([UInt8](repeating: 1, count: 400_000), to: staging.outputs + "/out")
            _ = try store.commit(unit, inputs: [:], staging: staging)
        }
        let failure = #expect(throws: DurableFilesError.self) { try attempt() }
        #expect(failure?.isOutOfSpace == true && failure?.exitCode == ExitCode.inputOutput)
        #expect(try ArtifactStore(disk.folder.path + "/store").find(unit.key) == .missing)
        #expect(disk.grow(kibibytes: 2048))
        try attempt()
        #expect(store.lookup(unit.key) != nil)
    }

    @Test func `packs on a full disk keep what was committed`() throws {
        let disk = try #require(TinyDisk(kibibytes: 128))
        let path = disk.folder.path + "/store"
        let store = try ArtifactStore(path)
        var committed: [Int] = []
        var failure: (any Error)?
        for number in 0..<200 {
            do {
                _ = try store.commitInline([Sample.inline(number, bytes: 3000)])
                committed.append(number)
            } catch {
                failure = error
                break
            }
        }
        #expect((failure as? any ExitCoded)?.exitCode == ExitCode.inputOutput)
        #expect(!committed.isEmpty)
        let reader = try ArtifactStore(path)
        #expect(committed.allSatisfy { reader.lookup(Sample.unit($0).key) != nil })
        #expect(disk.grow(kibibytes: 2048))
        _ = try store.commitInline([Sample.inline(500, bytes: 3000)])
        #expect(try ArtifactStore(path).lookup(Sample.unit(500).key) != nil)
    }

    @Test func `a journal on a full disk ends with 74 and is readable afterwards`() throws {
        let disk = try #require(TinyDisk(kibibytes: 256))
        let directory = try Sample.run("r", started: 0, units: [], in: StoreLayout(disk.folder.path))
        let summary = RunSummary(
            run: "r", recipe: "s", recipePath: "", status: .running, started: 0, parameters: [:], seed: 1, rankCount: 1)
        let journal = try RunJournal(directory.journal, run: summary, fence: 1, host: "h")
        try journal.append([.units([UnitOutcome(name: "u", kind: "Noop", key: Sample.unit(1).key)])])
        let many = (0..<4000).map { UnitOutcome(name: "unit-\($0)", kind: "Noop", key: Sample.unit($0).key) }
        let failure = #expect(throws: (any Error).self) { try journal.append([.units(many)]) }
        #expect((failure as? any ExitCoded)?.exitCode == ExitCode.inputOutput)
        #expect(disk.grow(kibibytes: 4096))
        try journal.append([.units(many)])
        #expect(try RunJournal.summary(of: directory).units.count == 4000)
    }

    @Test func `a store that may not be written is 73`() throws {
        let disk = try #require(TinyDisk(kibibytes: 256))
        #expect(TinyDisk.command(["mount", "-o", "remount,ro", disk.folder.path]) == 0)
        let store = try ArtifactStore(disk.folder.path + "/store")
        let failure = #expect(throws: DurableFilesError.self) { try store.prepare() }
        #expect(failure?.exitCode == ExitCode.cannotCreate)
    }
}
