import ArgumentParser
import Foundation
import Launch
import Ledger

/// Says how a run stands.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Say how a run stands: its units, progress and failures.",
        discussion: """
            Without a name, the run that started last.

            Examples:
              orchestrate status
              orchestrate status brave-heron --all
              orchestrate status --json
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: ArgumentHelp("The run; default: the last one.", valueName: "run"))
    var runName: String = "latest"

    @Flag(help: "List every unit, however many there are.")
    var all = false

    /// Up to so many units are listed without being asked.
    static let listedUnits = 60

    func run() throws {
        let directory = try RunDirectory.open(runName, in: StoreLayout(options.storePath))
        let isUnbegun = !FileManager.default.fileExists(atPath: directory.journal) && SlurmJob.of(directory) != nil
        let summary = isUnbegun ? try RunEnd.summary(of: directory) : try RunJournal.summary(of: directory)
        let object = StatusObject(summary, in: directory, now: Date().timeIntervalSince1970)
        if options.json { return try JSONOutput.print(object) }
        let isOpen = isUnbegun || [.running, .interrupted].contains(summary.status)
        let slurm = isOpen ? SlurmPresence.line(directory) : nil
        let text = StatusText(
            summary, listsAll: all || summary.units.count <= Self.listedUnits,
            isWaiting: slurm != nil && SlurmPresence.isWaiting(directory), end: object.expectedEnd, options: options)
        if isUnbegun {
            print("\(directory.name): it has not begun")
        } else {
            for line in text.lines(now: Date().timeIntervalSince1970) { print(line) }
            for line in object.lines() { print(line) }
        }
        if let slurm { print(slurm) }
    }
}
