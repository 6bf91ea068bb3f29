import ArgumentParser
import Determinism
import DurableFiles
import Execution
import Foundation
import Launch
import Ledger
import Processes
import Recipes
import Sites

/// Runs a recipe on ranks of this machine or of a Slurm job, under a supervisor.
struct SubmitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit",
        abstract: "Run a recipe on ranks of this machine with live progress, or as a Slurm job.",
        discussion: """
            Finished units are reused. Ctrl-C once saves checkpoints and stops, twice cancels; submitting again goes on.
            Ranks that die are started again. With --json the last thing on standard output is one object.

            With --on slurm the program is copied into the run's folder, a batch script written there and handed to sbatch; the run's
            name is printed. Before the walltime ends checkpoints are written and the job goes back to the queue. watch, wait,
            status, logs and cancel work from any machine that sees the store.

            Examples:
              orchestrate submit recipes/hello.swift
              orchestrate submit recipes/pusht.swift --ranks 2 --set steps=1200
              run=$(orchestrate submit recipes/pusht.swift --detach); orchestrate wait $run
              orchestrate submit recipes/pusht.swift --on slurm --nodes 2 --ranks 8 --time 2h --partition gpu
              orchestrate submit recipes/pusht.swift --on slurm --ranks 4 --time auto --sbatch qos=high --dry-run
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var recipe: RecipeOptions
    @OptionGroup var selection: UnitSelection
    @OptionGroup var runOptions: RunOptions
    @OptionGroup var site: SiteOptions
    @OptionGroup var slurm: SlurmArguments

    @Option(
        help:
            "How many ranks to start; default: one for each processor, or the tasks of the allocation this is typed in."
    )
    var ranks: Int?

    @Flag(help: "Leave the run alone once it has started; print only its name on standard output.")
    var detach = false

    /// Takes charge of a run that exists, for `--detach`.
    @Option(help: .hidden)
    var supervise: String?

    /// Tasks of the Slurm allocation that this command was typed in; `nil` outside of one.
    private static var allocatedTasks: Int? {
        ProcessInfo.processInfo.environment["SLURM_NTASKS"].flatMap(Int.init).flatMap {
            (1...4096).contains($0) ? $0 : nil
        }
    }

    func validate() throws {
        if let ranks, !(1...4096).contains(ranks) { throw ValidationError("--ranks is 1 to 4096, not \(ranks)") }
    }

    func run() throws {
        if let supervise {
            let directory = try RunDirectory.open(supervise, in: StoreLayout(options.storePath))
            return try Supervision(directory: directory).runDetached(options)
        }
        if slurm.place == .slurm { return try submitToSlurm() }
        let count = ranks ?? Self.allocatedTasks ?? max(1, ProcessControl.allowedCpus().count)
        let directory = try NewRun(recipe: recipe, selection: selection, run: runOptions, options: options, site: site)
            .make(
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

extension SubmitCommand {
    /// Hands the run to Slurm and prints its name.
    private func submitToSlurm() throws {
        let count = ranks ?? slurm.nodes ?? 1
        let new = NewRun(recipe: recipe, selection: selection, run: runOptions, options: options, site: site)
        let asked = slurm.defaults(try site.slurm())
        let prepared = try new.prepare(ranks: count)
        let demand = SlurmDemand(
            asked, ranks: count, nodes: slurm.nodes, graph: prepared.graph, report: prepared.report)
        if let seconds = demand.options.seconds ?? SlurmPartition(asked.partition)?.limitSeconds, !site.allowOver {
            try prepared.report.refuseLongUnits(over: Double(seconds - demand.options.warningSeconds))
        }
        if !options.quiet { for notice in demand.notices { Narration.line(notice) } }
        if slurm.isDryRun {
            let directory = RunDirectory(runOptions.name ?? "RUN", in: StoreLayout(options.storePath))
            let script = SlurmScript(
                demand.options, title: title(directory, prepared.loaded.recipe.name), run: directory,
                executable: Supervision.executable, projectDirectory: prepared.loaded.projectDirectory)
            return print(script.text, terminator: "")
        }
        let directory = try new.make(
            prepared, ranks: count, launcher: asked.launcher, countable: demand.countable)
        let job: SlurmJob
        do {
            job = try SlurmJob.submit(
                demand.options, title: title(directory, prepared.loaded.recipe.name), run: directory,
                executable: Supervision.executable, projectDirectory: prepared.loaded.projectDirectory)
        } catch {
            // A run that Slurm never heard of is none.
            try? directory.remove()
            throw error
        }
        if options.json { return try JSONOutput.print(["run": directory.name, "job": job.id]) }
        print(directory.name)
        guard !options.quiet else { return }
        let next = NextCommand(options: options)
        Narration.line("Slurm job \(job.id); follow it with `\(next.line("watch", directory.name))`")
    }

    private func title(_ directory: RunDirectory, _ recipe: String) -> String {
        "Run \(directory.name) of recipe \(recipe), written by \(Program.current.name)."
    }
}

/// One process in charge of a run.
struct Supervision {
    let directory: RunDirectory

    /// Supervises a run that nobody follows from this process, and goes back to Slurm's queue when its time is up.
    func runDetached(_ options: GlobalOptions) throws {
        let allocation = SlurmAllocation(directory)
        try allocation?.begin()
        let summary = try run(follower: nil, endsAt: allocation?.endsAt)
        // Whoever stopped the run, or its budget, does not want it back.
        if let allocation, summary.status == .interrupted,
            EndSignals.isWarned || ControlFiles(directory).wantsMoreTime
        {
            try allocation.requeue()
            throw ExitCode(Determinism.ExitCode.requeue)
        }
        try RunEnding(summary: summary, directory: directory, options: options).tell()
    }

    /// Supervises in this process until the run ends.
    ///
    /// - Parameter endsAt: when the time of the allocation is up, in seconds since 1970.
    func run(follower: RunFollower?, endsAt: Double? = nil) throws -> RunSummary {
        let request = try LaunchRequest.read(from: directory)
        guard let charge = try Supervisor.takeCharge(of: directory) else {
            throw LaunchError(
                "run \(directory.name) has a supervisor already; follow it with `\(Program.current.name) watch \(directory.name)`",
                exitCode: Determinism.ExitCode.cannotCreate)
        }
        defer { withExtendedLifetime(charge) {} }
        EndSignals.startCounting()
        EndSignals.startListeningForWarnings()
        let supervisor = Supervisor(
            directory, rankCount: request.rankCount, launcher: request.launcher ?? .mpirun,
            executable: Self.executable,
            rankArguments: ["run", "--resume", directory.name, "--store", directory.layout.root]
                + (endsAt.map { ["--walltime-end", "\(Int($0))"] } ?? []),
            hangSeconds: request.hangSeconds ?? LaunchRequest.defaultHangSeconds,
            tell: { line in
                follower?.interrupt()
                Narration.line(line)
            })
        let summary = try supervisor.run(
            signals: { max(EndSignals.count, EndSignals.isWarned ? 1 : 0) }, observe: { follower?.look() })
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
    static var executable: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    }
}
