import ArgumentParser
import Determinism
import Foundation
import Ledger

/// Lists runs, or ranks them by a figure of merit.
struct RunsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs",
        abstract: "List runs: parameters that differ, figures of merit, time.",
        discussion: """
            Examples:
              orchestrate runs
              orchestrate runs --sort action_error
              orchestrate runs --recipe push-t --sort success --descending --last 20
              orchestrate runs --csv > runs.csv
              orchestrate runs --cost --since 7d
            """)

    @OptionGroup var options: GlobalOptions

    @Option(
        help: ArgumentHelp("Rank by this figure of merit, or by 'started', 'seconds' or 'name'.", valueName: "figure"))
    var sort: String?

    @Flag(help: "Largest first.")
    var descending = false

    @Option(help: ArgumentHelp("Only runs of this recipe.", valueName: "name"))
    var recipe: String?

    @Option(help: ArgumentHelp("Only the last so many runs.", valueName: "count"))
    var last: Int?

    @Flag(help: "Print comma-separated values with all parameters and figures.")
    var csv = false

    @Flag(help: "Print what runs have spent: useful, repeated after faults, idle, saved by reuse, and their price.")
    var cost = false

    @Option(help: ArgumentHelp("Only runs that started within this time, such as 12h or 7d.", valueName: "time"))
    var since: String?

    func validate() throws {
        if let since, SpanText.seconds(since) == nil {
            throw ValidationError("--since takes a time such as 90m, 12h or 7d, not '\(since)'")
        }
        if cost, csv || sort != nil { throw ValidationError("--cost goes with neither --csv nor --sort") }
        if let last, last < 1 { throw ValidationError("--last must be at least 1; received \(last)") }
        if csv && options.json { throw ValidationError("choose one of --csv and --json") }
    }

    func run() throws {
        let layout = StoreLayout(options.storePath)
        var records = RunDirectory.all(in: layout)
        if let recipe {
            let names = Set(records.map(\.recipe)).sorted()
            records = records.filter { $0.recipe == recipe }
            if records.isEmpty {
                let hint = NearestName.hint(recipe, among: names)
                throw LedgerError(.unknownName, "no run of a recipe called '\(recipe)'.\(hint)")
            }
        }
        if let span = since.flatMap(SpanText.seconds) {
            let earliest = Date().timeIntervalSince1970 - span
            records = records.filter { $0.started >= earliest }
        }
        if let last { records = Array(records.suffix(last)) }
        if cost {
            let costs = RunCosts(records, in: layout)
            if options.json { return try JSONOutput.print(costs) }
            if costs.runs.isEmpty { return Narration.line("no runs in '\(layout.root)'") }
            for line in costs.lines { print(line) }
            return
        }
        var listing = RunListing(runs: records.map { RunListing.Entry($0, in: layout) })
        if let sort { try listing.rank(by: sort, descending: descending) }
        if options.json {
            try JSONOutput.print(listing)
        } else if csv {
            for line in listing.csv { print(line) }
        } else if listing.runs.isEmpty {
            Narration.line("no runs in '\(layout.root)' yet; start one with `\(Program.current.name) submit RECIPE`")
        } else {
            for line in listing.table(sortedBy: sort) { print(line) }
        }
    }
}
