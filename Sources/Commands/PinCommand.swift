import ArgumentParser
import Ledger

/// Protects runs from being collected.
struct PinCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pin",
        abstract: "Protect runs and all that they reach from gc and rm.",
        discussion: """
            Examples:
              orchestrate pin brave-heron
              orchestrate pin --off brave-heron
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The runs, or 'latest'.")
    var runs: [String]

    @Flag(help: "Take the protection away again.")
    var off = false

    /// The JSON form.
    struct Report: Encodable {
        let schema = LedgerSchema.summary
        let runs: [String]
        let isPinned: Bool
    }

    func run() throws {
        let layout = StoreLayout(options.storePath)
        let directories = try runs.map { try RunDirectory.open($0, in: layout) }
        for directory in directories { try directory.setPinned(!off) }
        if options.json {
            try JSONOutput.print(Report(runs: directories.map(\.name), isPinned: !off))
        } else if !options.quiet {
            for directory in directories { Narration.line("\(off ? "unpinned" : "pinned") \(directory.name)") }
        }
    }
}
