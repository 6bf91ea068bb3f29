import ArgumentParser
import Foundation
import Launch
import Ledger
import Observatory

/// Follows a run from any shell.
struct WatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Follow a run until it ends; Ctrl-C leaves the run alone.",
        discussion: """
            Ends with the run's exit code.

            Examples:
              orchestrate watch
              orchestrate watch brave-heron
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: ArgumentHelp("The run; default: the one that started last.", valueName: "run"))
    var name: String?

    func run() throws {
        let directory = try RunDirectory.open(name ?? "latest", in: StoreLayout(options.storePath))
        let follower = RunFollower(directory, isQuiet: options.quiet)
        RunEnd.wait(for: directory) { follower.look() }
        follower.finish()
        let summary = try RunEnd.summary(of: directory)
        RunEnding(summary: summary, directory: directory, options: options).tellFailures()
        if options.json {
            try JSONOutput.print(RunObject(summary, directory, RunAccount.read(summary, in: directory)))
        } else if !options.quiet {
            Narration.line("run \(summary.run): \(summary.status.rawValue)")
        }
        let code = RunEnding.exitCode(summary)
        if code != 0 { throw ExitCode(code) }
    }
}

/// Waits for runs of other processes.
enum RunEnd {
    /// Returns when nobody looks after the run any more.
    static func wait(for directory: RunDirectory, _ observe: () -> Void) {
        var unattended = 0
        // A supervisor between two starts, or a coordinator that opens its files, is not the end.
        while unattended < 3 {
            if !Supervisor.isAttended(directory), SlurmPresence.isWaiting(directory) {
                observe()
                usleep(500_000)
                continue
            }
            unattended = Supervisor.isAttended(directory) ? 0 : unattended + 1
            observe()
            usleep(unattended == 0 ? 100_000 : 50_000)
        }
    }

    /// The run as it ended; one that never wrote a journal was interrupted before its first unit.
    static func summary(of directory: RunDirectory) throws -> RunSummary {
        let record = try directory.record()
        var summary =
            (try? RunJournal.summary(of: directory))
            ?? RunSummary(
                run: record.name, recipe: record.recipe, recipePath: record.recipePath, status: .interrupted,
                started: record.started, parameters: record.parameters, seed: record.seed, rankCount: 0)
        if summary.status == .interrupted, let job = SlurmJob.of(directory), job.end != nil {
            summary.status = job.isCancelled ? .cancelled : .failed
        }
        return summary
    }
}
