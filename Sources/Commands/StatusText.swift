import Ledger
import Observatory

/// The state of a run as text.
struct StatusText {
    private let summary: RunSummary
    private let listsAll: Bool
    private let next: NextCommand

    /// Whether the run will go on by itself.
    private let isWaiting: Bool

    private let end: ExpectedEnd?

    init(
        _ summary: RunSummary, listsAll: Bool, isWaiting: Bool = false, end: ExpectedEnd? = nil, options: GlobalOptions
    ) {
        self.end = end
        self.summary = summary
        self.isWaiting = isWaiting
        next = NextCommand(options: options)
        self.listsAll = listsAll
    }

    /// - Parameter now: seconds since 1970.
    func lines(now: Double) -> [String] {
        let counts = UnitState.allCases.compactMap { state in
            summary.count(state) > 0 ? "\(summary.count(state)) \(state.rawValue)" : nil
        }
        let elapsed = (summary.finished ?? (summary.status == .running ? now : nil)).map { $0 - summary.started }
        var lines = [
            "\(summary.run): \(summary.status.rawValue)"
                + (elapsed.map { (summary.status == .running ? ", for " : " in ") + HumanText.duration($0) } ?? ""),
            "recipe \(summary.recipe) on \(summary.rankCount) \(summary.rankCount == 1 ? "rank" : "ranks"), "
                + "\(summary.units.count) units: " + (counts.isEmpty ? "none yet" : counts.joined(separator: ", ")),
        ]
        if let end, summary.status == .running { lines.append(ProgressLines.left(end)) }
        let interesting = summary.units.filter { listsAll || $0.state == .running || $0.state == .failed }
        if !interesting.isEmpty {
            var table = TextTable(["unit", "state", "ranks", "time", "expected", "progress"], numeric: [3, 4])
            for unit in interesting { table.append(row(unit, now: now)) }
            lines += [""] + table.lines()
        }
        for unit in summary.units where unit.state == .failed {
            lines += ["", "\(unit.name) failed (attempt \(unit.attempt)): \(unit.cause ?? "no cause was recorded")"]
            lines.append("  " + next.line("logs", summary.run, unit.name))
            lines.append("  " + next.line("explain", unit.name, "--run", summary.run))
        }
        if summary.status == .interrupted, !isWaiting {
            lines += ["", "It ended without finishing; submitting the recipe again goes on from what is stored."]
        }
        let figures = summary.figures.sorted { $0.key < $1.key }
        if !figures.isEmpty {
            lines.append("")
            for (name, value) in figures { lines.append("\(name) = \(HumanText.number(value))") }
        }
        return lines
    }

    private func row(_ unit: UnitOutcome, now: Double) -> [String] {
        var seconds = unit.seconds
        if unit.state == .running, let start = unit.startSeconds { seconds = now - summary.started - start }
        var progress = ""
        if let report = unit.progress, unit.state == .running {
            progress = "\(report.completed)/\(report.total)"
            for (name, value) in report.figures.sorted(by: { $0.key < $1.key }).prefix(3) {
                progress += " \(name) \(HumanText.number(value))"
            }
        }
        return [
            unit.name, unit.state.rawValue, Self.ranks(unit.ranks),
            unit.state == .ran || unit.state == .running || unit.state == .failed ? HumanText.duration(seconds) : "-",
            HumanText.duration(unit.predictedSeconds), progress,
        ]
    }

    /// `0-3` for a run of ranks, otherwise a list.
    static func ranks(_ ranks: [Int]) -> String {
        guard let first = ranks.first, let last = ranks.last else { return "-" }
        if ranks.count > 1, ranks == Array(first...max(first, last)) { return "\(first)-\(last)" }
        return ranks.map(String.init).joined(separator: ",")
    }
}
