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
    /// Bytes of everything that nobody in the run makes, over all its units, and how many units of the kind it has: what is known of a run
    /// before it begins.
    public var runSourceBytes = 0.0
    public var kindCount = 1
    /// Units that worked on the same thing and have ended, one of each kind: those it comes from, or those of the same sample.
    public var relatives: [Relative] = []

    /// A unit that has ended, by the position of its kind and the ``logarithm(_:)`` of its seconds.
    public struct Relative: Hashable, Sendable {
        public let kind: Int
        public let logSeconds: Double

        public init(kind: Int, logSeconds: Double) {
            self.kind = kind
            self.logSeconds = logSeconds
        }
    }

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

    /// Where a unit stands on the lines of its kind; units at one place are expected to take equally long.
    public struct Place: Hashable, Sendable {
        let x: SIMD3<Double>
        let isComplete: Bool
        let relatives: [Relative]
    }

    /// On the line that knows the bytes when everything is known, else on the one that does not.
    public var place: Place {
        isComplete
            ? Place(x: complete, isComplete: true, relatives: relatives)
            : Place(x: early, isComplete: false, relatives: [])
    }

    /// Logarithms of bytes and parents, and the parents' own.
    var complete: SIMD3<Double> {
        SIMD3(
            ExactMath.log(1 + max(0, inputBytes ?? 0) / 1024), ExactMath.log(1 + Double(max(0, parentCount))),
            parentLogSeconds ?? 0)
    }

    /// What is known before the parents have ended.
    var early: SIMD3<Double> {
        SIMD3(
            ExactMath.log(1 + max(0, runSourceBytes) / 1_048_576), ExactMath.log(1 + Double(max(0, parentCount))),
            ExactMath.log(Double(max(1, kindCount))))
    }
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
