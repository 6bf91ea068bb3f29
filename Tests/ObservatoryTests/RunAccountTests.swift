import Determinism
import Foundation
import Ledger
import Observatory
import Testing

@Suite("What a run has spent")
struct RunAccountTests {
    private func attempt(
        _ unit: String, _ ranks: [Int], _ start: Double, _ end: Double, session: Int = 1, outcome: String = "ran"
    ) throws -> AttemptRecord {
        let fields: [String: Any] = [
            "unit": unit, "attempt": 1, "session": session, "ranks": ranks, "startSeconds": start, "endSeconds": end,
            "outcome": outcome,
        ]
        return try JSONDecoder().decode(AttemptRecord.self, from: JSONSerialization.data(withJSONObject: fields))
    }

    private func attempts(_ summary: RunSummary) throws -> [AttemptRecord] {
        try summary.units.compactMap { unit in
            guard unit.state == .ran, let start = unit.startSeconds, let end = unit.endSeconds else { return nil }
            return try attempt(unit.name, unit.ranks, start, end)
        }
    }

    private var forecast: ForecastRecord {
        ForecastRecord(
            ranks: 2, seconds: .init(p10: 150, median: 170, p90: 220),
            rankSeconds: .init(p10: 250, median: 280, p90: 320),
            runCount: 13, assumedCount: 2)
    }

    @Test func `every rank-second is useful, repeated or idle`() throws {
        let summary = SampleRun.pushT()
        var list = try attempts(summary)
        list.append(
            try attempt("policy", [0, 1], 32, 36, outcome: "failed"))
        let account = RunAccount(summary, attempts: list, graph: nil, forecast: forecast)
        #expect(account.makespanSeconds == 186)
        #expect(account.repeatedRankSeconds == 8)
        #expect(
            abs(
                account.usefulRankSeconds + account.repeatedRankSeconds + account.idleRankSeconds
                    - account.spentRankSeconds) < 1e-9)
        let distance = try #require(account.distanceFromBound)
        #expect(distance >= 1 && distance < 1.2)
        let text = account.lines.joined(separator: "\n")
        #expect(text.contains("makespan 3 min 06 s = ") && text.contains("× lower bound (critical path)"))
        #expect(text.contains("forecast 2 min 50 s [2 min 30 s - 3 min 40 s], spent 3 min 06 s"))
        #expect(text.contains("2 of 13 units were guessed") && text.contains("repeated after faults 0.0022"))
        #expect(!text.contains("price"))
    }

    @Test func `a price is told where one is given, and no bound for a run that was taken up again`() throws {
        var priced = forecast
        priced.pricePerHour = 3.6
        priced.currency = "EUR"
        let summary = SampleRun.pushT()
        var list = try attempts(summary)
        list[0] = try attempt(list[0].unit, list[0].ranks, 0, 4.2, session: 0)
        let account = RunAccount(summary, attempts: list, graph: nil, forecast: priced)
        #expect(account.bound == nil)
        #expect(abs((account.price ?? 0) - 0.372) < 1e-9)
        #expect(account.lines.last == "price: forecast 0.34 EUR, spent 0.37 EUR")
    }

    @Test func `a run that reused everything has spent nothing`() {
        var summary = SampleRun.pushT()
        for unit in summary.units.indices { summary.units[unit].state = .reused }
        let account = RunAccount(summary, attempts: [], graph: nil, forecast: nil)
        #expect(account.spentRankSeconds == 0 && account.bound == nil && account.lines.isEmpty)
    }

    @Test func `small amounts keep digits that say something`() {
        #expect(RunAccount.money(0) == "0.00" && RunAccount.money(12.346) == "12.35")
        #expect(RunAccount.money(0.0123) == "0.0123" && RunAccount.money(0.00001) == "under 0.0001")
    }
}
