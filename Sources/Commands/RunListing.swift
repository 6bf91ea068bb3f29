import Determinism
import Foundation
import Ledger
import Observatory

/// The runs of a store side by side; also the JSON form of `runs`.
struct RunListing: Encodable {
    let schema = LedgerSchema.summary
    private(set) var runs: [Entry]

    /// One run.
    struct Entry: Encodable {
        let run: String
        let recipe: String
        let status: RunStatus
        let started: Double
        /// Wall-clock seconds from the first start to the end; `nil` while it runs or when it was cut off.
        let seconds: Double?
        let seed: UInt64
        let parameters: [String: String]
        let figures: [String: Double]
        /// Units by state.
        let units: [String: Int]
        let isPinned: Bool

        init(_ record: RunRecord, in layout: StoreLayout) {
            let directory = RunDirectory(record.name, in: layout)
            let summary = try? RunJournal.summary(of: directory)
            run = record.name
            recipe = record.recipe
            status = summary?.status ?? (directory.isLive ? .running : .interrupted)
            started = record.started
            seconds = summary?.finished.map { $0 - record.started }
            seed = record.seed
            parameters = record.parameters
            figures = (summary?.figures ?? [:]).filter { $0.value.isFinite }
            var counts: [String: Int] = [:]
            for unit in summary?.units ?? [] { counts[unit.state.rawValue, default: 0] += 1 }
            units = counts
            isPinned = directory.isPinned
        }
    }

    init(runs: [Entry]) { self.runs = runs }

    /// Orders the runs; those without the figure come last.
    ///
    /// - Throws: ``LedgerError`` with the nearest name when no run has the figure.
    mutating func rank(by name: String, descending: Bool) throws {
        func directed(_ isBefore: Bool) -> Bool { descending ? !isBefore : isBefore }
        let value: (Entry) -> Double?
        switch name {
        case "started": value = { $0.started }
        case "seconds": value = { $0.seconds }
        case "name":
            runs.sort { $0.run != $1.run && directed($0.run < $1.run) }
            return
        default:
            guard figureNames.contains(name) else {
                let hint = NearestName.hint(name, among: figureNames)
                let known =
                    figureNames.isEmpty ? "none has any" : "known: " + figureNames.prefix(12).joined(separator: ", ")
                throw LedgerError(.unknownName, "no run has a figure called '\(name)' (\(known)).\(hint)")
            }
            value = { $0.figures[name] }
        }
        runs.sort { left, right in
            switch (value(left), value(right)) {
            case (let a?, let b?): a != b && directed(a < b)
            case (.some, nil): true
            default: false
            }
        }
    }

    private var figureNames: [String] { Set(runs.flatMap(\.figures.keys)).sorted() }

    /// Parameters that do not have the same value in all runs that have them.
    private var differingParameters: [String] {
        let names = Set(runs.flatMap(\.parameters.keys)).sorted()
        return names.filter { name in Set(runs.map { $0.parameters[name] }).count > 1 }
    }

    /// For people: what differs, and the figures that most runs share.
    func table(sortedBy sort: String?) -> [String] {
        let parameters = Array(differingParameters.prefix(6))
        let frequency = Dictionary(grouping: runs.flatMap(\.figures.keys)) { $0 }.mapValues(\.count)
        var figures = figureNames.sorted { (frequency[$1] ?? 0, $0) < (frequency[$0] ?? 0, $1) }
        if let sort, let place = figures.firstIndex(of: sort) { figures.insert(figures.remove(at: place), at: 0) }
        let left = figures.count - 6
        figures = Array(figures.prefix(6))
        let seeds = Set(runs.map(\.seed)).count > 1
        let start = 4 + (seeds ? 1 : 0)
        var table = TextTable(
            ["run", "recipe", "status", "started"] + (seeds ? ["seed"] : []) + parameters + figures + ["time"],
            numeric: Set(start..<start + parameters.count + figures.count + 1))
        for entry in runs {
            table.append(
                [
                    entry.run + (entry.isPinned ? " *" : ""), entry.recipe, entry.status.rawValue,
                    HumanText.date(entry.started),
                ]
                    + (seeds ? [String(entry.seed)] : []) + parameters.map { Self.short(entry.parameters[$0] ?? "-") }
                    + figures.map { HumanText.number(entry.figures[$0]) } + [HumanText.duration(entry.seconds)])
        }
        var lines = table.lines()
        if left > 0 { lines.append("\(left) more figures: --csv or --json has all") }
        if runs.contains(where: \.isPinned) { lines.append("* pinned") }
        return lines
    }

    /// Every parameter and figure, one line a run; `parameter.` and `figure.` keep names apart.
    var csv: [String] {
        let parameters = Set(runs.flatMap(\.parameters.keys)).sorted()
        let figures = figureNames
        let header =
            ["run", "recipe", "status", "started", "seconds", "seed"] + parameters.map { "parameter." + $0 }
            + figures.map { "figure." + $0 }
        let rows = runs.map { entry in
            [
                entry.run, entry.recipe, entry.status.rawValue, String(entry.started),
                entry.seconds.map { String($0) } ?? "",
                String(entry.seed),
            ] + parameters.map { entry.parameters[$0] ?? "" }
                + figures.map { name in entry.figures[name].map { String($0) } ?? "" }
        }
        return ([header] + rows).map { $0.map(Self.quoted).joined(separator: ",") }
    }

    /// A field as RFC 4180 wants it.
    static func quoted(_ field: String) -> String {
        guard field.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return field }
        return "\"" + field.replacingOccurrences(of: "\"", with: "\"\"") + "\""
    }

    /// A value as wide as a table can have it.
    ///
    /// Of a path the end says most; --json and --csv have all of it.
    static func short(_ value: String) -> String { value.count > 32 ? "…" + value.suffix(31) : value }
}
