/// What a policy believes about durations while a run goes on.
public protocol RunEstimates {
    /// Expected seconds of a unit on one rank of speed 1; finite and positive.
    func seconds(_ unit: Int) -> Double
    /// Deviation of the logarithm of those seconds; 0 when they are certain.
    func deviation(_ unit: Int) -> Double
    /// Expected seconds of work left in a unit that has done `elapsed` seconds of it, both at speed 1.
    func remaining(_ unit: Int, after elapsed: Double) -> Double
    /// All inputs of a unit are there, so that their sizes are known.
    mutating func becameReady(_ unit: Int)
    /// A unit began to compute at a time on ranks that do `rate` seconds of its work a second.
    mutating func started(_ unit: Int, at seconds: Double, rate: Double)
    /// A unit ended, or went away with its rank when `seconds` is `nil`; the seconds are those of a rank of speed 1.
    mutating func finished(_ unit: Int, seconds: Double?)
    /// It is so late now; units that run have not ended.
    mutating func timePassed(to seconds: Double)
    /// Grows when estimates changed so much that orders should be found again.
    var version: Int { get }
    /// The same for the units of one workflow.
    func version(ofWorkflow workflow: Int) -> Int
}

/// Estimates that are the truth: what a perfect predictor would be worth.
public struct KnownDurations: RunEstimates {
    private let known: [Double]
    public let version = 0

    public init(_ seconds: [Double]) { known = seconds }

    public func seconds(_ unit: Int) -> Double { known[unit] }
    public func remaining(_ unit: Int, after elapsed: Double) -> Double { max(0, known[unit] - elapsed) }
    public mutating func becameReady(_ unit: Int) {}
}

/// Estimates for policies that look at the graph only: every unit takes a second.
public struct EqualDurations: RunEstimates {
    public let version = 0

    public init() {}

    public func seconds(_ unit: Int) -> Double { 1 }
    public func remaining(_ unit: Int, after elapsed: Double) -> Double { max(0, 1 - elapsed) }
    public mutating func becameReady(_ unit: Int) {}
}

extension RunEstimates {
    public func version(ofWorkflow workflow: Int) -> Int { version }
    public func deviation(_ unit: Int) -> Double { 0 }
    public mutating func started(_ unit: Int, at seconds: Double, rate: Double) {}
    public mutating func finished(_ unit: Int, seconds: Double?) {}
    public mutating func timePassed(to seconds: Double) {}
}
