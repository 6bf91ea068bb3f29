import Execution
import Foundation
import Launch
import Ledger

/// The JSON form of a run's state: its summary, and beside it what is known of its ranks.
struct StatusObject: Encodable {
    /// The last sign of life of a rank.
    struct Rank: Encodable {
        let rank: Int
        let host: String
        let process: Int32
        /// Seconds since that sign by this machine's clock.
        let silentSeconds: Double
    }

    let summary: RunSummary
    let ranks: [Rank]
    let faults: [FaultRecords.Fault]
    /// When it is expected to end; `nil` when it does not run.
    let expectedEnd: ExpectedEnd?

    init(_ summary: RunSummary, in run: RunDirectory, now: Double) {
        self.summary = summary
        expectedEnd =
            summary.status == .running ? ExpectedEnd.read(run, atSeconds: now - summary.started) : nil
        let pulses = summary.status == .running ? RankPulse.all(in: run) : []
        ranks = pulses.map {
            Rank(rank: $0.rank, host: $0.host, process: $0.process, silentSeconds: max(0, now - $0.atSeconds))
        }
        faults = FaultRecords(run).all()
    }

    private enum CodingKeys: String, CodingKey { case ranks, faults, expectedEnd }

    func encode(to encoder: any Encoder) throws {
        try summary.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(ranks, forKey: .ranks)
        try container.encode(faults, forKey: .faults)
        try container.encodeIfPresent(expectedEnd, forKey: .expectedEnd)
    }

    /// What a person should know of the ranks: faults so far, and those that are silent now.
    func lines() -> [String] {
        var lines: [String] = []
        if !faults.isEmpty {
            lines += [
                "", "\(faults.count) \(faults.count == 1 ? "fault" : "faults") so far; ranks were started again:",
            ]
            lines += faults.suffix(5).map { "  attempt \($0.attempt): \($0.text)" }
        }
        let silent = ranks.filter { $0.silentSeconds > 10 * RankPulse.interval }
        if !silent.isEmpty {
            lines.append("")
            for rank in silent.prefix(5) {
                lines.append("rank \(rank.rank) on \(rank.host): no sign of life for \(Int(rank.silentSeconds)) s")
            }
            if silent.count > 5 { lines.append("… and \(silent.count - 5) more ranks") }
        }
        return lines
    }
}
