import Determinism
public import Prediction

/// How much longer a run may take: quantiles over draws of what its units still take, with what they share drawn once.
///
/// Of every draw the longest path or the work over all ranks counts, whichever is longer; that ranks wait for each other is not in it.
public struct RemainingTime: Hashable, Sendable {
    /// A unit that has not ended.
    public struct Unit: Sendable {
        /// Its position in the graph.
        public let position: Int
        /// Position of its kind.
        public let kind: Int
        public let forecast: UnitForecast
        /// Ranks of its gang.
        public let ranks: Int
        /// Seconds for which it has run; 0 when it has not started.
        public let elapsedSeconds: Double

        public init(position: Int, kind: Int, forecast: UnitForecast, ranks: Int, elapsedSeconds: Double) {
            self.position = position
            self.kind = kind
            self.forecast = forecast
            self.ranks = ranks
            self.elapsedSeconds = elapsedSeconds
        }
    }

    /// Seconds that nine of ten draws exceed, half and one of ten.
    public let p10Seconds: Double
    public let medianSeconds: Double
    public let p90Seconds: Double

    /// - Parameters:
    ///   - units: all that have not ended.
    ///   - runVariance: of the logarithm, what all of them share.
    /// - Complexity: O(draws × (units + edges)).
    public init(_ units: [Unit], precedence: Precedence, ranks: Int, runVariance: Double, draws: Int = 31) {
        let kinds = (units.map(\.kind).max() ?? -1) + 1
        let ends = (0..<max(1, draws)).map { draw in
            var shared = Self.field.stream(UInt32(draw), 0)
            let run = shared.normal()
            let ofKind = (0..<kinds).map { _ in shared.normal() }
            var own = Self.field.stream(UInt32(draw), 1)
            var seconds = [Double](repeating: 0, count: precedence.parents.count)
            var area = 0.0
            for unit in units {
                let left = Self.left(unit, runVariance, run, ofKind[unit.kind], own.normal())
                seconds[unit.position] = left
                area += left * Double(unit.ranks)
            }
            return max(precedence.tails(seconds).max() ?? 0, area / Double(max(1, ranks)))
        }.sorted()
        func quantile(_ part: Double) -> Double { ends[Int((part * Double(ends.count - 1)).rounded())] }
        p10Seconds = quantile(0.1)
        medianSeconds = quantile(0.5)
        p90Seconds = quantile(0.9)
    }

    private static let field = RandomField(seed: 0, purpose: RandomPurpose("remaining"))

    /// What one unit still takes when it, its kind and the run deviate so much.
    private static func left(_ unit: Unit, _ runVariance: Double, _ run: Double, _ kind: Double, _ own: Double)
        -> Double
    {
        let forecast = unit.forecast
        let ofRun = min(runVariance, forecast.sharedVariance)
        let deviation =
            run * ofRun.squareRoot() + kind * (forecast.sharedVariance - ofRun).squareRoot()
            + own * forecast.ownVariance.squareRoot()
        let total = ExactMath.exp(forecast.logMean + deviation)
        guard total <= unit.elapsedSeconds else { return total - unit.elapsedSeconds }
        // It has run for longer already: what is then expected of its like.
        return forecast.duration.remainingSeconds(after: unit.elapsedSeconds)
    }
}
