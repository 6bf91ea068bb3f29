import Foundation
import Ledger
import TestSupport
import Testing
import WorkGraph

@Suite("What ten thousand no-op units cost", .serialized)
struct LedgerCostTests {
    private static func seconds(_ clock: clockid_t) -> Double {
        var now = timespec()
        clock_gettime(clock, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
    }

    /// Measured, not asserted: times depend on the machine.
    ///
    /// Prints microseconds per unit.
    @Test func `inline commits and journal rows are measured`() throws {
        let count = 10_000
        let root = try TemporaryDirectory()
        let store = try ArtifactStore(root.path)
        let commits = (0..<count).map { Sample.inline($0) }
        func microseconds(_ seconds: Double) -> String { String(format: "%.2f µs", seconds * 1e6 / Double(count)) }
        /// Wall time and processor time of this thread, as text.
        func measure(_ body: () throws -> Void) rethrows -> String {
            let (wall, processor) = (Self.seconds(CLOCK_MONOTONIC), Self.seconds(CLOCK_THREAD_CPUTIME_ID))
            try body()
            return microseconds(Self.seconds(CLOCK_MONOTONIC) - wall) + " ("
                + microseconds(Self.seconds(CLOCK_THREAD_CPUTIME_ID) - processor) + " computing)"
        }
        var manifests: [ArtifactManifest] = []
        let committing = try measure {
            for start in stride(from: 0, to: count, by: 500) {
                manifests += try store.commitInline(Array(commits[start..<start + 500]))
            }
        }
        let opening = try measure { _ = try ArtifactStore(root.path) }
        let reader = try ArtifactStore(root.path)
        let looking = measure { for commit in commits { #expect(reader.lookup(commit.unit.key) != nil) } }

        let directory = try Sample.run("cost", started: 0, units: [], in: store.layout)
        let summary = RunSummary(
            run: "cost", recipe: "cost", recipePath: "", status: .running, started: 0, parameters: [:], seed: 1,
            rankCount: 2)
        let journal = try RunJournal(directory.journal, run: summary, fence: 1, host: "here")
        let registering = try measure {
            try journal.append([
                .units(commits.map { UnitOutcome(name: $0.unit.name, kind: $0.unit.kind, key: $0.unit.key) })
            ])
        }
        let journalling = try measure {
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
        let summarizing = try measure { ran = try RunJournal.summary(of: directory).count(.ran) }
        #expect(ran == count)
        print(
            "10,000 units, each: inline commit \(committing), opening the store \(opening), "
                + "look-up \(looking), registering \(registering), "
                + "journalling \(journalling), summary \(summarizing)")
    }
}
