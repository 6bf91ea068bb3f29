import Determinism
import DurableFiles
import Foundation
import Ledger
import TestSupport
import Testing
import WorkGraph

@Suite("Packs of small artifacts")
struct PackTests {
    private func packs(_ store: ArtifactStore) throws -> [String] {
        try DurableFiles.entries(of: store.layout.packs).map { store.layout.packs + "/" + $0.name }
    }

    @Test func `what is committed inline is found by key, by content and as a file`() throws {
        let root = try TemporaryDirectory()
        let store = try ArtifactStore(root.path)
        let batch = (0..<20).map { Sample.inline($0) }
        let manifests = try store.commitInline(batch)
        for reader in [store, try ArtifactStore(root.path)] {
            for (number, commit) in batch.enumerated() {
                let found = try #require(reader.lookup(commit.unit.key))
                #expect(found == manifests[number])
                #expect(reader.lookup(contentKey: found.contentKey) == found)
                #expect(found.output("out")?.digest == Digest(of: commit.outputs[0]))
                #expect(found.figures == commit.figures)
                #expect(found.parameters == commit.unit.parameters)
                let path = try reader.outputPath(found, "out")
                #expect(path == reader.expectedPath(found, "out"))
                #expect(try DurableFiles.read(path) == commit.outputs[0])
                #expect(try reader.damagedOutputs(of: found) == [])
            }
        }
    }

    @Test func `committing the same key again keeps the first bytes and writes nothing`() throws {
        let root = try TemporaryDirectory()
        let store = try ArtifactStore(root.path)
        let first = try store.commitInline([Sample.inline(1)])
        let path = try packs(store)[0]
        let bytes = try DurableFiles.read(path).count
        let other = InlineCommit(unit: Sample.unit(1), inputs: [:], outputs: [[9, 9, 9]])
        #expect(try store.commitInline([other]) == first)
        #expect(try DurableFiles.read(path).count == bytes)
    }

    @Test func `a pack cut at any byte gives back every whole record`() throws {
        let root = try TemporaryDirectory()
        let store = try ArtifactStore(root.path)
        var ends: [Int] = []
        let path: String
        let batch = (0..<5).map { Sample.inline($0, bytes: 7 + $0) }
        for commit in batch {
            _ = try store.commitInline([commit])
            ends.append(try DurableFiles.read(try packs(store)[0]).count)
        }
        path = try packs(store)[0]
        let whole = try DurableFiles.read(path)
        #expect(ends.last == whole.count)
        for cut in 0...whole.count {
            let copy = try TemporaryDirectory()
            let layout = StoreLayout(copy.path)
            try DurableFiles.createDirectory(layout.packs)
            try DurableFiles.writeCache(whole[..<cut], to: layout.packs + "/cut.pack")
            let reader = try ArtifactStore(copy.path)
            let expected = ends.filter { $0 <= cut }.count
            let found = batch.filter { reader.lookup($0.unit.key) != nil }.count
            #expect(found == expected, "cut at \(cut)")
            if cut % 97 == 0 {
                // Writing goes on beside the torn pack.
                let more = try reader.commitInline(batch)
                #expect(more.count == batch.count)
                let again = try ArtifactStore(copy.path)
                #expect(batch.allSatisfy { again.lookup($0.unit.key) != nil })
            }
        }
    }

    @Test(arguments: [120, 133, 300, 460])
    func `a rotten byte costs one record and is told`(place: Int) throws {
        let root = try TemporaryDirectory()
        let store = try ArtifactStore(root.path)
        let batch = (0..<5).map { Sample.inline($0) }
        _ = try store.commitInline(batch)
        let path = try packs(store)[0]
        var bytes = try DurableFiles.read(path)
        bytes[place] ^= 0x40
        let copy = try TemporaryDirectory()
        try DurableFiles.createDirectory(StoreLayout(copy.path).packs)
        try DurableFiles.writeFile(bytes, to: StoreLayout(copy.path).packs + "/rotten.pack")
        let reader = try ArtifactStore(copy.path)
        #expect(batch.filter { reader.lookup($0.unit.key) != nil }.count == 4)
        #expect(reader.takeNotices().contains { $0.contains("damaged") })
    }

