public import ArgumentParser
import Determinism
import Foundation
import Ledger
import Observatory

extension RunArchive.Contents: ExpressibleByArgument {}

/// Writes a run into one file that another machine can take in.
struct PackCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pack",
        abstract: "Write a run, with its results, artifacts or data, into one archive.",
        discussion: """
            The archive is a tar file (compressed when it is called .gz, .xz or .zst): the run's journal, lock, graph, logs and
            report, and with it the outputs that nothing reads (--with results), all outputs (artifacts), or these and the files
            the run read (data). The same run gives the same bytes.

            Examples:
              orchestrate pack brave-heron
              orchestrate pack brave-heron --with data --output heron.tar.zst
              orchestrate unpack heron.tar.zst --store elsewhere/.orchestrate
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: ArgumentHelp("The run; default: the last one.", valueName: "run"))
    var runName: String = "latest"

    @Option(name: .customLong("with"), help: "What goes with the run: results, artifacts or data.")
    var contents: RunArchive.Contents = .artifacts

    @Option(name: .shortAndLong, help: ArgumentHelp("The archive; default: RUN.tar.", valueName: "file"))
    var output: String?

    /// The JSON form.
    struct Report: Encodable {
        let schema = LedgerSchema.summary
        let run: String
        let archive: String
        let contents: String
        let artifacts: Int
        let missing: Int
        let sources: Int
        let bytes: Int
    }

    func run() throws {
        let directory = try RunDirectory.open(runName, in: StoreLayout(options.storePath))
        let path = output ?? directory.name + ".tar"
        let archive = try RunPacker(directory).pack(contents, to: path) { line in
            if !options.quiet, !options.json { Narration.line(line) }
        }
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        let bytes = (attributes[.size] as? Int) ?? 0
        if options.json {
            return try JSONOutput.print(
                Report(
                    run: archive.run, archive: path, contents: contents.rawValue, artifacts: archive.artifacts.count,
                    missing: archive.missing.count, sources: archive.sources.count, bytes: bytes))
        }
        print(path)
        guard !options.quiet else { return }
        Narration.line(
            "\(HumanText.bytes(bytes)): \(archive.artifacts.count) artifacts, \(archive.sources.count) source files of run \(archive.run)"
        )
        if !archive.missing.isEmpty {
            Narration.line("\(archive.missing.count) units have nothing stored: they never finished, or were collected")
        }
    }
}
