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
              orchestrate cancel brave-heron --stop     save checkpoints, finish what has none, then end
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
        guard Supervisor.isAttended(directory) else {
            let status = try RunEnd.summary(of: directory).status
            throw LaunchError(
                "run \(directory.name) is not going (\(status.rawValue)); `orchestrate status \(directory.name)` says more",
                exitCode: Determinism.ExitCode.usage)
        }
        try ControlFiles(directory).ask(stop ? .stop : .cancel)
        if noWait { return }
        RunEnd.wait(for: directory) {}
        if !options.quiet {
            Narration.line("run \(directory.name): \(try RunEnd.summary(of: directory).status.rawValue)")
        }
    }
}
