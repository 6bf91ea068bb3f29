import Glibc
import Synchronization

/// How often this process was asked to end by a signal.
///
/// The first asks to stop in order, the second to end at once.
enum RunSignals {
    private static let count = Atomic<Int>(0)

    /// Counts SIGINT and SIGTERM instead of dying from them; a closed terminal (SIGHUP) ends nothing.
    static func count(_ isCounting: Bool) {
        signal(SIGHUP, isCounting ? SIG_IGN : SIG_DFL)
        for number in [SIGINT, SIGTERM] {
            if isCounting {
                signal(number) { _ in RunSignals.count.add(1, ordering: .relaxed) }
            } else {
                signal(number, SIG_DFL)
            }
        }
    }

    /// Leaves it to the coordinator to end this rank in order.
    static func ignore() {
        for number in [SIGINT, SIGTERM, SIGHUP] { signal(number, SIG_IGN) }
    }

    static var request: ControlFiles.Request? {
        switch count.load(ordering: .relaxed) {
        case 0: nil
        case 1: .stop
        default: .cancel
        }
    }
}
