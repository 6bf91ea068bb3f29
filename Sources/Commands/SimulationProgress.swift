import Foundation

/// A line on the terminal that says what is being simulated.
struct SimulationProgress {
    let isShown: Bool

    func show(_ text: String) { if isShown { Narration.write("\r\u{1B}[K" + text) } }
    func clear() { if isShown { Narration.write("\r\u{1B}[K") } }
}
