import ArgumentParser
import Foundation
import Ledger
import Recipes
import WorkGraph

/// Says what a recipe would do, without doing it.
struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show which units of a recipe would run or be reused, why, where and how long.",
        discussion: """
            Nothing runs and nothing is written but the cache of source digests. Recipe errors end with code 78, missing data
            with 66; --check ends with 2 when anything would run; 77 when the recipe's deadline or budget is not kept.

            Examples:
              orchestrate plan recipes/pusht.swift
              orchestrate plan recipes/pusht.swift --set steps=1200 --ranks 4
              orchestrate plan recipes/pusht.swift --ranks 2,4,8,16
              orchestrate plan recipes/pusht.swift --until tokens --json
              orchestrate plan recipes/pusht.swift --dot | dot -Tsvg > graph.svg
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var recipe: RecipeOptions
    @OptionGroup var selection: UnitSelection
    @OptionGroup var site: SiteOptions

    @Option(
        help: ArgumentHelp(
            "How many ranks the run would have, or several numbers to compare; default: one for each processor.",
            valueName: "count[,count…]"))
    var ranks: RankCounts?

    @Flag(help: "Print the graph for Graphviz.")
    var dot = false

    @Flag(help: "List every unit, however many there are.")
    var all = false

    @Flag(help: "Print only the headline, and end with code 2 when anything would run.")
    var check = false

    func validate() throws {
        if let bad = ranks?.counts.first(where: { !(1...100_000).contains($0) }) {
            throw ValidationError("--ranks is 1 or more, not \(bad)")
        }
    }

    func run() throws {
        let loaded = try RecipeLoading.load(recipe, options)
        let store = try selection.store(options)
        let chosen = try selection.apply(to: loaded.graph) { unit in
            if case .found = store.find(unit.key) { true } else { false }
        }
        let report = PlanReport(
            loaded, graph: chosen.graph, rerun: chosen.rerun,
            ranks: ranks?.counts ?? [ProcessInfo.processInfo.activeProcessorCount], store: store,
            options: site, choice: try site.choice())
        let text = PlanText(report: report, showsAll: all)
        if options.json {
            try JSONOutput.print(report)
        } else if dot {
            print(PlanGraphviz.text(report, chosen.graph))
        } else if check {
            print(text.headline)
        } else {
            print(text.lines.joined(separator: "\n"))
        }
        if !options.json, !options.quiet {
            for warning in report.warnings where !loaded.compiled.warnings.contains(where: { $0.message == warning }) {
                Narration.line("warning: " + warning)
            }
        }
        try report.refuseOver(site)
        if check, report.totals.run > 0 { throw ExitCode(2) }
    }
}

/// One number of ranks, or several between commas.
struct RankCounts: ExpressibleByArgument {
    let counts: [Int]

    init?(argument: String) {
        var counts: [Int] = []
        for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
            guard let count = Int(part), !counts.contains(count) else { return nil }
            counts.append(count)
        }
        guard !counts.isEmpty else { return nil }
        self.counts = counts
    }
}
