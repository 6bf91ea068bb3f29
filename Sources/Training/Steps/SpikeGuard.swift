/// Finds steps whose loss or gradient norm stands out, from what was recorded: a pure function of the records, so that a resumed
/// training leaves out the same steps.
package struct SpikeGuard {
    /// How many of the steps before are compared with, and how many there must be at least.
    static let window = 64
    static let least = 8
    /// So many spikes in a row are no spikes: the training has run away.
    static let longestRun = 16

    /// A step is a spike when a figure is more than so many times the median.
    package let factor: Double

    package init(factor: Double) { self.factor = factor }

    /// What is wrong with a step of this loss and norm after `records`; `nil` when it is to be taken.
    package func spike(loss: Double, norm: Double, after records: [StepRecord]) -> String? {
        let taken = records.lazy.filter { $0.spike == nil }.suffix(Self.window)
        guard taken.count >= Self.least else { return nil }
        for (name, value, recent) in [
            ("loss", loss, taken.map(\.loss)), ("gradient norm", norm, taken.map(\.gradientNorm)),
        ] {
            let median = recent.sorted()[recent.count / 2]
            if value > factor * median { return "\(name) \(value) is more than \(factor) times the median \(median)" }
        }
        return nil
    }

    /// Whether the last records are all spikes.
    package func hasRunAway(_ records: [StepRecord]) -> Bool {
        records.count >= Self.longestRun && records.suffix(Self.longestRun).allSatisfy { $0.spike != nil }
    }
}
