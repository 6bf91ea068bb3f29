import Foundation
import TestSupport
import Testing

/// Runs graphs of probe units with real processes.
@Suite("Runs", .serialized)
struct RunTests {
    struct Line: Decodable {
        let outcome: String
        let ran: Int
        let reused: Int
        let failed: Int
        let skipped: Int
        let digest: String
        let onRankOne: Int
        let seconds: Double
    }

    private func probe(_ store: String, _ run: String, _ scenario: String, _ count: Int = 0, ranks: Int) throws -> Line
    {
        let command = [Programs.path("RunProbe"), store, run, scenario, "\(count)"]
        let result = try Programs.run(ranks == 1 ? command : Programs.mpirun(ranks, command))
        let last = result.output.split(separator: "\n").last.map { Data($0.utf8) }
        return try JSONDecoder().decode(Line.self, from: try #require(last, "\(result)"))
    }

    @Test func `a second run on one rank reuses everything`() throws {
        let folder = try TemporaryDirectory()
        let first = try probe(folder.path, "first", "gang", 2, ranks: 1)
        #expect(first.outcome == "completed" && first.ran == 6)
        let second = try probe(folder.path, "second", "gang", 2, ranks: 1)
        #expect(second.ran == 0 && second.reused == 6 && second.digest == first.digest)
    }

    @Test(
        "a graph gives the same outputs on any number of ranks, and is reused",
        .enabled(if: Programs.hasMPI, "mpirun is not installed"), arguments: [2, 3, 5])
    func anyRanks(ranks: Int) throws {
        let folder = try TemporaryDirectory()
        let first = try probe(folder.path, "first", "gang", 2, ranks: ranks)
        #expect(first.outcome == "completed" && first.ran == 6)
        let alone = try TemporaryDirectory()
        #expect(try probe(alone.path, "alone", "gang", 2, ranks: 1).digest == first.digest)
        let second = try probe(folder.path, "second", "gang", 2, ranks: 1)
        #expect(second.ran == 0 && second.reused == 6 && second.digest == first.digest)
    }

    @Test(
        "a gang whose rank fails ends on all of them, and the rest goes on",
        .enabled(if: Programs.hasMPI, "mpirun is not installed"), arguments: [0, 1])
    func brokenGang(failing: Int) throws {
        let folder = try TemporaryDirectory()
        let line = try probe(folder.path, "broken", "brokengang", failing, ranks: 3)
        #expect(line.outcome == "failed" && line.failed == 1 && line.skipped == 1 && line.ran == 1)
    }

    @Test(
        "a unit that straggles runs again on an idle rank, and the first result counts",
        .enabled(if: Programs.hasMPI, "mpirun is not installed"))
    func straggler() throws {
        let folder = try TemporaryDirectory()
        let line = try probe(folder.path, "late", "straggle", ranks: 2)
        #expect(line.outcome == "completed" && line.ran == 2 && line.failed == 0, "\(line)")
        // The first attempt would have taken 40 s on rank 0.
        #expect(line.onRankOne >= 1 && line.seconds < 30, "\(line)")
        let again = try probe(folder.path, "again", "straggle", ranks: 1)
        #expect(again.reused == 2 && again.digest == line.digest)
    }

    @Test(
        "two attempts that make different things end the run", .enabled(if: Programs.hasMPI, "mpirun is not installed"))
    func contradiction() throws {
        let folder = try TemporaryDirectory()
        let line = try probe(folder.path, "doubt", "straggle-apart", ranks: 2)
        #expect(line.outcome == "failed" && line.failed == 1, "\(line)")
    }

    @Test func `a unit is retried, and what it depends on alone is skipped when it fails`() throws {
        let folder = try TemporaryDirectory()
        let line = try probe(folder.path, "trouble", "trouble", ranks: 1)
        #expect(line.outcome == "failed" && line.ran == 2 && line.failed == 1 && line.skipped == 1)
    }

    @Test(.enabled(if: Programs.hasMPI, "mpirun is not installed"))
    func `communicators, gangs and mailboxes carry what they are given`() throws {
        for ranks in [1, 2, 3, 5] {
            let result = try Programs.run(Programs.mpirun(ranks, [Programs.path("RankProbe")]))
            #expect(result.status == 0 && result.output == "ok \(ranks)\n", "\(result)")
        }
    }
}
