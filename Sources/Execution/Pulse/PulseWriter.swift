import DurableFiles
import Foundation
import Ledger

/// Writes one rank's ``RankPulse`` from the loop that must not stand still.
struct PulseWriter: ~Copyable {
    private let path: String
    private var pulse: RankPulse
    private let watch: AttemptWatch
    private var lastBeat = -Double.infinity

    init(rank: Int, host: String, fence: Int, run: RunDirectory, watch: AttemptWatch) {
        self.watch = watch
        path = RankPulse.path(rank, run)
        pulse = RankPulse(
            rank: rank, host: host, process: getpid(), fence: fence, beat: 0, atSeconds: 0, isLeaving: false)
        // Without its folder a rank is only taken for one that does not tell.
        try? DurableFiles.createDirectory(RankPulse.folder(run))
        beat()
    }

    /// Writes a beat when it is time for one.
    mutating func beatIfDue() {
        guard Self.monotonicSeconds() - lastBeat >= RankPulse.interval else { return }
        beat()
    }

    /// Says that only leaving is left to do.
    mutating func leave() {
        pulse.isLeaving = true
        beat()
    }

    private mutating func beat() {
        lastBeat = Self.monotonicSeconds()
        pulse.beat += 1
        pulse.atSeconds = Date().timeIntervalSince1970
        let overdue = watch.overdue(at: pulse.atSeconds)
        pulse.overdueUnit = overdue?.unit
        pulse.overdueSeconds = overdue?.seconds
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        guard let bytes = try? encoder.encode(pulse) else { return }
        // A beat that cannot be written is followed by another one; a full disk is no reason to end.
        try? DurableFiles.writeCache(Array(bytes) + [10], to: path)
    }

    private static func monotonicSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
