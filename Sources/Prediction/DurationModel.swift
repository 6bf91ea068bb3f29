import Determinism

/// Durations of kinds as earlier runs had them: a hierarchy of lines through logarithms.
///
/// The logarithm of a unit's seconds is a line in the logarithms of its input bytes and of its number of parents. Kinds share slopes
/// and spread as far as they have few points of their own, so a new kind borrows from the rest; runs of a kind differ by an intercept.
/// One line knows the bytes, for units that are ready; another does not, for those further on.
///
/// - Source: hierarchical regression with random intercepts, Gelman and Hill, "Data Analysis Using Regression", chapter 12.
public struct DurationModel: Sendable {
    private(set) var kinds: [String: Pair] = [:]
    /// For kinds that never ran.
    private(set) var unknown: Pair

    /// Both lines of a kind.
    struct Pair: Sendable {
        /// With the bytes of the inputs.
        var ready: KindFit
        /// Without.
        var ahead: KindFit
    }

    /// Learns from everything measured; the order of the list does not matter beyond that of equal runs.
    ///
    /// - Complexity: O(*n* log *n*).
    public init(_ measured: [MeasuredDuration]) {
        let usable = measured.filter { $0.seconds.isFinite && $0.seconds >= 0 }
        var byKind: [String: [MeasuredDuration]] = [:]
        for unit in usable { byKind[unit.features.kind, default: []].append(unit) }
        let names = byKind.keys.sorted()
        var ready: [[KindFit.Point]] = []
        var ahead: [[KindFit.Point]] = []
        for name in names {
            let sorted = (byKind[name] ?? []).enumerated().sorted {
                ($0.element.run, $0.offset) < ($1.element.run, $1.offset)
            }
            .map(\.element)
            func points(_ units: [MeasuredDuration], _ x: (DurationFeatures) -> SIMD3<Double>) -> [KindFit.Point] {
                units.map {
                    KindFit.Point(x: x($0.features), y: DurationFeatures.logarithm($0.seconds), run: $0.run)
                }
            }
            ready.append(points(sorted.filter(\.features.isComplete), \.complete))
            ahead.append(points(sorted, \.early))
        }
        let readyPrior = KindFit.Prior.shared(by: ready, startingFrom: Self.broadPrior(isComplete: true))
        let aheadPrior = KindFit.Prior.shared(by: ahead, startingFrom: Self.broadPrior(isComplete: false))
        unknown = Pair(ready: KindFit(readyPrior), ahead: KindFit(aheadPrior))
        for (index, name) in names.enumerated() {
            kinds[name] = Pair(
                ready: KindFit(ready[index], prior: readyPrior), ahead: KindFit(ahead[index], prior: aheadPrior))
        }
    }

    /// What is believed before anything was measured: some seconds, ten times more or less.
    private static func broadPrior(isComplete: Bool) -> KindFit.Prior {
        KindFit.Prior(
            line: isComplete ? SIMD4(-2, 0.25, 0.1, 0.1) : SIMD4(1, 0, 0.1, 0), interceptVariance: 4,
            slopeVariance: isComplete ? SIMD3(0.09, 0.09, 0.09) : SIMD3(0.05, 0.25, 0.05), noiseVariance: 0.15,
            runVariance: 0.3, noiseWeight: 6, runWeight: 2,
            runSlopeVariance: isComplete ? SIMD3(0.01, 0.01, 0.04) : SIMD3(0, 0.02, 0))
    }
}
