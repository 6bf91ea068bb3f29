import ArgumentParser
import Determinism
import Ledger

/// Prints where an output is.
struct ArtifactCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "artifact",
        abstract: "Print the path of a unit's output.",
        discussion: """
            A unit with several outputs prints one path a line unless one is named.

            Examples:
              orchestrate artifact latest policy
              orchestrate artifact brave-heron export/model
              cp -r "$(orchestrate artifact latest export)" model
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: ArgumentHelp("The run, or 'latest'.", valueName: "run"))
    var runName: String

    @Argument(help: ArgumentHelp("The unit, and after a slash the output.", valueName: "unit[/output]"))
    var thing: String

    /// The JSON form.
    struct Report: Encodable {
        let schema = LedgerSchema.summary
        let run: String
        let unit: String
        let key: Digest
        let outputs: [OutputRecord]
    }

    func run() throws {
        let found = try StoredOutputs(thing, of: runName, in: ArtifactStore(options.storePath))
        if options.json {
            try JSONOutput.print(
                Report(run: found.run, unit: found.unit.name, key: found.unit.key, outputs: found.outputs))
        } else {
            for record in found.outputs { print(record.path) }
        }
    }
}
