import ArgumentParser
import Determinism
import Foundation
import Ledger
import Observatory

/// Frees space without losing what anybody keeps.
struct CollectGarbageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gc",
        abstract: "Delete artifacts that no kept run reaches.",
        discussion: """
            Without rules all runs are kept, and only what none of them reaches goes. With both rules a run goes only when
            both let it go. Pinned runs, runs that are still going and all that they reach are never touched.

            Examples:
              orchestrate gc --dry-run
              orchestrate gc --keep-last 10
              orchestrate gc --older-than 7d --keep-last 3
            """)

    @OptionGroup var options: GlobalOptions

    @Option(help: ArgumentHelp("Remove runs before the last so many.", valueName: "count"))
    var keepLast: Int?

    @Option(help: ArgumentHelp("Remove runs that started longer ago, such as 12h, 7d or 4w.", valueName: "time"))
    var olderThan: String?

    @Flag(help: "Only say what would go.")
    var dryRun = false

    func validate() throws {
        if let keepLast, keepLast < 0 {
            throw ValidationError("--keep-last must not be negative; received \(keepLast)")
        }
        if let olderThan, SpanText.seconds(olderThan) == nil {
            throw ValidationError(
                "--older-than must be a number with s, m, h, d or w, such as 7d; received '\(olderThan)'")
        }
    }

    func run() throws {
        let policy = GarbageCollection.Policy(
            keepLast: keepLast, olderThanSeconds: olderThan.flatMap(SpanText.seconds))
        let report = try GarbageCollection(ArtifactStore(options.storePath)).collect(
            policy, now: Date().timeIntervalSince1970, isDryRun: dryRun)
        if options.json { return try JSONOutput.print(report) }
        for name in report.runs { print("\(dryRun ? "would remove" : "removed") run \(name)") }
        print(
            "\(dryRun ? "would remove" : "removed") \(report.artifacts.count) artifacts, "
                + "\(HumanText.bytes(report.bytes))")
        if !options.quiet { for line in report.kept { Narration.line("kept: \(line)") } }
    }
}
