import ArgumentParser
import Foundation
import Ledger

/// Prints what a unit wrote.
struct LogsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Print what a unit of a run wrote.",
        discussion: """
            Examples:
              orchestrate logs brave-heron policy
              orchestrate logs latest policy -f
              orchestrate logs latest ingest/shard-0 --attempt 1 --stream err
            """)

    /// Which of a unit's streams.
    enum Stream: String, ExpressibleByArgument, CaseIterable {
        case out, err, both
        var suffixes: [String] { self == .both ? ["out", "err"] : [rawValue] }
    }

    @OptionGroup var options: GlobalOptions

    @Argument(help: ArgumentHelp("The run, or 'latest'.", valueName: "run"))
    var runName: String

    @Argument(help: "The unit's name.")
    var unit: String

    @Flag(name: .shortAndLong, help: "Go on until the unit has finished.")
    var follow = false

    @Option(help: ArgumentHelp("Number of the attempt; default: the last.", valueName: "number"))
    var attempt: Int?

    @Option(help: "Standard output, standard error, or first one and then the other.")
    var stream: Stream = .both

    /// The JSON form.
    struct Report: Encodable {
        let schema = LedgerSchema.summary
        let run: String
        let unit: String
        let attempt: Int
        let out: String?
        let err: String?
    }

    func run() throws {
        let directory = try RunDirectory.open(runName, in: StoreLayout(options.storePath))
        let summary = try RunJournal.summary(of: directory)
        let outcome = try RunArguments.unit(unit, in: summary)
        let number = attempt ?? max(outcome.attempt, 1)
        let paths = stream.suffixes.map { directory.logPath(outcome.name, attempt: number, stream: $0) }
        if outcome.attempt == 0, !follow {
            let why = outcome.state == .reused ? "it was reused, not run" : "it has not run (\(outcome.state.rawValue))"
            throw LedgerError(.unknownName, "unit '\(outcome.name)' has no log in run '\(summary.run)': \(why)")
        }
        if let attempt, attempt < 1 || attempt > max(outcome.attempt, 1) {
            throw LedgerError(
                .unknownName,
                "unit '\(outcome.name)' has had \(outcome.attempt) attempts; there is no attempt \(attempt)")
        }
        if options.json {
            let text = { (stream: String) in
                FileManager.default.contents(atPath: directory.logPath(outcome.name, attempt: number, stream: stream))
                    .map { String(decoding: $0, as: UTF8.self) }
            }
            return try JSONOutput.print(
                Report(run: summary.run, unit: outcome.name, attempt: number, out: text("out"), err: text("err")))
        }
        var tails = paths.map(FileTail.init)
        copy(&tails)
        while follow {
            let now = try RunJournal.summary(of: directory)
            let state = try RunArguments.unit(outcome.name, in: now).state
            let isOver = now.status != .running || state.isFinal
            // What was written before the state was read is still to be copied.
            copy(&tails)
            if isOver { break }
            Thread.sleep(forTimeInterval: 0.2)
        }
    }

    private func copy(_ tails: inout [FileTail]) {
        for place in tails.indices { tails[place].copy(to: FileHandle.standardOutput) }
    }
}
