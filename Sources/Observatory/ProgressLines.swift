public import Ledger

/// The state of a live run as lines of text: pure, so that any terminal code can draw it.
public enum ProgressLines {
    /// Most running units shown.
    private static let unitLimit = 8

    /// A headline and one line per running unit with a bar, its figures and what is left.
    ///
    /// - Parameters:
    ///   - summary: the run as it stands.
    ///   - nowSeconds: seconds since the start of the run.
    ///   - end: when it is expected to end.
    ///   - width: columns of the terminal; no line is longer.
    public static func render(
        _ summary: RunSummary, nowSeconds: Double, end: ExpectedEnd? = nil, width: Int, style: TerminalStyle
    ) -> [String] {
        let final = summary.units.count { $0.state.isFinal }
        let failed = summary.count(.failed)
        var headline = "\(summary.run)  \(final)/\(summary.units.count) units"
        let reused = summary.count(.reused)
        if reused > 0 { headline += ", \(reused) reused" }
        if failed > 0 { headline += ", \(failed) failed" }
        headline += "  \(HumanText.duration(nowSeconds))"
        if let end { headline += ", " + left(end) }
        var lines = [style.bold(cut(headline, width))]
        let running = summary.units.filter { $0.state == .running }
        for unit in running.prefix(unitLimit) {
            lines.append(style.paint(line(unit, nowSeconds: nowSeconds, width: width), as: .running))
        }
        if running.count > unitLimit { lines.append(style.faint("  and \(running.count - unitLimit) more running")) }
        return lines
    }

    /// `3 min 10 s left [2 min 40 s - 4 min 05 s]`: the median, P10 and P90.
    public static func left(_ end: ExpectedEnd) -> String {
        "\(HumanText.duration(end.medianSeconds)) left [\(HumanText.duration(end.p10Seconds)) - \(HumanText.duration(end.p90Seconds))]"
    }

    /// One line for logs and pipes: a unit that just changed its state.
    public static func event(_ unit: UnitOutcome) -> String {
        switch unit.state {
        case .running:
            let ranks = unit.ranks.map(String.init).joined(separator: ",")
            return "start  \(unit.name)" + (ranks.isEmpty ? "" : "  on rank \(ranks)")
        case .ran: return "done   \(unit.name)" + (unit.seconds.map { "  \(HumanText.duration($0))" } ?? "")
        case .reused: return "reuse  \(unit.name)"
        case .failed: return "FAILED \(unit.name)" + (unit.cause.map { "  \($0)" } ?? "")
        case .skipped: return "skip   \(unit.name)" + (unit.cause.map { "  \($0)" } ?? "")
        case .pending: return "wait   \(unit.name)"
        }
    }

    private static func line(_ unit: UnitOutcome, nowSeconds: Double, width: Int) -> String {
        let elapsed = max(0, nowSeconds - (unit.startSeconds ?? nowSeconds))
        let share: Double?
        if let progress = unit.progress, progress.total > 0 {
            share = min(1, max(0, Double(progress.completed) / Double(progress.total)))
        } else {
            share = unit.predictedSeconds.flatMap { $0 > 0 ? min(0.99, elapsed / $0) : nil }
        }
        var text = "  " + HumanText.fit(unit.name, 24) + " "
        if let share {
            let filled = Int((share * 20).rounded(.down))
            text += "[" + String(repeating: "#", count: filled) + String(repeating: "-", count: 20 - filled) + "] "
            text += HumanText.fit("\(Int(share * 100))%", 4, right: true)
        } else {
            text += HumanText.fit(HumanText.duration(elapsed), 27)
        }
        if let progress = unit.progress {
            for (name, value) in progress.figures.sorted(by: { $0.key < $1.key }).prefix(5) {
                text += "  \(name) \(HumanText.number(value))"
            }
        }
        if let share, share > 0.02, share < 1, let progress = unit.progress {
            let spent = max(0.001, progress.atSeconds - (unit.startSeconds ?? 0))
            text += "  \(HumanText.duration(spent / share * (1 - share))) left"
        }
        return cut(text, width)
    }

    private static func cut(_ text: String, _ width: Int) -> String {
        text.count > width ? HumanText.fit(text, max(1, width)) : text
    }
}
