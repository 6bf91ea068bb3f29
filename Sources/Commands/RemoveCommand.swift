import ArgumentParser
import Ledger

/// Removes runs from the list.
struct RemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Remove runs: journal, lock, logs and work folders.",
        discussion: """
            Artifacts stay until `orchestrate gc`, which removes those that no other run reaches.

            Examples:
              orchestrate rm brave-heron
              orchestrate rm brave-heron calm-otter
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The runs.")
    var runs: [String]

    @Flag(help: "Remove pinned runs too.")
    var force = false

    /// The JSON form.
    struct Report: Encodable {
        let schema = LedgerSchema.summary
        let removed: [String]
    }

    func run() throws {
        let layout = StoreLayout(options.storePath)
        // All names are looked at before anything goes.
        let directories = try runs.map { try RunDirectory.open($0, in: layout) }
        for directory in directories where directory.isPinned && !force {
            throw LedgerError(
                .inUse,
                "run '\(directory.name)' is pinned; `\(Program.current.name) pin --off \(directory.name)` first, or use --force"
            )
        }
        for directory in directories { try directory.remove() }
        if options.json {
            try JSONOutput.print(Report(removed: directories.map(\.name)))
        } else if !options.quiet {
            for directory in directories { Narration.line("removed \(directory.name)") }
        }
    }
}
