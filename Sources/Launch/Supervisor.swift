import Determinism
public import DurableFiles
import Execution
import Foundation
public import Ledger
import Processes
public import Sites
import Synchronization

/// Stands outside the ranks of a run: starts them, tells them what its user wants, and starts them again when one has died.
///
/// Open MPI takes the whole job down with a rank, so going on means starting over; what is stored and checkpointed stays. Ranks that
/// hang instead of dying are found by their pulse.
public struct Supervisor {
    private let directory: RunDirectory
    private let executable: String
    private let rankArguments: [String]
    private let rankCount: Int
    private let launcher: SlurmDefaults.Launcher
    private let hangSeconds: Double
    private let tell: (String) -> Void
    private let control: ControlFiles
    /// So many starts in a row without any progress end the run.
    private static let fruitlessLimit = 4

    /// - Parameters:
    ///   - rankArguments: what each rank runs `executable` with.
    ///   - hangSeconds: a rank without a sign of life for so long is ended.
    ///   - tell: called with a line for people when ranks are started again.
    public init(
        _ directory: RunDirectory, rankCount: Int, launcher: SlurmDefaults.Launcher = .mpirun, executable: String,
        rankArguments: [String], hangSeconds: Double = LaunchRequest.defaultHangSeconds,
        tell: @escaping (String) -> Void = { _ in }
    ) {
        self.hangSeconds = hangSeconds
        self.tell = tell
        self.directory = directory
        self.rankCount = rankCount
        self.launcher = launcher
        self.executable = executable
        self.rankArguments = rankArguments
        control = ControlFiles(directory)
    }

    /// The file that the supervisor of a run holds locked.
    static func lockPath(_ directory: RunDirectory) -> String { directory.path + "/supervisor" }

    /// Whether somebody looks after the run: a supervisor, or a coordinator without one.
    public static func isAttended(_ directory: RunDirectory) -> Bool {
        directory.isLive || FileLock.isHeld(lockPath(directory))
    }

    /// Takes the run in charge; `nil` when another process has it.
    public static func takeCharge(of directory: RunDirectory) throws -> FileLock? {
        try FileLock.attempt(lockPath(directory))
    }

    /// Runs to the end.
    ///
    /// - Parameters:
    ///   - signals: how often the user asked to end; the first stops in order, the second cancels.
    ///   - observe: called several times a second while ranks are at work.
    /// - Returns: the run as it ended.
    public func run(signals: () -> Int, observe: () -> Void) throws -> RunSummary {
        ProcessControl.adoptOrphans()
        AttemptScratch.clearDead()
        try control.clear()
        var fruitless = 0
        var attempt = 0
        while true {
            attempt += 1
            let before = progressMark()
            let (end, silence) = try start(attempt, signals: signals, observe: observe)
            let summary = try? RunJournal.summary(of: directory)
            if case .exited(code: 0) = end, let summary { return summary }
            if case .exited(let code) = end, code >= 64, code < 80 {
                throw LaunchError(lastWords(attempt, "ended with exit code \(code)"), exitCode: code)
            }
            // All was written; only the end of the processes took too long.
            if silence?.leavingSeconds != nil, let summary, summary.status != .running { return summary }
            if control.open != nil, let summary { return ended(summary) }
            let fault = recordFault(attempt, end, silence)
            fruitless = progressMark() > before ? 0 : fruitless + 1
            if fruitless >= Self.fruitlessLimit {
                throw LaunchError(
                    lastWords(attempt, "ended \(fruitless) times without progress, last by \(fault)"),
                    exitCode: ExitCode.software)
            }
            tell("\(fault); the ranks are started again")
            usleep(200_000)
        }
    }

