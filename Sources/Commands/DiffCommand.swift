import ArgumentParser
import Determinism
import DurableFiles
import Inspection
import Ledger
import Observatory

/// Tells in what two runs, artifacts or files differ.
struct DiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Tell in what two runs, outputs, checkpoints or files differ.",
        discussion: """
            Two runs: recipe, parameters, data, program and machine, then unit by unit whether keys and outputs are equal.
            Two things, each a file, a folder or [RUN:]UNIT[/OUTPUT]: the first tensor and element, dataset, JSON value, line
            or byte that differs, how many do, and by how much.

            Examples:
              orchestrate diff brave-heron calm-otter
              orchestrate diff brave-heron:policy calm-otter:policy
              orchestrate diff policy/checkpoint old.checkpoint --json
              orchestrate diff a.safetensors b.safetensors

            Exit codes: 0 the same, 2 different, 65 damaged, 66 no such file, run, unit or output.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: ArgumentHelp("A run, a file, a folder, or an output as [RUN:]UNIT[/OUTPUT].", valueName: "first"))
    var first: String

    @Argument(help: ArgumentHelp("What to compare it with.", valueName: "second"))
    var second: String

    func run() throws {
        if let runs = runs() {
            try tell(RunDifference(runs.0, runs.1))
        } else {
            try tell(ThingDifference(first, second, options: options))
        }
    }

    /// The runs that both arguments name; `nil` when one names something else.
    private func runs() -> (RunDirectory, RunDirectory)? {
        let layout = StoreLayout(options.storePath)
        func run(_ name: String) -> RunDirectory? {
            guard !DurableFiles.exists(name) else { return nil }
            return try? RunDirectory.open(name, in: layout)
        }
        guard let here = run(first), let there = run(second) else { return nil }
        return (here, there)
    }

    private func tell(_ difference: some DifferenceReport) throws {
        if options.json {
            try JSONOutput.print(difference)
        } else {
            for line in difference.lines { print(line) }
        }
        if !difference.isEqual { throw ArgumentParser.ExitCode(Determinism.ExitCode.differs) }
    }
}

/// What `diff` prints.
protocol DifferenceReport: Encodable {
    var isEqual: Bool { get }
    var lines: [String] { get }
}

extension RunDifference: DifferenceReport {
    var lines: [String] {
        var lines: [String] = []
        for (title, rows) in [
            ("recipe", recipe), ("parameters", parameters), ("data", data), ("made with", environment),
        ] where !rows.isEmpty {
            lines.append(title)
            lines += rows.map { "  \($0.what): \(HumanText.cut($0.first, 70)) → \(HumanText.cut($0.second, 70))" }
        }
        var table = TextTable(["unit", "", "outputs that differ", "figures"])
        for unit in units where unit.verdict != .same {
            table.append([
                unit.name, Self.words(unit.verdict), unit.outputs.joined(separator: ", "),
                unit.figures.prefix(3).map { "\($0.what) \(Self.number($0.first)) → \(Self.number($0.second))" }
                    .joined(separator: ", "),
            ])
        }
        if !table.isEmpty { lines += (lines.isEmpty ? [] : [""]) + table.withoutEmptyColumns.lines() }
        let same = units.count { $0.verdict == .same }
        lines.append(
            "\(same) of \(units.count) units are the same"
                + (units.contains { $0.verdict == .broken }
                    ? "; units with equal keys and other outputs are not deterministic" : ""))
        return lines
    }

    private static func words(_ verdict: Verdict) -> String {
        switch verdict {
        case .same: "same"
        case .broken: "EQUAL KEY, OTHER OUTPUTS"
        case .sameOutputs: "other key, same outputs"
        case .other: "other"
        case .unfinished: "not finished in both"
        case .onlyFirst: "only in the first"
        case .onlySecond: "only in the second"
        }
    }

    private static func number(_ text: String) -> String { Double(text).map { HumanText.number($0) } ?? text }
}
