import Determinism
public import WorkGraph

/// Predicts how much memory a rank needs for a unit, from the peaks of units before.
///
/// The hierarchy is that of durations: units with the same settings, else of the same name, else of the same kind with more or less work.
public struct MemoryPredictor: Sendable {
    private let rates = AssumedRates()
    private var kinds: [String: KindHistory] = [:]

    /// A predictor over `observations`, in the order of time: of each kind the last `limit` with a known peak.
    ///
    /// - Complexity: O(*n* log *n*).
    public init(observations: [Observation], limit: Int = 200) {
        var byKind: [String: [KindHistory.Sample]] = [:]
        for observation in observations.reversed() where observation.peakMemoryBytes > 0 {
            guard byKind[observation.kind]?.count ?? 0 < limit else { continue }
            byKind[observation.kind, default: []].append(
                KindHistory.Sample(
                    x: LearnedPredictor.features(observation.estimate, observation.ranks, observation.cpus, rates),
                    y: ExactMath.log(Double(observation.peakMemoryBytes)), settings: observation.settings,
                    name: observation.unit, run: observation.run, hostClass: ""))
        }
        let names = byKind.keys.sorted()
        let samples = names.map { Array((byKind[$0] ?? []).reversed()) }
        let prior = KindFit.Prior.shared(by: samples.map(KindHistory.points), startingFrom: Self.broadPrior)
        for (name, list) in zip(names, samples) { kinds[name] = KindHistory(list, prior: prior) }
    }

    /// Bytes of each rank of a gang of `ranks`; `nil` when the kind was never measured.
    public func bytes(_ unit: WorkUnit, ranks: Int) -> LogNormal? {
        kinds[unit.kind]?.forecast(
            LearnedPredictor.features(unit.estimate, ranks, unit.resources.cpus, rates),
            settings: unit.settingsDigest, name: unit.name, hostClass: "", runVariance: 0
        ).duration
    }

    /// For each unit the bytes of a rank that nine of ten do not exceed; 0 where the recipe says what it needs or nothing is known.
    ///
    /// - Parameter ranks: how many the run has.
    public func expectedBytes(_ units: [WorkUnit], ranks: Int) -> [Int] {
        units.map { unit in
            guard unit.resources.memoryBytes == 0 else { return 0 }
            let wanted = unit.resources.ranks
            let most = max(wanted.lowerBound, min(wanted.upperBound, ranks))
            return bytes(unit, ranks: most).map { Int(min($0.p90Seconds, 1e15)) } ?? 0
        }
    }

    /// What is believed before anything was measured: some 150 MB, ten times more or less, hardly more for more work.
    private static let broadPrior = KindFit.Prior(
        line: SIMD4(18.8, 0.1, -0.1, 0), interceptVariance: 1.5, slopeVariance: SIMD3(0.04, 0.04, 0.04),
        noiseVariance: 0.01, runVariance: 0.05, noiseWeight: 4, runWeight: 2, runSlopeVariance: .zero)
}