    /// One start of all ranks, until the launcher has ended and nothing of it is left.
    private func start(
        _ attempt: Int, signals: () -> Int, observe: () -> Void
    ) throws -> (ChildProcess.End, PulseWatch.Silence?) {
        let scratch = try AttemptScratch(storeRoot: directory.layout.root, run: directory.name, attempt: attempt)
        defer { scratch.clear() }
        var environment = ProcessInfo.processInfo.environment
        environment[RankProcess.jobVariable] = scratch.job
        environment["OMPI_MCA_rmaps_base_oversubscribe"] = "1"
        let nodes = attempt > 1 ? usableNodes(environment) : nil
        let rankCount = max(1, min(self.rankCount, nodes?.slots ?? self.rankCount))
        if let nodes {
            tell("without \(nodes.lostNames.joined(separator: ", ")) the run goes on on \(rankCount) ranks")
        }
        let command = try RankCommand(
            launcher, rankCount: rankCount, executable: executable, rankArguments: rankArguments, scratch: scratch,
            environment: environment, nodes: nodes)
        let log = open(logPath(attempt), O_CREAT | O_WRONLY | O_TRUNC | O_APPEND | O_CLOEXEC, 0o600)
        guard log >= 0 else { throw DurableFilesError(operation: "open", path: logPath(attempt), errorNumber: errno) }
        defer { close(log) }
        var configuration = ChildProcess.Configuration(
            program: command.program, arguments: command.arguments, environment: environment,
            directory: FileManager.default.currentDirectoryPath, standardOutput: log, standardError: log)
        configuration.ownsSession = true
        try RankPulse.clear(directory)
        var watch = PulseWatch(directory, rankCount: rankCount, limitSeconds: hangSeconds)
        var silence: PulseWatch.Silence?
        var silentLooks = 0
        var child = try ChildProcess(configuration)
        var told = 0
        var toldAt = Date.distantFuture
        while true {
            if let end = try child.poll() { return (end, silence) }
            if silence == nil, let found = watch.look(), !isPatient(found) { silence = found }
            if silence != nil {
                // The launcher ends ranks on other machines too; one that is stuck itself is ended from outside.
                if silentLooks == 0 { child.signalGroup(SIGTERM) }
                silentLooks += 1
                if silentLooks > 100 { child.signalGroup(SIGKILL) }
            }
            let asked = signals()
            if asked > told {
                told = asked
                toldAt = Date()
                try control.ask(asked == 1 ? .stop : .cancel)
                if asked > 2 { child.signalGroup(SIGKILL) }
            }
            // Ranks that do not answer a cancellation are ended from outside.
            if told >= 2, Date().timeIntervalSince(toldAt) > 40 { child.signalGroup(SIGKILL) }
            observe()
            usleep(50_000)
        }
    }

    /// The nodes that are left of an allocation; `nil` when all of them are, or when there is none.
    private func usableNodes(_ environment: [String: String]) -> SlurmNodes? {
        guard var nodes = SlurmNodes.allocated(environment: environment) else { return nil }
        nodes.avoid(FaultRecords(directory).repeatOffenders())
        return nodes.isComplete || nodes.slots == 0 ? nil : nodes
    }

    /// Whether a rank that only has to leave may take longer: until all is written, as long as a slow disk may need.
    private func isPatient(_ silence: PulseWatch.Silence) -> Bool {
        guard let seconds = silence.leavingSeconds, seconds < Self.leavingSeconds else { return false }
        return (try? RunJournal.summary(of: directory).status) ?? .running == .running
    }

    /// Writing what is left may take so long.
    private static let leavingSeconds = 900.0

    // MARK: After a death

    private func logPath(_ attempt: Int) -> String { "\(directory.logs)/launcher.\(attempt).log" }

    private func lastWords(_ attempt: Int, _ what: String) -> String {
        let lines = LauncherLog(path: logPath(attempt)).tail(20)
        return "the ranks of run \(directory.name) \(what)\n" + lines.joined(separator: "\n")
            + (lines.isEmpty ? "" : "\n") + "the whole log: \(logPath(attempt))"
    }

    /// Finished units and reported steps: grows when a start was not in vain.
    private func progressMark() -> Int {
        guard let summary = try? RunJournal.summary(of: directory) else { return 0 }
        return summary.units.reduce(0) { sum, unit in
            sum + (unit.state.isFinal ? 1_000_000 : 0) + (unit.progress?.completed ?? 0)
        }
    }

    /// Writes down what ended an attempt, and which units were running there; returns it as a line.
    private func recordFault(_ attempt: Int, _ end: ChildProcess.End, _ silence: PulseWatch.Silence?) -> String {
        var rank: Int? = rankCount > 1 ? nil : 0
        var cause = "\(end)"
        if let silence {
            (rank, cause) = (silence.rank, silence.cause)
        } else if rankCount > 1, let death = LauncherLog(path: logPath(attempt)).death {
            (rank, cause) = death
        }
        let host = rank.flatMap { RankPulse.of($0, in: directory)?.host }
        let fault = FaultRecords.Fault(
            attempt: attempt, rank: rank, host: host, cause: cause, atSeconds: Date().timeIntervalSince1970)
        // Losing these lines only lets units and nodes try once more.
        try? FaultRecords(directory).append(fault)
        if let rank { recordCrashes(on: rank, cause: cause) }
        return fault.text
    }

    private func recordCrashes(on rank: Int, cause: String) {
        let attempts = (try? RunJournal.attempts(of: directory)) ?? []
        let summary = try? RunJournal.summary(of: directory)
        for open in attempts where open.outcome == nil && open.ranks.contains(rank) {
            let steps = summary?.units.first { $0.name == open.unit }?.progress?.completed ?? 0
            try? CrashRecords(directory).append(
                CrashRecords.Crash(unit: open.unit, attempt: open.attempt, rank: rank, cause: cause, steps: steps))
        }
    }

    /// The summary of a run that was told to end and whose ranks ended without saying so.
    private func ended(_ summary: RunSummary) -> RunSummary {
        var summary = summary
        if control.open == .cancel { summary.status = .cancelled }
        return summary
    }
}
