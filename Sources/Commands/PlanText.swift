import Foundation
import Observatory
import Prediction
import WorkGraph

/// A plan as people read it.
struct PlanText {
    let report: PlanReport
    /// Every unit on a line of its own, however many there are.
    let showsAll: Bool

    var lines: [String] {
        var lines = [headline, ""]
        lines += table
        if report.totals.run > 0 {
            if report.units.contains(where: Self.isAssumed) {
                lines.append("~ assumed: nothing of the kind has run with this store yet")
            }
            lines.append("")
            lines.append(gantt)
            lines.append("")
            lines += comparison
            if let bound = boundLine { lines.append(bound) }
            if let price = priceLine { lines.append(price) }
            let free = report.bytes.free.map { ", \(HumanText.bytes(Self.whole($0))) free" } ?? ""
            lines.append("writes about \(HumanText.bytes(Self.whole(report.bytes.toWrite)))\(free)")
        }
        return lines
    }

    /// `push-t: 23 units: 23 run, 0 reuse; ETA 3 min 10 s [2 min 40 s - 4 min 05 s] on 2 ranks; 0.11 rank-hours`.
    var headline: String {
        let totals = report.totals
        var text =
            "\(report.recipe): \(totals.units) unit\(totals.units == 1 ? "" : "s"): \(totals.run) run, "
            + "\(totals.reuse) reuse"
        guard totals.run > 0 else { return text }
        let estimate = report.estimate
        text += "; ETA \(HumanText.duration(estimate.medianSeconds))"
        text += " [\(HumanText.duration(estimate.p10Seconds)) - \(HumanText.duration(estimate.p90Seconds))]"
        text += " on \(estimate.ranks) rank\(estimate.ranks == 1 ? "" : "s"); "
        text += "\(HumanText.fixed(estimate.rankHours, estimate.rankHours < 0.1 ? 4 : 2)) rank-hours"
        return text
    }

    /// `schedule 3 min 10 s = 1.06 × lower bound (critical path), 12 % idle`.
    private var boundLine: String? {
        let estimate = report.estimate
        guard estimate.boundSeconds > 0 else { return nil }
        let ratio = HumanText.fixed(max(1, estimate.scheduleSeconds / estimate.boundSeconds), 2)
        return
            "schedule \(HumanText.duration(estimate.scheduleSeconds)) = \(ratio) × lower bound (\(estimate.boundReason)), "
            + "ranks idle \(HumanText.fixed(100 * estimate.idleShare, 0)) % of the time"
    }

    /// `price 1.20 EUR, in one run of ten 1.50 EUR or more (pool fast)`; nothing where no price is given.
    private var priceLine: String? {
        let estimate = report.estimate
        guard let price = estimate.price, let most = estimate.p90Price else { return nil }
        let currency = report.currency.map { " " + $0 } ?? ""
        let pool = report.pool.map { " (pool \($0))" } ?? ""
        return
            "price \(RunAccount.money(price))\(currency), in one run of ten \(RunAccount.money(most))\(currency) or more"
            + pool
    }

    /// A line for every number of ranks that was asked for.
    private var comparison: [String] {
        guard !report.choices.isEmpty else { return [] }
        let isPriced = report.choices.contains { $0.price != nil }
        let price = isPriced ? ["price" + (report.currency.map { " " + $0 } ?? "")] : []
        var table = TextTable(
            ["ranks", "expected", "P10", "P90", "rank-hours", "idle"] + price, numeric: [0, 1, 2, 3, 4, 5, 6])
        for choice in report.choices {
            table.append(
                [
                    "\(choice.ranks)", HumanText.duration(choice.medianSeconds), HumanText.duration(choice.p10Seconds),
                    HumanText.duration(choice.p90Seconds),
                    HumanText.fixed(choice.rankHours, choice.rankHours < 0.1 ? 4 : 2),
                    HumanText.fixed(100 * choice.idleShare, 0) + " %",
                ] + (isPriced ? [choice.price.map(RunAccount.money) ?? "-"] : []))
        }
        return table.lines() + [""]
    }

