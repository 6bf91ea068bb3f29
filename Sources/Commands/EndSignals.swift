import Foundation
import Synchronization

/// How often this process was asked to end (Ctrl-C or SIGTERM) since it began to count.
///
/// A closed terminal (SIGHUP) is no such request: the run goes on.
enum EndSignals {
    private static let counted = Atomic<Int>(0)

    /// Counts from now on instead of dying.
    static func startCounting() {
        signal(SIGINT) { _ in EndSignals.counted.add(1, ordering: .relaxed) }
        signal(SIGTERM) { _ in
            EndSignals.counted.add(1, ordering: .relaxed)
            EndSignals.terminated.store(true, ordering: .relaxed)
        }
        signal(SIGHUP, SIG_IGN)
    }

    private static let terminated = Atomic<Bool>(false)

    /// Whether SIGTERM was among the requests: who sends it expects 143.
    static var isTerminated: Bool { terminated.load(ordering: .relaxed) }

    static var count: Int { counted.load(ordering: .relaxed) }

    private static let warned = Atomic<Bool>(false)

    /// Takes SIGUSR1 from now on for a warning that the time of an allocation ends: save, stop, and go on later.
    static func startListeningForWarnings() {
        signal(SIGUSR1) { _ in EndSignals.warned.store(true, ordering: .relaxed) }
    }

    /// Whether the allocation ends soon.
    static var isWarned: Bool { warned.load(ordering: .relaxed) }
}
