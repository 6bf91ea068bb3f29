import ArgumentParser
import Determinism
import DurableFiles
import Foundation
import Launch
import Ledger
import Observatory
import Processes

/// Rehearses faults: runs a recipe twice, once in peace and once with faults, and compares every output.
struct ChaosCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chaos",
        abstract: "Rehearse faults: run a recipe undisturbed and with faults, and compare every output.",
        discussion: """
            Both runs are made in empty stores beside the project's, which are removed afterwards; the project's own store is not
            touched. Choose parameters that make the recipe small. Every fault is done once, at the first moment that its
            condition holds; where the supervisor does not survive it, the recipe is submitted again, as a user or a batch
            system would.

            Who: rank=N, coordinator (rank 0), launcher, supervisor, everything.
            When: step=N (a unit has reported so many steps), 50% (of all units), unit=NAME (it is at work), 30s (after the start).

            Examples:
              orchestrate chaos recipes/pusht.swift --set steps=60 --ranks 3 --kill rank=2@step=40
              orchestrate chaos recipes/pusht.swift --set steps=60 --kill everything@50% --preempt @80% --kill coordinator@unit=policy
              orchestrate chaos recipes/hello.swift --fill-disk @50%
              orchestrate chaos recipes/pusht.swift --reference brave-heron --kill supervisor@30s --json

            Exit codes: 0 nothing was lost and every output is the same, 1 the run did not survive, or a fault never came about,
            2 an output differs, is missing, or a stored unit ran again, 69 --fill-disk is not possible here.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var recipe: RecipeOptions

    @Option(help: "How many ranks to start; default: one for each processor.")
    var ranks: Int?

    @Option(help: ArgumentHelp("End a part of the run with SIGKILL; may be repeated.", valueName: "who@when"))
    var kill: [String] = []

    @Option(help: ArgumentHelp("Stop a rank, as if it hung; may be repeated.", valueName: "rank=N@when"))
    var stop: [String] = []

    @Option(
        help: ArgumentHelp(
            "Take the allocation away: SIGTERM, SIGKILL after --grace, and a new start; may be repeated.",
            valueName: "@when"))
    var preempt: [String] = []

    @Option(
        name: .customLong("fill-disk"),
        help: ArgumentHelp(
            "Leave no room in the store until the run has ended, then start again; may be repeated.", valueName: "@when"
        ))
    var fillDisk: [String] = []

    @Option(help: ArgumentHelp("Time between the signals of --preempt.", valueName: "time"))
    var grace: String = "30s"

    @Option(
        name: .customLong("disk-size"),
        help: ArgumentHelp("Room for the store with --fill-disk, which then lies in memory.", valueName: "MiB"))
    var diskMebibytes: Int = 2048

    @Option(
        name: .customLong("hung-after"),
        help: ArgumentHelp("A rank without a sign of life for so long is ended.", valueName: "time"))
    var hungAfter: String = "10s"

    @Option(
        help: ArgumentHelp(
            "Compare with this run of the project's store instead of an undisturbed one.", valueName: "run"))
    var reference: String?

    @Option(help: ArgumentHelp("Keep both stores below this folder.", valueName: "folder"))
    var keep: String?

    func validate() throws {
        if let ranks, !(1...4096).contains(ranks) { throw ValidationError("--ranks is 1 to 4096, not \(ranks)") }
        guard SpanText.seconds(grace) != nil else {
            throw ValidationError("--grace takes a time such as 30s, not '\(grace)'")
        }
        if (SpanText.seconds(hungAfter) ?? 0) < 5 {
            throw ValidationError("--hung-after takes 5s or more, such as 10s, not '\(hungAfter)'")
        }
        if diskMebibytes < 1 { throw ValidationError("--disk-size is 1 or more, not \(diskMebibytes)") }
        let faults = try faults()
        if faults.isEmpty { throw ValidationError("say what is to happen, such as --kill rank=1@step=40") }
        for fault in faults {
            let rank: Int? =
                switch fault.action {
                case .kill(.rank(let rank)), .stop(let rank): rank
                default: nil
                }
            if let rank, rank >= rankCount {
                throw ValidationError("there is no rank \(rank): the run has ranks 0 to \(rankCount - 1) (--ranks)")
            }
            if fault.action == .kill(.launcher), rankCount == 1 {
                throw ValidationError("a run on one rank has no launcher to kill; give --ranks")
            }
        }
    }

    private var rankCount: Int { ranks ?? max(1, ProcessControl.allowedCpus().count) }

    private func faults() throws -> [RehearsedFault] {
        func moment(_ text: some StringProtocol, _ whole: String) throws -> RehearsedFault.Moment {
            guard let moment = RehearsedFault.Moment(String(text), seconds: SpanText.seconds) else {
                throw ValidationError("'\(whole)': when is step=40, 50%, unit=policy or 30s, not '\(text)'")
            }
            return moment
        }
        func split(_ text: String) throws -> (Substring, Substring) {
            guard let at = text.firstIndex(of: "@") else {
                throw ValidationError("'\(text)' does not say when: add @step=40, @50%, @unit=policy or @30s")
            }
            return (text[..<at], text[text.index(after: at)...])
        }
        var result: [RehearsedFault] = []
        for text in kill {
            let (who, when) = try split(text)
            guard let victim = RehearsedFault.Victim(String(who)) else {
                throw ValidationError(
                    "'\(text)': who is rank=N, coordinator, launcher, supervisor or everything, not '\(who)'")
            }
            result.append(RehearsedFault(.kill(victim), at: try moment(when, text)))
        }
        for text in stop {
            let (who, when) = try split(text)
            guard case .rank(let rank)? = RehearsedFault.Victim(String(who)) else {
                throw ValidationError("'\(text)': only ranks are stopped, such as rank=1@step=40")
            }
            result.append(RehearsedFault(.stop(rank: rank), at: try moment(when, text)))
        }
        for (texts, action) in [(preempt, RehearsedFault.Action.preempt), (fillDisk, .fillDisk)] {
            for text in texts {
                let (who, when) = try split(text)
                guard who.isEmpty else { throw ValidationError("'\(text)' begins with @, such as @50%") }
                result.append(RehearsedFault(action, at: try moment(when, text)))
            }
        }
        return result
    }

    func run() throws {
        if !fillDisk.isEmpty, !Self.hasOwnMounts { return try runWithOwnMounts() }
        // What is wrong with the recipe is said before anything is started.
        _ = try RecipeLoading.load(recipe, options)
        let folder = keep ?? "\(options.storePath)-chaos-\(getpid())"
        let isFree = try !DurableFiles.exists(folder) || DurableFiles.entries(of: folder).isEmpty
        guard isFree else { throw LedgerError(.inUse, "'\(folder)' is not empty; rehearsals run in empty stores") }
        try DurableFiles.createDirectory(folder)
        let disk = fillDisk.isEmpty ? nil : try RehearsalDisk(folder + "/disturbed", bytes: diskMebibytes << 20)
        defer {
            disk?.remove()
            if keep == nil { try? DurableFiles.removeTree(folder) }
        }
        let truth: RunSummary
        var undisturbed: Double?
        if let reference {
            truth = try RunJournal.summary(of: RunDirectory.open(reference, in: StoreLayout(options.storePath)))
        } else {
            tell("1 of 2: the run undisturbed, on \(rankCount) rank\(rankCount == 1 ? "" : "s")")
            let outcome = try rehearse([], in: folder + "/undisturbed", log: folder + "/undisturbed.log", nil)
            truth = outcome.summary
            undisturbed = outcome.seconds
            tell("it took \(HumanText.duration(outcome.seconds))")
        }
        tell("\(reference == nil ? "2 of 2: " : "")the run with faults")
        let outcome = try rehearse(try faults(), in: folder + "/disturbed", log: folder + "/disturbed.log", disk)
        let verdict = ChaosVerdict(outcome, truth: truth, undisturbedSeconds: undisturbed)
        if options.json {
            try JSONOutput.print(verdict)
        } else {
            for line in verdict.lines { print(line) }
        }
        if !verdict.equal { throw ArgumentParser.ExitCode(Determinism.ExitCode.differs) }
        if !verdict.missed.isEmpty { throw ArgumentParser.ExitCode(Determinism.ExitCode.unitFailed) }
    }

    private func tell(_ line: String) { if !options.quiet { Narration.line(line) } }

    private func rehearse(
        _ faults: [RehearsedFault], in store: String, log: String, _ disk: RehearsalDisk?
    ) throws -> Rehearsal.Outcome {
        var arguments = ["submit"] + (recipe.recipe.map { [$0] } ?? [])
        for setting in recipe.settings { arguments += ["--set", setting] }
        arguments += ["--store", store, "--ranks", "\(rankCount)", "--quiet", "--hung-after", hungAfter]
        var rehearsal = Rehearsal(
            program: Supervision.executable, arguments: arguments, storeRoot: store, faults: faults, log: log,
            disk: disk, graceSeconds: SpanText.seconds(grace) ?? 30, isMeant: UnitSelection.matches, tell: tell)
        return try rehearsal.run()
    }

    // MARK: Full disks

    private static let mountsVariable = "ORCHESTRATE_CHAOS_MOUNTS"
    private static var hasOwnMounts: Bool { ProcessInfo.processInfo.environment[mountsVariable] != nil }

    /// This command again, where what it mounts is seen by nobody else; root needs no other user for it.
    private func runWithOwnMounts() throws {
        let program = try ExecutableSearch.find(
            "unshare", path: ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", directory: "/")
        var environment = ProcessInfo.processInfo.environment
        environment[Self.mountsVariable] = "1"
        let names = geteuid() == 0 ? ["--mount"] : ["--user", "--map-root-user", "--mount"]
        var configuration = ChildProcess.Configuration(
            program: program,
            arguments: names + ["--propagation", "private", Supervision.executable] + CommandLine.arguments.dropFirst(),
            environment: environment, directory: FileManager.default.currentDirectoryPath,
            standardOutput: STDOUT_FILENO, standardError: STDERR_FILENO)
        configuration.diesWithParent = true
        var child = try ChildProcess(configuration)
        while true {
            if let end = try child.poll() {
                guard case .exited(let code) = end else {
                    throw LaunchError("the rehearsal ended with \(end)", exitCode: Determinism.ExitCode.software)
                }
                if code != 0 { throw ArgumentParser.ExitCode(code) }
                return
            }
            usleep(20_000)
        }
    }
}
