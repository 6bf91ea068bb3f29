import Determinism
import DurableFiles
import Foundation
import Ledger
import TestSupport
import Testing
import WorkGraph

@Suite("Other stores")
struct AlternateTests {
    /// A store with a small and a large artifact.
    private func shared(_ root: String) throws -> ArtifactStore {
        let store = try ArtifactStore(root)
        try store.prepare()
        _ = try store.commitInline([Sample.inline(1)])
        let staging = try store.staging(for: Sample.unit(2).key, attempt: 1, fence: 1)
        try Sample.stage(["out": String(repeating: "large ", count: 2000)], in: staging)
        _ = try store.commit(Sample.unit(2), inputs: [:], staging: staging)
        return store
    }

    @Test func `what is missing is found in another store, and nothing is written there`() throws {
        let place = try TemporaryDirectory()
        let other = try shared(place.path + "/shared")
        let before = try FileManager.default.subpathsOfDirectory(atPath: other.layout.root).sorted()
        let mine = try ArtifactStore(place.path + "/mine")
        try mine.prepare()
        #expect(mine.find(Sample.unit(1).key) == .missing && mine.find(Sample.unit(2).key) == .missing)
        try mine.remember(alternates: [other.layout.root, mine.layout.root])
        try mine.remember(alternates: [other.layout.root])
        // Whoever opens it now reads both.
        let both = try ArtifactStore(place.path + "/mine")
        for (number, bytes) in [(1, 24), (2, 12_000)] {
            let manifest = try #require(both.lookup(Sample.unit(number).key))
            #expect(both.lookup(contentKey: manifest.contentKey)?.key == manifest.key)
            #expect(both.isInline(manifest.key) == (number == 1))
            let path = try both.outputPath(manifest, "out")
            #expect(path == both.expectedPath(manifest, "out"))
            #expect(try DurableFiles.read(path).count == bytes)
            #expect(try both.damagedOutputs(of: manifest).isEmpty)
            if number == 1 { #expect(try both.inlineBytes(manifest, "out") == Sample.payload(1, 24)) }
        }
        #expect(
            both.find([Sample.unit(1).key, Sample.unit(3).key, Sample.unit(2).key]).map { $0 == .missing } == [
                false, true, false,
            ])
        #expect(try FileManager.default.subpathsOfDirectory(atPath: other.layout.root).sorted() == before)
        // What is gone there is made again here.
        try DurableFiles.removeTree(other.layout.root)
        #expect(try ArtifactStore(place.path + "/mine").find(Sample.unit(2).key) == .missing)
    }

    @Test func `only stores can be read beside one's own`() throws {
        let place = try TemporaryDirectory()
        let error = #expect(throws: LedgerError.self) { try ArtifactStore.checkAlternate(place.path) }
        #expect(error?.exitCode == ExitCode.missingInput)
        try DurableFiles.write("{\"schema\": 999}", to: StoreLayout(place.path).storeFile)
        #expect(throws: LedgerError.self) { try ArtifactStore.checkAlternate(place.path) }
    }
}
