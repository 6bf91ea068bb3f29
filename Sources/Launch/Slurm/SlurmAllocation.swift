import Determinism
import DurableFiles
import Foundation
public import Ledger
import WorkGraph

/// This process as the batch step of a run's Slurm job.
public struct SlurmAllocation {
    private let run: RunDirectory
    private let id: String

    /// The allocation this process was started in; `nil` when it is in none, or in one that is not this run's.
    public init?(_ run: RunDirectory) {
        guard let id = ProcessInfo.processInfo.environment["SLURM_JOB_ID"] else { return nil }
        // Slurm may be quicker than the process that writes down what sbatch told it.
        for _ in 0..<100 where SlurmJob.of(run)?.id.isEmpty == true { usleep(100_000) }
        guard SlurmJob.of(run)?.id == id else { return nil }
        self.run = run
        self.id = id
    }

    /// Notes that the job has begun once more, and refuses what would be in vain.
    ///
    /// - Throws: ``LaunchError`` when data is no longer what the run was planned for (65), or when the run went back to the queue too often
    ///   or twice without any gain (1).
    public func begin() throws {
        guard var job = SlurmJob.of(run) else { return }
        let mark = try mark()
        let isFruitless = job.attempts.count >= 2 && job.attempts.suffix(2).allSatisfy { $0.mark == mark }
        job.attempts.append(
            SlurmJob.Attempt(
                started: Date().timeIntervalSince1970,
                nodes: ProcessInfo.processInfo.environment["SLURM_JOB_NODELIST"] ?? "", mark: mark))
        var end: LaunchError?
        if isFruitless {
            end = LaunchError(
                "two attempts in a row (jobs on \(job.attempts.suffix(3).map(\.nodes).joined(separator: ", "))) ended without a new result or checkpoint; "
                    + "give more --time, or checkpoint more often. Their logs: \(run.logs)/slurm.log",
                exitCode: ExitCode.unitFailed)
        } else if job.attempts.count - 1 > job.options.requeueLimit {
            end = LaunchError(
                "the run went back to the queue \(job.options.requeueLimit) times (--max-requeues)",
                exitCode: ExitCode.unitFailed)
        } else {
            end = try changedSource()
        }
        job.end = end?.message
        try job.write(to: run)
        if let end { throw end }
    }

    /// When units must have ended, in seconds since 1970: a moment before Slurm warns; `nil` without a limit, or when Slurm does not say.
    public var endsAt: Double? {
        guard let answer = try? SlurmTools.call("squeue", ["-h", "-j", id, "-o", "%L"]), answer.code == 0,
            let left = SlurmPartition.seconds(answer.output.trimmingCharacters(in: .whitespacesAndNewlines))
        else { return nil }
        let warning = SlurmJob.of(run)?.options.warningSeconds ?? 60
        return Date().timeIntervalSince1970 + Double(left - warning)
    }

    /// Puts the job back into the queue; Slurm ends this process soon after.
    public func requeue() throws {
        let answer = try SlurmTools.call("scontrol", ["requeue", id])
        guard answer.code == 0 else {
            throw LaunchError(
                "scontrol requeue \(id) failed: \(answer.errors.trimmingCharacters(in: .whitespacesAndNewlines)); submit the recipe again to go on",
                exitCode: ExitCode.requeue)
        }
    }

    /// A source whose bytes are not those the plan was made of.
    private func changedSource() throws -> LaunchError? {
        let digests = SourceDigests(run.layout)
        var seen: Set<String> = []
        for unit in try run.graph().units {
            for source in unit.sources where seen.insert(source.path).inserted {
                let found: Digest
                do {
                    found = try digests.digest(source.path).digest
                } catch {
                    return LaunchError(
                        "'\(source.path)', which unit '\(unit.name)' reads, is gone: \(error). Put it back, or submit the recipe again.",
                        exitCode: ExitCode.missingInput)
                }
                guard found != source.digest else { continue }
                return LaunchError(
                    "'\(source.path)', which unit '\(unit.name)' reads, was changed after the run was submitted: its digest was \(source.digest.short), now it is \(found.short). Submit the recipe again.",
                    exitCode: ExitCode.badData)
            }
        }
        return nil
    }

    /// A digest of what is done: finished units, and the names of checkpoints of those that are not.
    private func mark() throws -> String {
        let units = (try? RunJournal.summary(of: run))?.units ?? []
        let done = Set(units.filter(\.state.isFinal).map(\.key))
        var lines: [String] = []
        for unit in try run.graph().units {
            let folder = run.layout.checkpoint(unit.key)
            if done.contains(unit.key) {
                lines.append(unit.name)
            } else if DurableFiles.exists(folder) {
                lines += try DurableFiles.entries(of: folder).map { "\(unit.name) \($0.name)" }
            }
        }
        return Digest(of: lines.joined(separator: "\n")).short
    }
}
