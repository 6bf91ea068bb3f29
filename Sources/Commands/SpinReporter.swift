import Foundation
import Observatory
import Recipes
import Synchronization

/// What a spun unit says, on the terminal as it says it.
final class SpinReporter: UnitReporter {
    private struct State {
        var completed: Int
        var figures: [String: Double] = [:]
        var shown = 0.0
        var hasLine = false
    }

    private let isQuiet: Bool
    private let state: Mutex<State>

    /// - Parameter completed: steps that are done before the unit begins.
    init(isQuiet: Bool, completed: Int) {
        self.isQuiet = isQuiet
        state = Mutex(State(completed: completed))
    }

    /// Steps that the unit has told of.
    var completed: Int { state.withLock { $0.completed } }

    /// Figures of merit, by name.
    var figures: [String: Double] { state.withLock { $0.figures } }

    func progress(_ completed: Int, of total: Int, figures: [String: Double]) {
        let now = Date().timeIntervalSince1970
        let isDue = state.withLock { state in
            state.completed = max(state.completed, completed)
            guard !isQuiet, Narration.isInteractive, now - state.shown > 0.1 else { return false }
            state.shown = now
            state.hasLine = true
            return true
        }
        guard isDue else { return }
        let told = figures.sorted { $0.key < $1.key }.map { "\($0.key) \(HumanText.number($0.value))" }
        Narration.write("\r\u{1B}[K\(completed) of \(total)  \(told.joined(separator: "  "))")
    }

    func log(_ line: String) {
        guard !isQuiet else { return }
        clear()
        Narration.line(line)
    }

    func figure(_ name: String, _ value: Double) { state.withLock { $0.figures[name] = value } }

    /// Ends the moving line.
    func clear() {
        let hadLine = state.withLock { state in
            defer { state.hasLine = false }
            return state.hasLine
        }
        if hadLine { Narration.write("\r\u{1B}[K") }
    }
}
