import Foundation
import Synchronization

/// How often this process was asked to end (Ctrl-C, SIGTERM, a closed terminal) since it began to count.
enum EndSignals {
    private static let counted = Atomic<Int>(0)

    /// Counts from now on instead of dying.
    static func startCounting() {
        for number in [SIGINT, SIGTERM, SIGHUP] {
            signal(number) { _ in EndSignals.counted.add(1, ordering: .relaxed) }
        }
    }

    static var count: Int { counted.load(ordering: .relaxed) }

    private static let warned = Atomic<Bool>(false)

    /// Takes SIGUSR1 from now on for a warning that the time of this allocation ends.
    static func startListeningForWarnings() {
        signal(SIGUSR1) { _ in EndSignals.warned.store(true, ordering: .relaxed) }
    }

    /// Whether the allocation ends soon.
    static var isWarned: Bool { warned.load(ordering: .relaxed) }
}
