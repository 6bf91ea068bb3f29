import DurableFiles
import Foundation
import Recipes
import Synchronization

/// Takes a running unit's words: lines to its log, progress to the coordinator, figures for its report.
final class AttemptReporter: UnitReporter {
    private struct State {
        var figures: [String: Double] = [:]
        var lastProgress = 0.0
        var held: ProgressReport?
    }

    private let unit: Int
    private let logPath: @Sendable (_ stream: String) -> String
    private let bay: WorkerBay
    /// The leading rank of a gang speaks for all.
    private let speaks: Bool
    private let state = Mutex(State())

    /// Progress reports go out at most every so many seconds; the last one always does.
    private static let progressSeconds = 0.05

    init(unit: Int, logPath: @escaping @Sendable (String) -> String, bay: WorkerBay, speaks: Bool) {
        self.unit = unit
        self.logPath = logPath
        self.bay = bay
        self.speaks = speaks
    }

    var figures: [String: Double] { state.withLock { $0.figures } }

    func progress(_ completed: Int, of total: Int, figures: [String: Double]) {
        guard speaks else { return }
        let now = Date().timeIntervalSince1970
        let report = ProgressReport(unit: unit, completed: completed, total: total, figures: figures, atSeconds: now)
        let isDue = state.withLock { state in
            guard now - state.lastProgress >= Self.progressSeconds || completed == total else {
                state.held = report
                return false
            }
            state.lastProgress = now
            state.held = nil
            return true
        }
        if isDue { bay.post(report) }
    }

    func log(_ line: String) {
        guard speaks else { return }
        UnitLog.append(Array((line + "\n").utf8), to: logPath("out"))
    }

    func figure(_ name: String, _ value: Double) { state.withLock { $0.figures[name] = value } }

    func record(_ name: String, _ bytes: [UInt8]) {
        guard speaks else { return }
        // Like the log, nothing that a unit fails for.
        try? DurableFiles.write(bytes, to: logPath(name))
    }

    /// Sends what was held back.
    func finish() {
        let held = state.withLock { state in
            defer { state.held = nil }
            return state.held
        }
        if let held { bay.post(held) }
    }
}
