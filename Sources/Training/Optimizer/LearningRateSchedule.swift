import Determinism

/// Linear warmup from zero, then half a cosine down to a share of the peak.
public struct LearningRateSchedule: Hashable, Sendable {
    public let peak: Double
    public let warmup: Int
    public let steps: Int
    /// The last step's rate as a share of the peak.
    public let floor: Double

    public init(peak: Double, warmup: Int, steps: Int, floor: Double = 0.1) {
        self.peak = peak
        self.warmup = warmup
        self.steps = steps
        self.floor = floor
    }

    /// The rate of step `step`, counted from 1.
    public func rate(at step: Int) -> Double {
        if step <= warmup { return peak * Double(step) / Double(max(1, warmup)) }
        let progress = Double(step - warmup) / Double(max(1, steps - warmup))
        let cosine = 0.5 * (1 + ExactMath.cos(Double.pi * min(1, progress)))
        return peak * (floor + (1 - floor) * cosine)
    }
}