    @Test func `a newer pack is refused with its version`() throws {
        let root = try TemporaryDirectory()
        let layout = StoreLayout(root.path)
        try DurableFiles.createDirectory(layout.packs)
        try DurableFiles.writeFile(Array("orcpack\n".utf8) + [99, 0, 0, 0, 0, 0, 0, 0], to: layout.packs + "/new.pack")
        let failure = #expect(throws: LedgerError.self) { try ArtifactStore(root.path) }
        #expect(failure?.code == .newerSchema)
        #expect(failure?.message.contains("99") == true)
    }

    @Test func `another process's records are seen after a refresh`() throws {
        let root = try TemporaryDirectory()
        let (left, right) = (try ArtifactStore(root.path), try ArtifactStore(root.path))
        _ = try left.commitInline([Sample.inline(1)])
        #expect(right.lookup(Sample.unit(1).key) == nil)
        try right.refresh()
        #expect(right.lookup(Sample.unit(1).key) != nil)
        _ = try left.commitInline([Sample.inline(2)])
        try right.refresh()
        #expect(right.lookup(Sample.unit(2).key) != nil)
    }

    @Test func `an alias shares the outputs of its target`() throws {
        let root = try TemporaryDirectory()
        let store = try ArtifactStore(root.path)
        let manifest = try store.commitInline([Sample.inline(1)])[0]
        let key = Sample.unit(99).key
        try store.commitAliases([(key, manifest.key)])
        #expect(store.lookup(key) == manifest)
        #expect(try ArtifactStore(root.path).lookup(key) == manifest)
    }

    @Test func `a write that fails leaves a store that goes on`() throws {
        let root = try TemporaryDirectory()
        let store = try ArtifactStore(root.path)
        _ = try store.commitInline([Sample.inline(1)])
        for step in [DurableFiles.Step.write, .sync] {
            #expect(throws: Crash.self) {
                try DurableFiles.intercepting({ if $0 == step && $1.hasSuffix(".pack") { throw Crash() } }) {
                    try store.commitInline([Sample.inline(2)])
                }
            }
            #expect(store.lookup(Sample.unit(2).key) == nil)
        }
        _ = try store.commitInline([Sample.inline(3)])
        #expect(try ArtifactStore(root.path).lookup(Sample.unit(3).key) != nil)
        #expect(try ArtifactStore(root.path).lookup(Sample.unit(2).key) == nil)
    }

    @Test func `what was written is found at once, and gone when the disk refuses it`() throws {
        let root = try TemporaryDirectory()
        let store = try ArtifactStore(root.path)
        _ = try store.commitInline([Sample.inline(1)])
        let first = try store.writeInline([Sample.inline(2)])
        let second = try store.writeInline([Sample.inline(3)])
        #expect(try ArtifactStore(root.path).lookup(Sample.unit(3).key) == second.manifests[0])
        #expect(throws: Crash.self) {
            try DurableFiles.intercepting({ step, _ in if step == .sync { throw Crash() } }) { try store.sync(second) }
        }
        // One file was refused: no batch in it may count as stored, also when it is asked about later.
        #expect(throws: Crash.self) { try store.sync(first) }
        for number in [2, 3] {
            #expect(store.lookup(Sample.unit(number).key) == nil)
            #expect(try ArtifactStore(root.path).lookup(Sample.unit(number).key) == nil)
        }
        let again = try store.writeInline([Sample.inline(2), Sample.inline(3)])
        try store.sync(again)
        for number in [1, 2, 3] { #expect(try ArtifactStore(root.path).lookup(Sample.unit(number).key) != nil) }
    }

    @Test func `many keys are looked up as one, whatever kind of place they have`() throws {
        let root = try TemporaryDirectory()
        let store = try ArtifactStore(root.path)
        let keys = (0..<40).map { Sample.unit($0).key }
        #expect(store.find(keys).allSatisfy { $0 == .missing })
        _ = try store.commitInline([Sample.inline(1)])
        let staging = try store.staging(for: keys[2], attempt: 1, fence: 1)
        for output in Sample.unit(2).outputs {
            try DurableFiles.writeFile([1, 2, 3], to: staging.outputs + "/" + output.name)
        }
        _ = try store.commit(Sample.unit(2), inputs: [:], staging: staging)
        #expect(store.find(keys) == keys.map { store.find($0) })
        #expect(store.find(keys).filter { $0 != .missing }.count == 2)
    }
}
