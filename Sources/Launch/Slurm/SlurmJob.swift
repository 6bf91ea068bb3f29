import Determinism
import DurableFiles
import Foundation
public import Ledger

/// The Slurm job that works on a run, as the run's folder records it.
public struct SlurmJob: Hashable, Sendable, Codable {
    public var schema = 1
    /// Slurm's number.
    public var id: String
    /// Seconds since 1970.
    public var submitted: Double
    public var options: SlurmOptions
    /// One entry for every time the job began.
    public var attempts: [Attempt] = []
    /// Why the run will not go on by itself; `nil` while it may.
    public var end: String?
    /// It was taken out of the queue.
    public var isCancelled = false

    /// One start of the job.
    public struct Attempt: Hashable, Sendable, Codable {
        /// Seconds since 1970.
        public var started: Double
        /// As Slurm lists them, such as `n[1-2]`.
        public var nodes: String
        /// What was done and checkpointed when it began; equal marks mean that nothing was gained in between.
        public var mark: String
    }

    /// Where a job stands in the queue.
    public enum Standing: Hashable, Sendable {
        /// Slurm has it: its state and reason in Slurm's words, such as `PENDING` and `Resources`.
        case queued(state: String, reason: String)
        /// The controller does not answer; nothing is concluded from that.
        case unreachable
        /// Slurm has finished it; its last state while it is remembered.
        case gone(state: String?)
    }

    private static func path(_ run: RunDirectory) -> String { run.path + "/slurm.json" }

    /// The job of a run; `nil` for a run that is not Slurm's.
    public static func of(_ run: RunDirectory) -> SlurmJob? {
        guard let bytes = try? DurableFiles.read(path(run)) else { return nil }
        return try? JSONDecoder().decode(SlurmJob.self, from: Data(bytes))
    }

    func write(to run: RunDirectory) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        try DurableFiles.write(Array(try encoder.encode(self)), to: Self.path(run))
    }

    // MARK: Submitting

    /// Copies the program into the run's folder, writes the script beside it and hands it to `sbatch`.
    ///
    /// - Throws: ``LaunchError`` with sbatch's own words.
    public static func submit(
        _ options: SlurmOptions, title: String, run: RunDirectory, executable: String, projectDirectory: String
    ) throws -> SlurmJob {
        // What is built or edited after this does not change the run.
        let program = run.path + "/program"
        try DurableFiles.createDirectory(program)
        let copy = program + "/" + (executable as NSString).lastPathComponent
        try FileManager.default.copyItem(atPath: executable, toPath: copy)
        let script = SlurmScript(options, title: title, run: run, executable: copy, projectDirectory: projectDirectory)
        let path = run.path + "/job.sh"
        try DurableFiles.write(script.text, to: path)
        var job = SlurmJob(id: "", submitted: Date().timeIntervalSince1970, options: options)
        try job.write(to: run)
        let answer = try SlurmTools.call("sbatch", ["--parsable", path])
        let id = answer.output.split(whereSeparator: { $0 == ";" || $0.isNewline }).first.map(String.init) ?? ""
        guard answer.code == 0, !id.isEmpty else {
            throw LaunchError(
                "sbatch refused '\(path)': \(answer.errors.trimmingCharacters(in: .whitespacesAndNewlines))",
                exitCode: ExitCode.unavailable)
        }
        job.id = id
        try job.write(to: run)
        return job
    }

    /// Takes the job of a run out of Slurm's queue.
    public mutating func cancel(_ run: RunDirectory) throws {
        let answer = try SlurmTools.call("scancel", [id])
        guard answer.code == 0 else {
            throw LaunchError(
                "scancel \(id) failed: \(answer.errors.trimmingCharacters(in: .whitespacesAndNewlines))",
                exitCode: ExitCode.unavailable)
        }
        isCancelled = true
        end = "CANCELLED in the queue"
        try write(to: run)
    }

    // MARK: Asking

    /// Where the job stands, from one answer of `squeue` for all jobs of the user that all commands share for two minutes
    /// (`ORCHESTRATE_SLURM_POLL` seconds): a controller is no place to poll.
    public func standing(of run: RunDirectory) -> Standing {
        let now = Date().timeIntervalSince1970
        var queue = SlurmQueue.last(in: run.layout)
        if queue.map({ now - $0.at >= SlurmQueue.pollSeconds }) ?? true {
            guard let fresh = SlurmQueue.ask(at: now) else { return .unreachable }
            fresh.write(to: run.layout)
            queue = fresh
        }
        guard let queue else { return .unreachable }
        if let entry = queue.jobs[id] { return .queued(state: entry.state, reason: entry.reason) }
        // Younger than the answer: it cannot be in it.
        if submitted >= queue.at { return .queued(state: "PENDING", reason: "just submitted") }
        return .gone(state: SlurmQueue.lastState(of: id))
    }
}

/// All jobs of the user that Slurm has, at one moment.
struct SlurmQueue: Codable {
    struct Entry: Codable {
        let state: String
        let reason: String
    }

    /// Seconds since 1970.
    let at: Double
    /// By job number.
    let jobs: [String: Entry]

    static var pollSeconds: Double {
        ProcessInfo.processInfo.environment["ORCHESTRATE_SLURM_POLL"].flatMap(Double.init) ?? 120
    }

    private static func path(_ layout: StoreLayout) -> String { layout.root + "/slurm-queue.json" }

    static func last(in layout: StoreLayout) -> SlurmQueue? {
        (try? DurableFiles.read(path(layout))).flatMap { try? JSONDecoder().decode(SlurmQueue.self, from: Data($0)) }
    }

    /// Only saves questions: losing it costs one.
    func write(to layout: StoreLayout) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        if let bytes = try? encoder.encode(self) { try? DurableFiles.write(Array(bytes), to: Self.path(layout)) }
    }

    /// `nil` when the controller does not answer.
    static func ask(at now: Double) -> SlurmQueue? {
        guard let answer = try? SlurmTools.call("squeue", ["-h", "--me", "-o", "%i|%T|%r"]), answer.code == 0 else {
            return nil
        }
        var jobs: [String: Entry] = [:]
        for line in answer.output.split(separator: "\n") {
            let parts = line.split(separator: "|", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
            if parts.count == 3 { jobs[parts[0]] = Entry(state: parts[1], reason: parts[2]) }
        }
        return SlurmQueue(at: now, jobs: jobs)
    }

    /// The state of a job that has left the queue, as long as the controller remembers it; accounting is not asked.
    static func lastState(of id: String) -> String? {
        guard let answer = try? SlurmTools.call("scontrol", ["show", "job", id, "-o"]), answer.code == 0 else {
            return nil
        }
        return answer.output.split(separator: " ").first { $0.hasPrefix("JobState=") }
            .map { String($0.dropFirst("JobState=".count)) }
    }
}
