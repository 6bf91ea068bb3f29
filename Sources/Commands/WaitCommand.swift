import ArgumentParser
import Foundation
import Ledger
import Observatory

/// Waits for a run and passes its exit code on to scripts.
struct WaitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Wait for a run and end with its exit code.",
        discussion: """
            Example:
              run=$(orchestrate submit recipes/pusht.swift --detach); orchestrate wait $run && echo done
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: ArgumentHelp("The run; default: the one that started last.", valueName: "run"))
    var name: String?

    func run() throws {
        let directory = try RunDirectory.open(name ?? "latest", in: StoreLayout(options.storePath))
        RunEnd.wait(for: directory) {}
        let summary = try RunEnd.summary(of: directory)
        if options.json { try JSONOutput.print(RunObject(summary, directory, RunAccount.read(summary, in: directory))) }
        let code = RunEnding.exitCode(summary)
        if code != 0 { throw ExitCode(code) }
    }
}
