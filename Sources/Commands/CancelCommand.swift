import ArgumentParser
import Determinism
import Execution
import Foundation
import Launch
import Ledger

/// Ends a run from any shell.
struct CancelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "End a run now, or in order with --stop.",
        discussion: """
            What is finished stays in the store; submitting the recipe again goes on from there.

            Examples:
              orchestrate cancel brave-heron
              orchestrate cancel brave-heron --stop   save checkpoints, then end
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: ArgumentHelp("The run.", valueName: "run"))
    var name: String

    @Flag(help: "Let units save a checkpoint or finish first.")
    var stop = false

    @Flag(name: .customLong("no-wait"), help: "Do not wait until the run has ended.")
    var noWait = false

    func run() throws {
        let directory = try RunDirectory.open(name, in: StoreLayout(options.storePath))
        if !Supervisor.isAttended(directory), SlurmPresence.isWaiting(directory), var job = SlurmJob.of(directory) {
            try job.cancel(directory)
            if options.json {
                try JSONOutput.print(
                    CancelReport(run: directory.name, asked: "cancel", status: RunStatus.cancelled.rawValue))
            } else if !options.quiet {
                Narration.line("run \(directory.name): Slurm job \(job.id) is cancelled")
            }
            return
        }
        guard Supervisor.isAttended(directory) else {
            let status = try RunEnd.summary(of: directory).status
            throw LaunchError(
                "run \(directory.name) is not going (\(status.rawValue)); `\(Program.current.name) status \(directory.name)` says more",
                exitCode: Determinism.ExitCode.usage)
        }
        try ControlFiles(directory).ask(stop ? .stop : .cancel)
        var status = RunStatus.running
        if !noWait {
            RunEnd.wait(for: directory) {}
            status = try RunEnd.summary(of: directory).status
            if !options.quiet, !options.json { Narration.line("run \(directory.name): \(status.rawValue)") }
        }
        if options.json {
            try JSONOutput.print(
                CancelReport(run: directory.name, asked: stop ? "stop" : "cancel", status: status.rawValue))
        }
    }
}

/// The JSON form of a cancellation.
private struct CancelReport: Encodable {
    let schema = 1
    let run: String
    /// `cancel` or `stop`.
    let asked: String
    /// How the run stood when this was written; `running` when nobody waited for its end.
    let status: String
}
