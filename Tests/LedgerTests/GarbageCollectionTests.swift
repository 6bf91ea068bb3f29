import Determinism
import DurableFiles
import Foundation
import Ledger
import TestSupport
import Testing
import WorkGraph

@Suite("Garbage collection")
struct GarbageCollectionTests {
    /// A store with run `r<i>` for each list, started a day apart, every named unit committed: even ones inline, odd ones as folders.
    private func store(_ root: TemporaryDirectory, runs: [[Int]]) throws -> ArtifactStore {
        let store = try ArtifactStore(root.path)
        for number in Set(runs.flatMap { $0 }).sorted() { try commit(number, store) }
        for (day, numbers) in runs.enumerated() {
            try Sample.run(
                "r\(day)", started: Double(day) * 86400, units: numbers.map { Sample.unit($0) }, in: store.layout)
        }
        return store
    }

    private func commit(_ number: Int, _ store: ArtifactStore) throws {
        if number % 2 == 0 {
            _ = try store.commitInline([Sample.inline(number)])
        } else {
            let staging = try store.staging(for: Sample.unit(number).key, attempt: 1, fence: 1)
            try Sample.stage(["out": "content \(number)"], in: staging)
            _ = try store.commit(Sample.unit(number), inputs: [:], staging: staging)
        }
    }

    private func present(_ store: ArtifactStore, _ numbers: [Int]) throws -> [Int] {
        let fresh = try ArtifactStore(store.layout.root)
        return numbers.filter { fresh.lookup(Sample.unit($0).key) != nil }
    }

    @Test func `without rules only what no run reaches goes`() throws {
        let root = try TemporaryDirectory()
        let store = try store(root, runs: [[0, 1, 2], [2, 3]])
        for stray in [10, 11] { try commit(stray, store) }
        let report = try GarbageCollection(store).collect(.init(), now: 0)
        #expect(report.runs == [])
        #expect(Set(report.artifacts) == [Sample.unit(10).key, Sample.unit(11).key])
        #expect(report.bytes > 0)
        #expect(try present(store, [0, 1, 2, 3, 10, 11]) == [0, 1, 2, 3])
    }

    @Test func `keeping the last runs keeps all that they reach, pinned ones too`() throws {
        let root = try TemporaryDirectory()
        let store = try store(root, runs: [[0, 1], [2, 3], [3, 4], [4, 5]])
        try RunDirectory("r0", in: store.layout).setPinned(true)
        let report = try GarbageCollection(store).collect(.init(keepLast: 1), now: 0)
        #expect(report.runs == ["r1", "r2"])
        #expect(report.kept == ["r0 is pinned"])
        #expect(try present(store, Array(0...5)) == [0, 1, 4, 5])
        #expect(RunDirectory.all(in: store.layout).map(\.name) == ["r0", "r3"])
    }

    @Test func `rules together remove only what both let go`() throws {
        let root = try TemporaryDirectory()
        let store = try store(root, runs: [[0], [1], [2], [3]])
        let report = try GarbageCollection(store).collect(
            .init(keepLast: 1, olderThanSeconds: 1.5 * 86400), now: 3 * 86400)
        #expect(report.runs == ["r0", "r1"])
        #expect(try present(store, [0, 1, 2, 3]) == [2, 3])
    }

    @Test func `a dry run says the same and removes nothing`() throws {
        let root = try TemporaryDirectory()
        let store = try store(root, runs: [[0, 1], [2]])
        let dry = try GarbageCollection(store).collect(.init(keepLast: 1), now: 0, isDryRun: true)
        #expect(try present(store, [0, 1, 2]) == [0, 1, 2])
        let real = try GarbageCollection(store).collect(.init(keepLast: 1), now: 0)
        #expect(dry.artifacts == real.artifacts && dry.runs == real.runs)
        #expect(try present(store, [0, 1, 2]) == [2])
    }

    @Test func `a living run and all that it reaches stay`() throws {
        let root = try TemporaryDirectory()
        let store = try store(root, runs: [[0, 1], [2, 3]])
        let live = try #require(try RunDirectory("r0", in: store.layout).lockLive())
        let report = try GarbageCollection(store).collect(.init(keepLast: 0), now: 0)
        #expect(report.runs == ["r1"])
        #expect(report.kept == ["r0 is still going"])
        #expect(try present(store, [0, 1, 2, 3]) == [0, 1])
        #expect(throws: LedgerError.self) { try RunDirectory("r0", in: store.layout).remove() }
        withExtendedLifetime(live) {}
    }

    @Test func `while a run is just starting no artifact goes`() throws {
        let root = try TemporaryDirectory()
        let store = try store(root, runs: [[0]])
        try commit(11, store)
        let session = try StoreSession(store, run: "not-there-yet")
        let report = try GarbageCollection(store).collect(.init(), now: 0)
        #expect(report.artifacts == [])
        #expect(try present(store, [0, 11]) == [0, 11])
        try session.close()
    }

    @Test func `the target of an alias lives as long as a run names the alias`() throws {
        let root = try TemporaryDirectory()
        let store = try store(root, runs: [[0], [1]])
        for number in [4, 5] { try commit(number, store) }
        try store.commitAliases([
            (Sample.unit(0, version: 2).key, Sample.unit(4).key), (Sample.unit(1, version: 2).key, Sample.unit(5).key),
        ])
        try Sample.run(
            "named", started: 9e6, units: [Sample.unit(0, version: 2), Sample.unit(1, version: 2)], in: store.layout)
        _ = try GarbageCollection(store).collect(.init(keepLast: 1), now: 0)
        let fresh = try ArtifactStore(root.path)
        #expect(fresh.lookup(Sample.unit(0, version: 2).key)?.key == Sample.unit(4).key)
        #expect(fresh.lookup(Sample.unit(1, version: 2).key)?.key == Sample.unit(5).key)
    }

    @Test func `an unreadable lock of a kept run stops everything`() throws {
        let root = try TemporaryDirectory()
        let store = try store(root, runs: [[0, 1], [2, 3]])
        try DurableFiles.write("not json", to: RunDirectory("r1", in: store.layout).lockFile)
        #expect(throws: LedgerError.self) { try GarbageCollection(store).collect(.init(keepLast: 1), now: 0) }
        #expect(try present(store, [0, 1, 2, 3]) == [0, 1, 2, 3])
    }

    @Test func `whatever the rules, every unit of a kept run stays`() throws {
        for seed in 0..<12 {
            let root = try TemporaryDirectory()
            var random = SplitMix(state: UInt64(seed))
            let runs = (0..<6).map { _ in (0..<4).map { _ in Int.random(in: 0..<12, using: &random) } }
            let store = try store(root, runs: runs)
            for day in runs.indices where Bool.random(using: &random) {
                try RunDirectory("r\(day)", in: store.layout).setPinned(true)
            }
            let policy = GarbageCollection.Policy(keepLast: Int.random(in: 0...6, using: &random))
            _ = try GarbageCollection(store).collect(policy, now: 1e9)
            let kept = RunDirectory.all(in: store.layout).compactMap { Int($0.name.dropFirst()) }
            let needed = Set(kept.flatMap { runs[$0] }).sorted()
            #expect(try present(store, needed) == needed)
            #expect(try present(store, Array(0..<12)) == needed)
        }
    }
}
