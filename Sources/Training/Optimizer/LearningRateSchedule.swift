import Determinism

/// How the learning rate goes on behind the warmup.
public enum LearningRateShape: String, Hashable, Sendable, CaseIterable, Codable {
    /// Half a cosine down to the floor.
    case cosine
    /// A straight line down to the floor.
    case linear
    /// The peak until the cooldown begins, then a straight line down to the floor (warmup, stable, decay).
    case stable
    /// The peak times sqrt(warmup / step); the floor is not looked at.
    case inverseSquareRoot
    /// The peak.
    case constant
}

/// The learning rate as a pure function of the step: linear warmup from zero, then a ``LearningRateShape``.
public struct LearningRateSchedule: Hashable, Sendable {
    public let shape: LearningRateShape
    public let peak: Double
    public let warmup: Int
    public let steps: Int
    /// The last step's rate as a share of the peak.
    public let floor: Double
    /// Steps at the end in which a ``LearningRateShape/stable`` rate falls.
    public let cooldown: Int

    /// - Parameter cooldown: a fifth of the steps when `nil`.
    public init(
        _ shape: LearningRateShape = .cosine, peak: Double, warmup: Int, steps: Int, floor: Double = 0.1,
        cooldown: Int? = nil
    ) {
        self.shape = shape
        self.peak = peak
        self.warmup = warmup
        self.steps = steps
        self.floor = floor
        self.cooldown = cooldown ?? steps / 5
    }

    /// The rate of step `step`, counted from 1; fp64, each operation written out.
    public func rate(at step: Int) -> Double {
        if step <= warmup { return peak * Double(step) / Double(max(1, warmup)) }
        switch shape {
        case .cosine:
            let cosine = 0.5 * (1 + ExactMath.cos(Double.pi * progress(step, from: warmup)))
            return peak * (floor + (1 - floor) * cosine)
        case .linear:
            return peak * (floor + (1 - floor) * (1 - progress(step, from: warmup)))
        case .stable:
            let start = max(warmup, steps - cooldown)
            return peak * (floor + (1 - floor) * (1 - progress(step, from: start)))
        case .inverseSquareRoot:
            return peak * (Double(max(1, warmup)) / Double(step)).squareRoot()
        case .constant:
            return peak
        }
    }

    /// 0 at step `start` and before, 1 at the last step.
    private func progress(_ step: Int, from start: Int) -> Double {
        min(1, Double(max(0, step - start)) / Double(max(1, steps - start)))
    }
}
