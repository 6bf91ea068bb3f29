import ArgumentParser
import Determinism
import Foundation
import Ledger

/// Takes a run in that another machine has packed.
struct UnpackCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unpack",
        abstract: "Take a packed run into this store, checking every digest.",
        discussion: """
            Nothing is run. Artifacts that are here already stay as they are; the run can be read, compared, verified and gone on
            from as if it had been made here. Unpack archives of people you trust: that outputs belong to their keys is
            proved by `verify` alone.

            Examples:
              orchestrate unpack brave-heron.tar
              orchestrate unpack brave-heron.tar --name heron-of-ada
              orchestrate verify brave-heron
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The archive.")
    var archive: String

    @Option(help: ArgumentHelp("Name of the run in this store; default: its own.", valueName: "name"))
    var name: String?

    func validate() throws {
        if let name, name.isEmpty || name.contains("/") || name.hasPrefix(".") || name == "latest" {
            throw ValidationError("'\(name)' cannot be the name of a run: use letters, digits and '-'")
        }
    }

    /// The JSON form.
    struct Report: Encodable {
        let schema = LedgerSchema.summary
        let run: String
        let recipe: String
        let artifacts: Int
        let known: Int
        let sources: Int
    }

    func run() throws {
        let report = try RunUnpacker(ArtifactStore(options.storePath)).unpack(archive, as: name) { line in
            if !options.quiet, !options.json { Narration.line(line) }
        }
        let packed = report.archive
        if options.json {
            return try JSONOutput.print(
                Report(
                    run: report.run, recipe: packed.recipe, artifacts: packed.artifacts.count, known: report.known,
                    sources: packed.sources.count))
        }
        print(report.run)
        guard !options.quiet else { return }
        Narration.line(
            "\(packed.artifacts.count) artifacts (\(report.known) known already), \(packed.sources.count) source files; "
                + "`\(NextCommand(options: options).line("verify", report.run))` computes it again")
    }
}
