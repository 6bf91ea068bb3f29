import ArgumentParser
import Determinism
import DurableFiles
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
        let store = try ArtifactStore(options.storePath)
        let summary = try RunJournal.summary(of: RunDirectory.open(runName, in: store.layout))
        let (unit, output) = try RunArguments.unitAndOutput(thing, in: summary)
        let manifest: ArtifactManifest
        switch store.find(unit.key) {
        case .found(let found): manifest = found
        case .missing:
            throw LedgerError(
                .unknownName,
                "unit '\(unit.name)' of run '\(summary.run)' has nothing stored (\(unit.state.rawValue)); submit the recipe again to make it"
            )
        case .unusable(let reason):
            throw LedgerError(
                .damaged,
                "what unit '\(unit.name)' stored cannot be used: \(reason). Submit the recipe again to remake it.")
        }
        if let output, manifest.output(output) == nil {
            let names = manifest.outputs.map(\.name)
            let hint = Nearest.name(to: output, among: names).map { " Did you mean '\($0)'?" } ?? ""
            throw LedgerError(
                .unknownName,
                "unit '\(unit.name)' has no output '\(output)'; it has: \(names.joined(separator: ", ")).\(hint)")
        }
        let chosen = manifest.outputs.filter { output == nil || $0.name == output }
        let records = try chosen.map {
            OutputRecord(
                name: $0.name, digest: $0.digest, path: try store.outputPath(manifest, $0.name), bytes: $0.bytes)
        }
        if options.json {
            try JSONOutput.print(Report(run: summary.run, unit: unit.name, key: unit.key, outputs: records))
        } else {
            for record in records { print(record.path) }
        }
    }
}
