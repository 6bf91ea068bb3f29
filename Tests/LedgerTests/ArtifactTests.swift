import Determinism
import DurableFiles
import Foundation
import Ledger
import Synchronization
import TestSupport
import Testing
import WorkGraph

@Suite("Artifact folders")
struct ArtifactTests {
    private let unit = Sample.unit(1, outputs: ["model", "figures"])
    private let contents = ["model/weights.bin": "weights", "model/deep/config.json": "{}", "figures": "1 2 3"]

    private func commit(_ store: ArtifactStore, _ unit: WorkUnit, _ contents: [String: String]) throws
        -> ArtifactManifest
    {
        let staging = try store.staging(for: unit.key, attempt: 1, fence: 1)
        try Sample.stage(contents, in: staging)
        return try store.commit(unit, inputs: [:], figures: ["loss": 0.5], staging: staging)
    }

    @Test func `a committed unit is found with its figures and the digests of its outputs`() throws {
        let root = try TemporaryDirectory()
        let store = try ArtifactStore(root.path)
        let manifest = try commit(store, unit, contents)
        #expect(store.lookup(unit.key) == manifest)
        #expect(store.lookup(contentKey: manifest.contentKey) == manifest)
        #expect(manifest.figures == ["loss": 0.5])
        #expect(manifest.output("figures")?.digest == Digest(of: "1 2 3"))
        #expect(
            manifest.output("model")?.digest
                == (try DurableFiles.treeDigest(store.outputPath(manifest, "model")).digest))
        #expect(manifest.output("model")?.files.map(\.path) == ["deep/config.json", "weights.bin"])
        #expect(try DurableFiles.entries(of: store.layout.staging + "/1").isEmpty)
        let failure = #expect(throws: LedgerError.self) { try store.outputPath(manifest, "modle") }
        #expect(failure?.message.contains("model, figures") == true)
    }

    @Test func `stopping at any step leaves the artifact whole or absent, and the next attempt succeeds`() throws {
        for stop in 0..<40 {
            let root = try TemporaryDirectory()
            let store = try ArtifactStore(root.path)
            try store.prepare()
            let steps = Counter()
            let crashed: Bool
            do {
                try DurableFiles.intercepting({ _, _ in if steps.next() >= stop { throw Crash() } }) {
                    _ = try commit(store, unit, contents)
                }
                crashed = false
            } catch is Crash {
                crashed = true
            }
            let afterwards = try ArtifactStore(root.path)
            switch afterwards.find(unit.key) {
            case .missing: #expect(crashed)
            case .found(let manifest): #expect(try afterwards.damagedOutputs(of: manifest) == [])
            case .unusable(let reason): Issue.record("half an artifact after step \(stop): \(reason)")
            }
            _ = try commit(afterwards, unit, contents)
            #expect(afterwards.lookup(unit.key) != nil)
            if !crashed {
                #expect(stop > 8, "the law must have been tried on every step")
                return
            }
        }
        Issue.record("no commit got through")
    }

    @Test func `an altered, cut or purged artifact is a miss that says why, and can be made again`() throws {
        let alterations: [(String, (String) throws -> Void)] = [
            ("gone", { try DurableFiles.removeTree($0 + "/outputs/figures") }),
            (
                "has 3 bytes where 7 were stored",
                { try DurableFiles.write("abc", to: $0 + "/outputs/model/weights.bin") }
            ),
            ("manifest", { try DurableFiles.write("{", to: $0 + "/manifest.json") }),
            ("manifest", { try DurableFiles.removeTree($0 + "/manifest.json") }),
        ]
        for (words, alter) in alterations {
            let root = try TemporaryDirectory()
            let store = try ArtifactStore(root.path)
            let manifest = try commit(store, unit, contents)
            try alter(store.layout.artifact(unit.key))
            guard case .unusable(let reason) = store.find(unit.key) else {
                Issue.record("not noticed: \(words)")
                continue
            }
            #expect(reason.contains(words))
            #expect(store.lookup(contentKey: manifest.contentKey) == nil)
            #expect(try commit(store, unit, contents) == manifest)
            #expect(store.lookup(unit.key) == manifest)
        }
    }

    @Test func `a byte changed without changing the size is found by reading everything`() throws {
        let root = try TemporaryDirectory()
        let store = try ArtifactStore(root.path)
        let manifest = try commit(store, unit, contents)
        try DurableFiles.write("weighty", to: store.layout.artifact(unit.key) + "/outputs/model/weights.bin")
        #expect(try store.damagedOutputs(of: manifest) == ["model"])
    }

    @Test func `outputs cannot be written after the commit`() throws {
        let root = try TemporaryDirectory()
        let store = try ArtifactStore(root.path)
        let manifest = try commit(store, unit, contents)
        let attributes = try FileManager.default.attributesOfItem(atPath: store.outputPath(manifest, "figures"))
        #expect((attributes[.posixPermissions] as? Int).map { $0 & 0o222 } == 0)
    }

    @Test func `a missing output is refused by name and nothing is stored`() throws {
        let root = try TemporaryDirectory()
        let store = try ArtifactStore(root.path)
        let failure = #expect(throws: LedgerError.self) { try commit(store, unit, ["model": "x"]) }
        #expect(failure?.message.contains("'figures'") == true)
        #expect(failure?.exitCode == 1)
        #expect(store.find(unit.key) == .missing)
    }

    @Test func `many writers of one key agree on one artifact`() async throws {
        let root = try TemporaryDirectory()
        let path = root.path
        let unit = unit
        let manifests = try await withThrowingTaskGroup(of: ArtifactManifest.self) { group in
            for writer in 1...8 {
                group.addTask {
                    let store = try ArtifactStore(path)
                    let staging = try store.staging(for: unit.key, attempt: writer, fence: writer)
                    try Sample.stage(["model": "same", "figures": "by \(writer)"], in: staging)
                    return try store.commit(unit, inputs: [:], staging: staging)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let stored = try #require(try ArtifactStore(path).lookup(unit.key))
        #expect(manifests.allSatisfy { $0 == stored })
        #expect(try ArtifactStore(path).damagedOutputs(of: stored) == [])
    }

    @Test func `a parent that ran again with the same bytes cuts its child off`() throws {
        let root = try TemporaryDirectory()
        let store = try ArtifactStore(root.path)
        func child(of parent: WorkUnit) -> WorkUnit {
            Sample.unit(
                7,
                inputs: [
                    PortBinding(
                        port: "data", type: PortType("Bytes"), parts: [.init(producer: parent.key, output: "out")])
                ])
        }
        let digest = Digest(of: "the same bytes")
        let (old, new) = (child(of: Sample.unit(1)), child(of: Sample.unit(2)))
        #expect(old.key != new.key)
        let made = try store.commitInline([InlineCommit(unit: old, inputs: ["data": [digest]], outputs: [[1]])])[0]
        let found = try #require(store.lookup(contentKey: new.contentKey(contents: ["data": [digest]])))
        #expect(found == made)
        #expect(store.lookup(contentKey: new.contentKey(contents: ["data": [Digest(of: "others")]])) == nil)
    }

    @Test func `a checkpoint goes when its unit is committed`() throws {
        let root = try TemporaryDirectory()
        let store = try ArtifactStore(root.path)
        let folder = store.layout.checkpoint(unit.key)
        try DurableFiles.createDirectory(folder)
        try DurableFiles.write("half way", to: folder + "/state")
        _ = try commit(store, unit, contents)
        #expect(!DurableFiles.exists(folder))
    }

    @Test func `a store of a newer program is refused with its version`() throws {
        let root = try TemporaryDirectory()
        try DurableFiles.write("{\"schema\": 41}", to: root.path + "/store.json")
        let failure = #expect(throws: LedgerError.self) { try ArtifactStore(root.path) }
        #expect(failure?.message.contains("41") == true)
    }

    @Test func `the store is private to its user`() throws {
        let root = try TemporaryDirectory()
        let store = try ArtifactStore(root.path + "/store")
        _ = try commit(store, unit, contents)
        for path in [store.layout.root, store.layout.artifacts, store.layout.runs] {
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect((attributes[.posixPermissions] as? Int).map { $0 & 0o077 } == 0)
        }
    }
}

/// Counts calls from any thread.
final class Counter: Sendable {
    private let value = Mutex(0)

    func next() -> Int {
        value.withLock { value in
            defer { value += 1 }
            return value
        }
    }
}
