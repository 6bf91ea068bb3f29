import Determinism
public import DurableFiles
import Execution
import Foundation
public import Ledger
import Processes
import Synchronization

/// Stands outside the ranks of a run: starts them, tells them what its user wants, and starts them again when one has died.
///
/// Open MPI takes the whole job down with a rank, so going on means starting over; what is stored and checkpointed stays.
public struct Supervisor {
    private let directory: RunDirectory
    private let executable: String
    private let rankArguments: [String]
    private let rankCount: Int
    private let control: ControlFiles
    /// So many starts in a row without any progress end the run.
    private static let fruitlessLimit = 4

    /// - Parameter rankArguments: what each rank runs `executable` with.
    public init(_ directory: RunDirectory, rankCount: Int, executable: String, rankArguments: [String]) {
        self.directory = directory
        self.rankCount = rankCount
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
            let end = try start(attempt, signals: signals, observe: observe)
            let summary = try? RunJournal.summary(of: directory)
            if case .exited(code: 0) = end, let summary { return summary }
            if case .exited(let code) = end, code >= 64, code < 80 {
                throw LaunchError(lastWords(attempt, "ended with exit code \(code)"), exitCode: code)
            }
            if control.open != nil, let summary { return ended(summary) }
            recordDeath(attempt, end)
            fruitless = progressMark() > before ? 0 : fruitless + 1
            if fruitless >= Self.fruitlessLimit {
                throw LaunchError(
                    lastWords(attempt, "ended \(fruitless) times without progress, last by \(end)"),
                    exitCode: ExitCode.software)
            }
            usleep(200_000)
        }
    }

    /// One start of all ranks, until the launcher has ended and nothing of it is left.
    private func start(_ attempt: Int, signals: () -> Int, observe: () -> Void) throws -> ChildProcess.End {
        let scratch = try AttemptScratch(storeRoot: directory.layout.root, run: directory.name, attempt: attempt)
        defer { scratch.clear() }
        var environment = ProcessInfo.processInfo.environment
        environment[RankProcess.jobVariable] = scratch.job
        environment["OMPI_MCA_rmaps_base_oversubscribe"] = "1"
        let command = try RankCommand(
            rankCount: rankCount, executable: executable, rankArguments: rankArguments, scratch: scratch,
            environment: environment)
        let log = open(logPath(attempt), O_CREAT | O_WRONLY | O_TRUNC | O_APPEND | O_CLOEXEC, 0o600)
        guard log >= 0 else { throw DurableFilesError(operation: "open", path: logPath(attempt), errorNumber: errno) }
        defer { close(log) }
        var configuration = ChildProcess.Configuration(
            program: command.program, arguments: command.arguments, environment: environment,
            directory: FileManager.default.currentDirectoryPath, standardOutput: log, standardError: log)
        configuration.ownsSession = true
        var child = try ChildProcess(configuration)
        var told = 0
        var toldAt = Date.distantFuture
        while true {
            if let end = try child.poll() { return end }
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

    private func recordDeath(_ attempt: Int, _ end: ChildProcess.End) {
        var rank = 0
        var cause = "\(end)"
        if rankCount > 1 {
            guard let death = LauncherLog(path: logPath(attempt)).death else { return }
            (rank, cause) = death
        }
        let attempts = (try? RunJournal.attempts(of: directory)) ?? []
        let summary = try? RunJournal.summary(of: directory)
        for open in attempts where open.outcome == nil && open.ranks.contains(rank) {
            let steps = summary?.units.first { $0.name == open.unit }?.progress?.completed ?? 0
            // Losing this line only lets the unit try once more.
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
