import Foundation
import Synchronization

/// How much of a core this process uses while it waits: samples of its processor time, ten a second.
final class ProcessorShare: Sendable {
    private struct Sample {
        let wall: Double
        let used: Double
    }

    private let samples = Mutex<[Sample]>([])

    init() {
        let thread = Thread { [self] in
            while true {
                samples.withLock {
                    $0.append(Sample(wall: Self.seconds(CLOCK_MONOTONIC), used: Self.seconds(CLOCK_PROCESS_CPUTIME_ID)))
                }
                usleep(100_000)
            }
        }
        thread.start()
    }

    /// The share between one second after the start and half a second before now; `nil` for a shorter life.
    var whileWaiting: Double? {
        let all = samples.withLock { $0 }
        guard let first = all.first, let last = all.last else { return nil }
        let steady = all.filter { $0.wall > first.wall + 1 && $0.wall < last.wall - 0.5 }
        guard let begin = steady.first, let end = steady.last, end.wall - begin.wall > 0.5 else { return nil }
        return (end.used - begin.used) / (end.wall - begin.wall)
    }

    static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
