public import Ledger

/// What a run did, as text for the end of `submit` and for `status`.
public enum RunTable {
    /// Most rows before the shards of one call are shown as one.
    public static let rowLimit = 60

    /// The table of units, the figures of merit and the causes of failures.
    public static func render(_ summary: RunSummary, style: TerminalStyle = .plain) -> String {
        var lines = units(summary, style: style)
        let figures = self.figures(summary)
        if !figures.isEmpty { lines += ["", style.bold("figures of merit")] + figures }
        let causes = summary.units.filter { $0.state == .failed }
        if !causes.isEmpty {
            lines += ["", style.bold("failed")]
            for unit in causes { lines.append("  \(unit.name): \(unit.cause ?? "unknown cause")") }
        }
        lines += ["", self.summary(summary)]
        return lines.joined(separator: "\n")
    }

    /// One line: how many units ran and were reused, and how long it took.
    public static func summary(_ summary: RunSummary) -> String {
        var parts = ["\(summary.count(.ran)) ran", "\(summary.count(.reused)) reused"]
        for state in [UnitState.failed, .skipped, .running, .pending] where summary.count(state) > 0 {
            parts.append("\(summary.count(state)) \(state.rawValue)")
        }
        let time = summary.finished.map { " in " + HumanText.duration($0 - summary.started) } ?? ""
        let ranks = summary.rankCount == 1 ? "1 rank" : "\(summary.rankCount) ranks"
        return "\(summary.run): \(summary.status.rawValue), \(parts.joined(separator: ", ")), \(ranks)\(time)"
    }

    private static func units(_ summary: RunSummary, style: TerminalStyle) -> [String] {
        var table = TextTable([
            .init("unit"), .init("kind"), .init("state"), .init("ranks", right: true), .init("seconds", right: true),
            .init("predicted", right: true),
        ])
        let groups = UnitGroup.groups(of: summary.units, limit: rowLimit)
        for group in groups {
            let members = group.members.map { summary.units[$0] }
            table.append([
                group.title, group.kind, states(members), ranks(members), seconds(members.map(\.seconds)),
                seconds(members.map(\.predictedSeconds)),
            ])
        }
        let lines = table.lines()
        return [style.bold(lines[0])]
            + zip(groups, lines.dropFirst()).map { group, line in
                style.paint(line, as: summary.units[group.members[0]].state)
            }
    }

    private static func states(_ units: [UnitOutcome]) -> String {
        if units.count == 1 { return units[0].state.rawValue + (units[0].attempt > 1 ? " (\(units[0].attempt))" : "") }
        return UnitState.allCases.compactMap { state in
            let count = units.count { $0.state == state }
            return count == 0 ? nil : count == units.count ? state.rawValue : "\(count) \(state.rawValue)"
        }.joined(separator: ", ")
    }

    private static func ranks(_ units: [UnitOutcome]) -> String {
        let counts = Set(units.map(\.ranks.count)).subtracting([0]).sorted()
        guard let low = counts.first, let high = counts.last else { return "-" }
        return low == high ? "\(low)" : "\(low)-\(high)"
    }

    private static func seconds(_ values: [Double?]) -> String {
        let known = values.compactMap { $0 }
        return known.isEmpty ? "-" : HumanText.fixed(known.reduce(0, +), 2)
    }

    private static func figures(_ summary: RunSummary) -> [String] {
        var table = TextTable([.init("  unit"), .init("figure"), .init("value", right: true)])
        var isEmpty = true
        for unit in summary.units {
            for (name, value) in unit.figures.sorted(by: { $0.key < $1.key }) {
                table.append(["  " + unit.name, name, HumanText.number(value)])
                isEmpty = false
            }
        }
        return isEmpty ? [] : table.lines()
    }
}
