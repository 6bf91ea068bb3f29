import Foundation
import Ledger
import TestSupport
import Testing
import WorkGraph

@Suite("What ten thousand no-op units cost", .serialized)
struct LedgerCostTests {
    /// Measured, not asserted: times depend on the machine.
    ///
    /// Prints microseconds per unit.
    @Test func `inline commits and journal rows are measured`() throws {
        let count = 10_000
        let root = try TemporaryDirectory()
        let store = try ArtifactStore(root.path)
        let commits = (0..<count).map { Sample.inline($0) }
        let clock = ContinuousClock()
        func microseconds(_ duration: Duration) -> String {
            let seconds = Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
            return String(format: "%.2f µs", seconds * 1e6 / Double(count))
        }
        var manifests: [ArtifactManifest] = []
        let committing = try clock.measure {
            for start in stride(from: 0, to: count, by: 500) {
                manifests += try store.commitInline(Array(commits[start..<start + 500]))
            }
        }
        let opening = try clock.measure { _ = try ArtifactStore(root.path) }
        let reader = try ArtifactStore(root.path)
        let looking = clock.measure { for commit in commits { #expect(reader.lookup(commit.unit.key) != nil) } }

        let directory = try Sample.run("cost", started: 0, units: [], in: store.layout)
        let summary = RunSummary(
            run: "cost", recipe: "cost", recipePath: "", status: .running, started: 0, parameters: [:], seed: 1,
            rankCount: 2)
        let journal = try RunJournal(directory.journal, run: summary, fence: 1, host: "here")
        let registering = try clock.measure {
            try journal.append([
                .units(commits.map { UnitOutcome(name: $0.unit.name, kind: $0.unit.kind, key: $0.unit.key) })
            ])
        }
        let journalling = try clock.measure {
            for start in stride(from: 0, to: count, by: 500) {
                try journal.append(
                    (start..<start + 500).flatMap { position -> [JournalEntry] in
                        [
                            .ran(position, attempt: 1, ranks: [1], startSeconds: 1, endSeconds: 1.5),
                            .outputs(position, manifests[position].outputs, key: manifests[position].key),
                        ]
                    })
            }
        }
        try journal.close()
        var ran = 0
        let summarizing = try clock.measure { ran = try RunJournal.summary(of: directory).count(.ran) }
        #expect(ran == count)
        print(
            "10,000 units, each: inline commit \(microseconds(committing)), opening the store \(microseconds(opening)), "
                + "look-up \(microseconds(looking)), registering \(microseconds(registering)), "
                + "journalling \(microseconds(journalling)), summary \(microseconds(summarizing))")
    }
}
