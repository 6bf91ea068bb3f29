public import Determinism
import DurableFiles
import Execution
import Foundation
public import Ledger
import Processes
import WorkGraph

/// A run in a store of its own to which faults are done, until it has ended all the same.
public struct Rehearsal {
    /// What was done to the run, and when.
    public struct Struck: Hashable, Sendable {
        public let fault: RehearsedFault
        /// Since the first start.
        public let atSeconds: Double
    }

    /// What came of it.
    public struct Outcome: Sendable {
        /// The run that ended well.
        public let summary: RunSummary
        public let struck: [Struck]
        /// Faults whose moment did not come, or whose victim was not there.
        public let missed: [RehearsedFault]
        /// How often the recipe was submitted.
        public let submissions: Int
        public let seconds: Double
        /// Units that ran again after they had been stored.
        public let doubled: [String]
        /// Seconds of attempts that came to nothing.
        public let lostSeconds: Double
        fileprivate let records: Set<Digest>

        /// Whether the unit's outputs are records that need not repeat.
        public func isRecord(_ key: Digest) -> Bool { records.contains(key) }
    }

    private let program: String
    private let arguments: [String]
    private let layout: StoreLayout
    private let log: String
    private let disk: RehearsalDisk?
    private let graceSeconds: Double
    private let isMeant: (String, String) -> Bool
    private let tell: (String) -> Void
    private var open: [RehearsedFault]
    private var struck: [Struck] = []
    private let start = Date()
    /// When what was preempted is ended for good.
    private var endsAt: Date?

    /// - Parameters:
    ///   - program: this program; `arguments` submit the recipe to the store at `storeRoot`.
    ///   - faults: none for a run that is left in peace.
    ///   - log: where what the run says is written.
    ///   - graceSeconds: between SIGTERM and SIGKILL of a preemption.
    ///   - isMeant: whether a unit is called so.
    ///   - tell: called with a line for people whenever a fault is done.
    public init(
        program: String, arguments: [String], storeRoot: String, faults: [RehearsedFault], log: String,
        disk: RehearsalDisk? = nil, graceSeconds: Double, isMeant: @escaping (String, String) -> Bool,
        tell: @escaping (String) -> Void
    ) {
        self.program = program
        self.arguments = arguments
        layout = StoreLayout(storeRoot)
        self.log = log
        self.disk = disk
        self.graceSeconds = graceSeconds
        self.isMeant = isMeant
        self.tell = tell
        open = faults
    }

    /// Submits until the run has ended well.
    ///
    /// - Throws: ``LaunchError`` when it does not, with the last lines it wrote.
    public mutating func run() throws -> Outcome {
        let most = open.count + 3
        for submission in 1... {
            let end = try submit()
            if end == .exited(code: 0) { return try outcome(submission) }
            try disk?.free()
            guard submission < most, !isHopeless(end) else {
                let lines = LauncherLog(path: log).tail(12).joined(separator: "\n")
                throw LaunchError(
                    "the run ended with \(end) after \(struck.count) fault\(struck.count == 1 ? "" : "s"):\n\(lines)\nthe whole log: \(log)",
                    exitCode: ExitCode.unitFailed)
            }
            tell("the run ended with \(end); the recipe is submitted again")
            clearDead()
        }
        throw LaunchError("the run was never submitted", exitCode: ExitCode.software)
    }

    /// What no further submission mends: a wrong recipe, missing or bad data, a unit that fails by itself.
    private func isHopeless(_ end: ChildProcess.End) -> Bool {
        guard case .exited(let code) = end else { return false }
        return struck.isEmpty
            || [ExitCode.unitFailed, ExitCode.usage, ExitCode.badRecipe, ExitCode.missingInput].contains(code)
    }

    /// One submission to its end.
    private mutating func submit() throws -> ChildProcess.End {
        let file = Glibc.open(log, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw DurableFilesError(operation: "open", path: log, errorNumber: errno) }
        defer { close(file) }
        var configuration = ChildProcess.Configuration(
            program: program, arguments: arguments, environment: ProcessInfo.processInfo.environment,
            directory: FileManager.default.currentDirectoryPath, standardOutput: file, standardError: file)
        configuration.ownsSession = true
        var child = try ChildProcess(configuration)
        endsAt = nil
        while true {
            if let end = try child.poll() { return end }
            if let endsAt, Date() > endsAt { killEverything(child.id) }
            try strike(child.id)
            usleep(10_000)
        }
    }

