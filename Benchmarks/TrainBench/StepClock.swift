import Foundation
import Synchronization
import Training

/// Notes when each step of a training ended, and the processor time of all of them.
final class StepClock: TrainingObserver {
    private let ends = Mutex<[Double]>([])
    /// Processor time of this process when the first leaf began.
    private let start = Mutex<Double?>(nil)
    /// Wall time at which the training was made, and at which its first leaf began.
    private let begun = Mutex(0.0)
    private let leaf = Mutex<Double?>(nil)

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    func finished(_ record: StepRecord, pace: StepPace) {
        ends.withLock { $0.append(Self.seconds(CLOCK_MONOTONIC)) }
    }

    func note(_ line: String) {}

    func profiled(_ profile: TrainingProfile) {
        for line in profile.lines { FileHandle.standardError.write(Data((line + "\n").utf8)) }
    }

    /// Asked on every rank before every leaf.
    var stop: TrainingStop {
        start.withLock { $0 = $0 ?? Self.seconds(CLOCK_PROCESS_CPUTIME_ID) }
        leaf.withLock { $0 = $0 ?? Self.seconds(CLOCK_MONOTONIC) }
        return .none
    }

    /// Called before the training is made.
    func begin() { begun.withLock { $0 = Self.seconds(CLOCK_MONOTONIC) } }

    /// Wall time until the first leaf began: tokens, weights or a checkpoint, memory.
    var secondsToFirstLeaf: Double { (leaf.withLock { $0 } ?? 0) - begun.withLock { $0 } }

    /// Wall time of every step but the first, whose memory is new.
    var stepSeconds: [Double] {
        let ends = ends.withLock { $0 }
        return zip(ends.dropFirst(), ends).map { $0 - $1 }
    }

    /// The most memory that this process held.
    var peakBytes: Int {
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        return usage.ru_maxrss * 1024
    }

    /// Processor time of this process since the first leaf began.
    var processorSeconds: Double {
        Self.seconds(CLOCK_PROCESS_CPUTIME_ID) - (start.withLock { $0 } ?? 0)
    }
}
