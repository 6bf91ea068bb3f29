import Foundation
import Launch
import Ledger

/// What Slurm's queue says of runs that nobody works on at the moment.
enum SlurmPresence {
    /// Whether the run is Slurm's and may still begin, or begin again.
    ///
    /// A controller that does not answer says nothing: the run is then taken to be waiting.
    static func isWaiting(_ directory: RunDirectory) -> Bool {
        guard let job = SlurmJob.of(directory), job.end == nil else { return false }
        if let status = try? RunJournal.summary(of: directory).status, [.done, .failed, .cancelled].contains(status) {
            return false
        }
        if case .gone = job.standing(of: directory) { return false }
        return true
    }

    /// How the job of a run stands, as a line; `nil` for a run that is not Slurm's or that has finished.
    static func line(_ directory: RunDirectory) -> String? {
        guard let job = SlurmJob.of(directory) else { return nil }
        if let end = job.end { return "Slurm job \(job.id): \(end)" }
        let again = job.attempts.count > 1 ? ", started \(job.attempts.count) times" : ""
        switch job.standing(of: directory) {
        case .queued(let state, let reason):
            let why = reason.isEmpty || reason == "None" ? "" : " (\(reason))"
            return "Slurm job \(job.id): \(state)\(why)\(again)"
        case .unreachable: return "Slurm job \(job.id): Slurm does not answer\(again)"
        case .gone(let state): return "Slurm job \(job.id): \(state ?? "no longer known to Slurm")\(again)"
        }
    }
}
