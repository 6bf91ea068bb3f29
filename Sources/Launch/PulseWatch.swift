import Execution
import Foundation
import Ledger

/// Tells from the ranks' signs of life which of them hangs: stopped, cut off, or stuck in its control loop.
///
/// Counts its own looks instead of reading clocks: a machine that slept, or a supervisor that was stopped together with its ranks, is no
/// reason to end them.
struct PulseWatch {
    /// A rank that gave no sign of life for too long.
    struct Silence: Hashable {
        /// `nil` when not all ranks have begun.
        let rank: Int?
        let host: String?
        let cause: String
        /// For how long, when the rank had only to write and leave.
        var leavingSeconds: Double?
    }

    /// The time that one look may stand for at most.
    private static let longestLook = 2 * RankPulse.interval
    /// All ranks must have begun after so long: `mpirun` on many nodes takes its time.
    static let beginSeconds = 180.0

    private let run: RunDirectory
    private let limitSeconds: Double
    private let beginSeconds: Double
    /// Last pulse and the seconds for which it has not changed, by rank.
    private var seen: [(pulse: RankPulse?, silence: Double)]
    private var unbegunSeconds = 0.0
    private var lastLook = Date.distantPast

    init(_ run: RunDirectory, rankCount: Int, limitSeconds: Double, beginSeconds: Double = Self.beginSeconds) {
        self.run = run
        self.limitSeconds = limitSeconds
        self.beginSeconds = max(beginSeconds, limitSeconds)
        seen = Array(repeating: (nil, 0), count: rankCount)
    }

    /// Looks at the pulses when it is time to; returns the rank that hangs, the longest of several.
    mutating func look(now: Date = Date()) -> Silence? {
        let passed = lastLook == .distantPast ? 0 : max(0, now.timeIntervalSince(lastLook))
        guard lastLook == .distantPast || passed >= min(1, limitSeconds / 4) || now < lastLook else { return nil }
        lastLook = now
        let span = min(passed, Self.longestLook)
        var isComplete = true
        var worst: (silence: Silence, seconds: Double)?
        func note(_ pulse: RankPulse, _ seconds: Double, _ cause: String) {
            guard seconds > worst?.seconds ?? 0 else { return }
            var silence = Silence(rank: pulse.rank, host: pulse.host, cause: cause)
            if pulse.isLeaving { silence.leavingSeconds = seconds }
            worst = (silence, seconds)
        }
        for rank in seen.indices {
            let pulse = RankPulse.of(rank, in: run) ?? seen[rank].pulse
            if pulse != seen[rank].pulse {
                seen[rank] = (pulse, 0)
            } else {
                seen[rank].silence += span
            }
            guard let pulse else {
                isComplete = false
                continue
            }
            let silence = seen[rank].silence
            if silence > limitSeconds {
                note(pulse, silence, "no sign of life for \(Int(silence)) s (stopped, cut off or stuck)")
            }
            if let unit = pulse.overdueUnit, let seconds = pulse.overdueSeconds, seconds > limitSeconds {
                note(pulse, seconds, "'\(unit)' did not end for \(Int(seconds)) s after its time limit")
            }
        }
        unbegunSeconds = isComplete ? 0 : unbegunSeconds + span
        if worst == nil, unbegunSeconds > beginSeconds {
            return Silence(rank: nil, host: nil, cause: "not all ranks began within \(Int(unbegunSeconds)) s")
        }
        return worst?.silence
    }
}