    private var table: [String] {
        var table = TextTable(["unit", "kind", "ranks", "expected", "", "why"], numeric: [2, 3])
        for line in groups {
            let first = line.units[0]
            let expected = line.units.compactMap { $0.estimate?.medianSeconds }.reduce(0, +)
            let (least, most) = (first.ranks.min, first.ranks.max)
            let ranks = least == most ? "\(least)" : "\(least)-\(most)"
            let mark = line.units.contains(where: Self.isAssumed) ? "~" : ""
            table.append([
                line.name, first.kind, ranks, first.action == .run ? mark + HumanText.duration(expected) : "",
                first.action.rawValue, first.reason,
            ])
        }
        return table.lines()
    }

    /// Whether the unit's duration is a guess without any history.
    private static func isAssumed(_ unit: PlanReport.Unit) -> Bool { unit.estimate?.basis == .prior }

    /// Units of one call that share their fate stand on one line when there are many.
    private var groups: [(name: String, units: [PlanReport.Unit])] {
        guard !showsAll, report.units.count > 40 else { return report.units.map { ($0.name, [$0]) } }
        var groups: [(name: String, units: [PlanReport.Unit])] = []
        var positions: [String: Int] = [:]
        for unit in report.units {
            let call = String(unit.name.prefix { $0 != "/" && $0 != "[" && $0 != "-" })
            let ranks = "\(unit.ranks.min)-\(unit.ranks.max)"
            let identity = [call, unit.kind, unit.action.rawValue, Self.gist(unit.reason), ranks]
                .joined(separator: "\u{0}")
            if let position = positions[identity] {
                groups[position].units.append(unit)
            } else {
                positions[identity] = groups.count
                groups.append((unit.name, [unit]))
            }
        }
        return groups.map { group in
            group.units.count == 1 ? group : ("\(group.name) … (\(group.units.count) units)", group.units)
        }
    }

    /// A reason without what differs between units of one call.
    private static func gist(_ reason: String) -> String { String(reason.prefix { $0 != ":" && $0 != "," }) }

    private var gantt: String {
        var bars = report.schedule
        // A terminal cannot show more than a few hundred bars; the longest tell the most.
        if bars.count > 400 {
            bars = bars.sorted { $0.endSeconds - $0.startSeconds > $1.endSeconds - $1.startSeconds }
            bars = bars.prefix(400).sorted { ($0.startSeconds, $0.unit) < ($1.startSeconds, $1.unit) }
        }
        let rows = bars.flatMap { bar in
            bar.ranks.map { (lane: $0, name: bar.unit, start: bar.startSeconds, end: bar.endSeconds) }
        }
        return TextGantt.render(rows: rows, width: 100)
    }

    private static func whole(_ bytes: Double) -> Int { bytes < 9e18 ? Int(max(0, bytes)) : .max }
}

/// A plan for Graphviz.
enum PlanGraphviz {
    static func text(_ report: PlanReport, _ graph: WorkGraph) -> String {
        func quoted(_ text: String) -> String {
            "\"" + text.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\"") + "\""
        }
        var lines = ["digraph \(quoted(report.recipe)) {", "  rankdir=LR; node [shape=box, style=filled];"]
        for unit in report.units {
            let colour = unit.action == .run ? "#ffd28a" : "#c9e7c9"
            lines.append(
                "  \(quoted(unit.name)) [fillcolor=\"\(colour)\", tooltip=\(quoted("\(unit.kind): \(unit.reason)"))];")
        }
        for (position, parents) in graph.parentPositions().enumerated() {
            for parent in parents {
                lines.append("  \(quoted(graph.units[parent].name)) -> \(quoted(graph.units[position].name));")
            }
        }
        return (lines + ["}"]).joined(separator: "\n")
    }
}
