import Determinism
import DurableFiles
import Foundation
import Ledger
import TestSupport
import Testing
import WorkGraph

@Suite("Damaged ledger files")
struct DamagedLedgerTests {
    /// Calls `use` with many damaged forms of the file at `path`, which is whole again afterwards.
    private func damaging(
        _ path: String, _ rounds: UInt64, words: [String] = Damage.json, use: (UInt64) throws -> Void
    ) throws {
        let good = try DurableFiles.read(path)
        for seed in 0..<rounds {
            var damage = Damage(seed: seed, words: words)
            try Data(damage(good)).write(to: URL(fileURLWithPath: path))
            do {
                try use(seed)
            } catch {
                #expect(error is any ExitCoded, "\(path), seed \(seed): \(error) says no exit code")
            }
        }
        try Data(good).write(to: URL(fileURLWithPath: path))
    }

    @Test func `graphs, locks and records are read, or refused`() throws {
        let place = try TemporaryDirectory()
        let units = (0..<6).map { number in
            Sample.unit(
                number,
                inputs: number == 0
                    ? []
                    : [
                        PortBinding(
                            port: "in", type: PortType("Bytes"),
                            parts: [OutputReference(producer: Sample.unit(0).key, output: "out")])
                    ], parameters: ["rate": .double(0.1), "names": .list([.string("a"), .bool(true)])])
        }
        let run = try Sample.run("r", started: 1, units: units, in: StoreLayout(place.path))
        try run.writeGraph(WorkGraph(recipe: "sample", seed: 1, units: [Sample.unit(0)] + units.dropFirst()))
        #expect(try run.graph().units.count == 6)
        try damaging(run.graphFile, 1500, words: Damage.numbers) { _ in _ = try run.graph() }
        try damaging(run.lockFile, 300) { _ in _ = try LockFile.read(run.lockFile) }
        try damaging(run.recordFile, 300) { _ in _ = try run.record() }
    }

    @Test func `packs give what was stored, or nothing`() throws {
        let place = try TemporaryDirectory()
        let store = try ArtifactStore(place.path)
        try store.prepare()
        _ = try store.commitInline((0..<5).map { Sample.inline($0) })
        let name = try #require(try DurableFiles.entries(of: store.layout.packs).first { $0.name.hasSuffix(".pack") })
            .name
        try damaging(store.layout.packs + "/" + name, 400, words: Damage.numbers) { seed in
            let damaged = try ArtifactStore(place.path)
            for number in 0..<5 {
                guard let manifest = damaged.lookup(Sample.unit(number).key),
                    let bytes = try damaged.inlineBytes(manifest, "out")
                else { continue }
                // Checksums: never other bytes than were stored.
                #expect(bytes == Sample.payload(number, 24), "seed \(seed)")
            }
        }
    }

    @Test func `journals and manifests are read, or refused`() throws {
        let place = try TemporaryDirectory()
        let store = try ArtifactStore(place.path)
        try store.prepare()
        let unit = Sample.unit(1)
        let staging = try store.staging(for: unit.key, attempt: 1, fence: 1)
        try Sample.stage(["out": String(repeating: "large ", count: 2000)], in: staging)
        _ = try store.commit(unit, inputs: [:], staging: staging)
        try damaging(store.layout.artifact(unit.key) + "/manifest.json", 300) { _ in
            guard let manifest = store.lookup(unit.key) else { return }
            _ = try store.damagedOutputs(of: manifest)
        }
        let run = try Sample.run("r", started: 1, units: [unit], in: store.layout)
        let journal = try RunJournal(
            run.journal,
            run: RunSummary(
                run: "r", recipe: "sample", recipePath: "", status: .running, started: 1, parameters: [:], seed: 1,
                rankCount: 1), fence: 1, host: "h")
        try journal.append([
            .units([UnitOutcome(name: "unit", kind: "Noop", key: unit.key)]),
            .started(0, attempt: 1, ranks: [0], atSeconds: 1),
            .status(.done, atSeconds: 2),
        ])
        try journal.close()
        try damaging(run.journal, 150, words: Damage.numbers) { _ in
            _ = try RunJournal.summary(of: run)
            _ = try RunJournal.attempts(of: run)
        }
    }
}
