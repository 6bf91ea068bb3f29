import Glibc

/// How a thread waits for messages: a short spin that gives the processor away, then sleeps that grow to one millisecond.
///
/// An idle rank that sleeps at most 1 ms costs 2-3 % of a core; a blocking receive of Open MPI costs all of it.
public struct BackOff: Sendable {
    /// Polls before the first sleep.
    private let spins: Int
    /// The longest sleep in microseconds.
    private let longestMicroseconds: UInt32
    private var polls = 0
    private var microseconds: UInt32

    public init(spins: Int = 64, longestMicroseconds: UInt32 = 1000) {
        self.spins = spins
        self.longestMicroseconds = longestMicroseconds
        microseconds = 20
    }

    /// Something arrived: the next waits are short again.
    public mutating func reset() {
        polls = 0
        microseconds = 20
    }

    /// Whether the wait has become long enough to look at slower conditions too.
    public var isSleeping: Bool { polls > spins }

    /// Gives the processor away for a moment.
    public mutating func pause() {
        polls += 1
        if polls <= spins {
            sched_yield()
            return
        }
        usleep(microseconds)
        microseconds = min(microseconds * 3 / 2, longestMicroseconds)
    }
}
