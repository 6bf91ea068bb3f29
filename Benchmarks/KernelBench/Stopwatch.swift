import Foundation

/// Best time of repeated runs, in processor seconds of this thread, so that neighbours on a shared machine count less.
struct Stopwatch {
    /// How long to repeat, in processor seconds.
    var budget = 0.3

    static func threadSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    func best(_ body: () throws -> Void) rethrows -> Double {
        try body()
        let end = Self.threadSeconds() + budget
        var best = Double.infinity
        repeat {
            let start = Self.threadSeconds()
            try body()
            best = min(best, Self.threadSeconds() - start)
        } while Self.threadSeconds() < end
        return best
    }
}
