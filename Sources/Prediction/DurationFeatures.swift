import Determinism

/// What is known of a unit before it runs.
public struct DurationFeatures: Hashable, Sendable {
    /// Units of one kind are alike: a program, a unit kind with its settings.
    public var kind: String
    /// How many units it waits for.
    public var parentCount: Int
    /// Bytes of everything it reads; `nil` while a unit that has not ended makes some of it.
    public var inputBytes: Double?
    /// Mean of the logarithms of the seconds that its parents took, see ``logarithm(_:)``: what made them long may make it long too;
    /// `nil` while one of them has not ended, 0 when there is none.
    public var parentLogSeconds: Double?

    public init(kind: String, parentCount: Int, inputBytes: Double?, parentLogSeconds: Double?) {
        self.kind = kind
        self.parentCount = parentCount
        self.inputBytes = inputBytes
        self.parentLogSeconds = parentLogSeconds
    }

    /// Added to seconds before the logarithm: what a process takes to start does not tell kinds apart.
    static let shiftSeconds = 0.05

    /// The logarithm of seconds in which durations are compared.
    public static func logarithm(_ seconds: Double) -> Double { ExactMath.log(max(0, seconds) + shiftSeconds) }

    /// Whether everything is known.
    var isComplete: Bool { inputBytes != nil && parentLogSeconds != nil }

    /// Logarithms of bytes and parents, and the parents' own.
    var complete: SIMD3<Double> {
        SIMD3(
            ExactMath.log(1 + max(0, inputBytes ?? 0) / 1024), ExactMath.log(1 + Double(max(0, parentCount))),
            parentLogSeconds ?? 0)
    }

    /// What is known before the parents have ended.
    var early: SIMD3<Double> { SIMD3(0, ExactMath.log(1 + Double(max(0, parentCount))), 0) }
}

/// One unit that ran, with what was known of it.
public struct MeasuredDuration: Hashable, Sendable {
    public var features: DurationFeatures
    /// On one rank of speed 1; finite, not negative.
    public var seconds: Double
    /// Which run it was part of: units of one run have parameters and data in common.
    public var run: Int

    public init(features: DurationFeatures, seconds: Double, run: Int) {
        self.features = features
        self.seconds = seconds
        self.run = run
    }
}
