import ArgumentParser
import Determinism
import DurableFiles
import Foundation
import Kernels
import Ledger
import Observatory

/// Proves a run: computes it again from nothing and compares every output.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Compute a run again from nothing and compare every output's digest.",
        discussion: """
            The graph and the data's digests are taken from the run's folder, the work is done in an empty store beside the
            run's, which is removed afterwards. Units marked as not deterministic are not computed again: what they stored is
            checked against its digest and handed on. The first unit that differs is shown with its first differing byte,
            tensor element or value.

            Examples:
              orchestrate verify
              orchestrate verify brave-heron --ranks 3
              orchestrate verify brave-heron --kernels scalar --units policy
              orchestrate verify --sample 5 --json
              orchestrate verify brave-heron --data /home/ada/demos=/data/demos

            Exit codes: 0 every output is the same, 1 a unit failed, 2 an output differs, 65 the data is no longer what it was
            or the run was made by another numerics version, 66 the data or the run is gone, 73 --keep names a folder in use.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: ArgumentHelp("The run; default: the last one.", valueName: "run"))
    var runName: String = "latest"

    @Option(
        name: .customLong("units"),
        help: ArgumentHelp("Only these units and what they need; may be repeated.", valueName: "glob"))
    var globs: [String] = []

    @Option(help: ArgumentHelp("Only so many units, drawn by lot, and what they need.", valueName: "count"))
    var sample: Int?

    @Option(help: "How many ranks to start; default: as many as the run had.")
    var ranks: Int?

    @Option(help: ArgumentHelp("Kernel set: scalar, avx2 or avx512; default: the best there is.", valueName: "set"))
    var kernels: String?

    @Option(
        help: ArgumentHelp(
            "Where data is now: files below OLD are looked for below NEW, and must have the same content; may be repeated.",
            valueName: "old=new"))
    var data: [String] = []

    @Option(help: ArgumentHelp("Compute in this folder and keep it.", valueName: "folder"))
    var keep: String?

    func validate() throws {
        for pair in data where MovedData.pair(pair) == nil {
            throw ValidationError("--data takes old=new, such as --data /scratch/demos=/data/demos, not '\(pair)'")
        }
        if let ranks, !(1...4096).contains(ranks) { throw ValidationError("--ranks is 1 to 4096, not \(ranks)") }
        if let sample, sample < 1 { throw ValidationError("--sample is 1 or more, not \(sample)") }
        if let kernels, !KernelSet.available.contains(where: { $0.rawValue == kernels }) {
            let sets = KernelSet.available.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--kernels is one of those this processor runs (\(sets)), not '\(kernels)'")
        }
    }

    func run() throws {
        let directory = try RunDirectory.open(runName, in: StoreLayout(options.storePath))
        var verification = try Verification(of: directory, data: MovedData(data))
        if !globs.isEmpty { try verification.choose(matching: globs) }
        if let sample { verification.choose(sample) }
        let rankCount = ranks ?? verification.recordedRanks
        let scratch = keep ?? verification.scratch
        let isFree = try !DurableFiles.exists(scratch) || DurableFiles.entries(of: scratch).isEmpty
        guard isFree else {
            throw LedgerError(.inUse, "'\(scratch)' is not empty; verify computes in an empty store")
        }
        if !options.quiet { Narration.line(verification.forecast(ranks: rankCount, in: scratch)) }
        if let kernels { setenv("ORCHESTRATE_KERNELS", kernels, 1) }
        defer { if keep == nil { try? DurableFiles.removeTree(scratch) } }
        let (made, imported) = try verification.prepare(in: scratch, ranks: rankCount)
        let follower = RunFollower(made, isQuiet: options.quiet)
        let summary = try Supervision(directory: made).run(follower: follower)
        let verdict = try verification.compare(
            with: summary, in: ArtifactStore(scratch), imported: imported, kernels: kernels)
        if options.json {
            try JSONOutput.print(verdict)
        } else {
            for line in verdict.lines { print(line) }
        }
        if summary.status == .failed {
            RunEnding(summary: summary, directory: made, options: options).tellFailures()
        }
        if verdict.differs { throw ArgumentParser.ExitCode(Determinism.ExitCode.differs) }
        let code = RunEnding.exitCode(summary.status)
        if code != 0 { throw ArgumentParser.ExitCode(code) }
    }
}