    /// Does the faults whose time has come.
    private mutating func strike(_ supervisor: Int32) throws {
        guard !open.isEmpty, let directory = try? RunDirectory.open("latest", in: layout),
            let summary = try? RunJournal.summary(of: directory), summary.status == .running
        else { return }
        let seconds = Date().timeIntervalSince(start)
        for (position, fault) in open.enumerated() where fault.isDue(summary, after: seconds, isMeant: isMeant) {
            guard try strike(fault, directory, supervisor) else { continue }
            tell(String(format: "%.1f s: ", seconds) + fault.description)
            struck.append(Struck(fault: fault, atSeconds: seconds))
            open.remove(at: position)
            return
        }
    }

    /// False when the victim is not there (yet).
    private mutating func strike(
        _ fault: RehearsedFault, _ directory: RunDirectory, _ supervisor: Int32
    ) throws -> Bool {
        switch fault.action {
        case .kill(.everything): killEverything(supervisor)
        case .kill(.supervisor): kill(supervisor, SIGKILL)
        case .kill(.launcher):
            let launchers = ranksAndLauncher.filter {
                ["mpirun", "orterun", "srun"].contains(ProcessTable.program(of: $0) ?? "")
            }
            guard !launchers.isEmpty else { return false }
            for process in launchers { kill(process, SIGKILL) }
        case .kill(.coordinator): return signal(SIGKILL, rank: 0, directory)
        case .kill(.rank(let rank)): return signal(SIGKILL, rank: rank, directory)
        case .stop(let rank): return signal(SIGSTOP, rank: rank, directory)
        case .preempt:
            kill(supervisor, SIGTERM)
            endsAt = Date(timeIntervalSinceNow: graceSeconds)
        case .fillDisk:
            guard let disk else { return false }
            try disk.fill()
        }
        return true
    }

    private func signal(_ number: Int32, rank: Int, _ directory: RunDirectory) -> Bool {
        guard let pulse = RankPulse.of(rank, in: directory), ranksAndLauncher.contains(pulse.process) else {
            return false
        }
        return kill(pulse.process, number) == 0
    }

    /// Processes of this machine that work on the store.
    private var ranksAndLauncher: [Int32] {
        ProcessTable.processes(marked: RankProcess.jobVariable, where: { $0.hasSuffix("|" + layout.root) })
    }

    private func killEverything(_ supervisor: Int32) {
        kill(supervisor, SIGKILL)
        for process in ranksAndLauncher { kill(process, SIGKILL) }
    }

    /// Waits until nothing of the last submission is left.
    private func clearDead() {
        for _ in 0..<200 where !ranksAndLauncher.isEmpty {
            for process in ranksAndLauncher { kill(process, SIGKILL) }
            usleep(20_000)
        }
    }

    private func outcome(_ submissions: Int) throws -> Outcome {
        var stored: Set<Digest> = []
        var doubled: [String] = []
        var lostSeconds = 0.0
        var last: RunSummary?
        var records: Set<Digest> = []
        for record in RunDirectory.all(in: layout) {
            let directory = RunDirectory(record.name, in: layout)
            // One that was killed before it wrote anything has no journal.
            guard let summary = try? RunJournal.summary(of: directory) else { continue }
            for unit in summary.units where unit.state == .ran && !stored.insert(unit.key).inserted {
                doubled.append(unit.name)
            }
            for attempt in try RunJournal.attempts(of: directory) where attempt.outcome != "ran" {
                lostSeconds += max(0, (attempt.endSeconds ?? attempt.startSeconds) - attempt.startSeconds)
            }
            records.formUnion(try directory.graph().units.filter { !$0.isDeterministic }.map(\.key))
            last = summary
        }
        guard let last else { throw LaunchError("the run left no journal", exitCode: ExitCode.software) }
        return Outcome(
            summary: last, struck: struck, missed: open, submissions: submissions,
            seconds: Date().timeIntervalSince(start), doubled: doubled, lostSeconds: lostSeconds, records: records)
    }
}
