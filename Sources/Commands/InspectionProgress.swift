import Foundation
import Synchronization

/// A line on the terminal that says what is being read, rewritten a few times a second.
final class InspectionProgress: Sendable {
    private let isShown: Bool
    /// Time of the last drawing; `nil` while nothing is drawn.
    private let drawn = Mutex<Double?>(nil)
    private let start = ProcessInfo.processInfo.systemUptime
    /// Nothing is drawn before something takes this long, in seconds.
    private static let patience = 0.5
    private static let interval = 0.1

    init(isShown: Bool) { self.isShown = isShown }

    /// Draws, if the time has come.
    func report(_ what: String, _ done: Int, of count: Int) {
        guard isShown else { return }
        let now = ProcessInfo.processInfo.systemUptime
        drawn.withLock { last in
            guard now - start > Self.patience, now - (last ?? 0) > Self.interval else { return }
            last = now
            Narration.write("\r\u{1B}[Kreading \(what): \(done) of \(count)")
        }
    }

    /// Takes the line away.
    func clear() {
        drawn.withLock { last in
            if last != nil { Narration.write("\r\u{1B}[K") }
            last = nil
        }
    }
}
