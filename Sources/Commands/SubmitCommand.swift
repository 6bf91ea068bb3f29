import ArgumentParser
import Determinism
import DurableFiles
import Foundation
import Launch
import Ledger
import Processes

/// Runs a recipe on ranks of this machine, under a supervisor.
struct SubmitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit",
        abstract: "Run a recipe on ranks of this machine, with live progress.",
        discussion: """
            Finished units are reused. Ctrl-C once saves checkpoints and stops, twice cancels; submitting again goes on.
            Ranks that die are started again. With --json the last thing on standard output is one object.

            Examples:
              orchestrate submit recipes/hello.swift
              orchestrate submit recipes/pusht.swift --ranks 2 --set steps=1200
              run=$(orchestrate submit recipes/pusht.swift --detach); orchestrate wait $run
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var recipe: RecipeOptions
    @OptionGroup var selection: UnitSelection
    @OptionGroup var runOptions: RunOptions

    @Option(help: "How many ranks to start; default: one for each processor.")
    var ranks: Int?

    @Flag(help: "Leave the run alone once it has started; print only its name on standard output.")
    var detach = false

    /// Takes charge of a run that exists, for `--detach`.
    @Option(help: .hidden)
    var supervise: String?

    func validate() throws {
        if let ranks, !(1...4096).contains(ranks) { throw ValidationError("--ranks is 1 to 4096, not \(ranks)") }
    }

    func run() throws {
        if let supervise {
            let directory = try RunDirectory.open(supervise, in: StoreLayout(options.storePath))
            let summary = try Supervision(directory: directory).run(follower: nil)
            return try RunEnding(summary: summary, directory: directory, options: options).tell()
        }
        let count = ranks ?? max(1, ProcessControl.allowedCpus().count)
        let directory = try NewRun(recipe: recipe, selection: selection, run: runOptions, options: options).make(
            ranks: count)
        if detach {
            try Supervision(directory: directory).startDetached()
            if options.json {
                try JSONOutput.print(["run": directory.name])
            } else {
                print(directory.name)
            }
            return
        }
        if !options.quiet {
            Narration.line("run \(directory.name) on \(count) rank\(count == 1 ? "" : "s"), store \(options.storePath)")
        }
        let follower = RunFollower(directory, isQuiet: options.quiet)
        let summary = try Supervision(directory: directory).run(follower: follower)
        try RunEnding(summary: summary, directory: directory, options: options).tell()
    }
}

/// One process in charge of a run.
struct Supervision {
    let directory: RunDirectory

    /// Supervises in this process until the run ends.
    func run(follower: RunFollower?) throws -> RunSummary {
        let request = try LaunchRequest.read(from: directory)
        guard let charge = try Supervisor.takeCharge(of: directory) else {
            throw LaunchError(
                "run \(directory.name) has a supervisor already; follow it with `\(Program.current.name) watch \(directory.name)`",
                exitCode: Determinism.ExitCode.cannotCreate)
        }
        defer { withExtendedLifetime(charge) {} }
        EndSignals.startCounting()
        let supervisor = Supervisor(
            directory, rankCount: request.rankCount, executable: Self.executable,
            rankArguments: ["run", "--resume", directory.name, "--store", directory.layout.root])
        let summary = try supervisor.run(signals: { EndSignals.count }, observe: { follower?.look() })
        follower?.finish()
        return summary
    }

    /// Starts another process that supervises, and returns when it has taken charge.
    func startDetached() throws {
        let log = open(directory.logs + "/supervisor.log", O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0o600)
        guard log >= 0 else {
            throw DurableFilesError(operation: "open", path: directory.logs + "/supervisor.log", errorNumber: errno)
        }
        defer { close(log) }
        var configuration = ChildProcess.Configuration(
            program: Self.executable,
            arguments: ["submit", "--supervise", directory.name, "--store", directory.layout.root, "--quiet"],
            environment: ProcessInfo.processInfo.environment, directory: FileManager.default.currentDirectoryPath,
            standardOutput: log, standardError: log)
        configuration.ownsSession = true
        configuration.diesWithParent = false
        var child = try ChildProcess(configuration)
        while !Supervisor.isAttended(directory) {
            if let end = try child.poll() {
                if (try? RunJournal.summary(of: directory)) != nil { return }
                throw LaunchError(
                    "the supervisor of run \(directory.name) ended at once with \(end); see \(directory.logs)/supervisor.log",
                    exitCode: Determinism.ExitCode.software)
            }
            usleep(5000)
        }
    }

    /// This program's file, also when it was started through PATH.
    private static var executable: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    }
}
