import Determinism
import Prediction
import TestSupport
import Testing

@Suite("Durations from earlier runs")
struct DurationModelTests {
    private func features(_ kind: String, bytes: Double? = 0) -> DurationFeatures {
        DurationFeatures(kind: kind, parentCount: 1, inputBytes: bytes, parentLogSeconds: bytes == nil ? nil : 0)
    }

    /// Five runs of three kinds: seconds grow with the root of the bytes, each run is slower than the one before.
    private func history(seed: UInt64) -> [MeasuredDuration] {
        var random = SplitMix(state: seed)
        var words = RandomField(seed: seed, purpose: RandomPurpose("test")).stream()
        var list: [MeasuredDuration] = []
        for run in 0..<5 {
            for (kind, factor) in [("short", 0.5), ("middle", 5), ("long", 50)] {
                for _ in 0..<20 {
                    let bytes = Double(Int.random(in: 1000...1_000_000, using: &random))
                    let noise = ExactMath.exp(0.1 * words.normal() + 0.1 * Double(run))
                    list.append(
                        MeasuredDuration(
                            features: features(kind, bytes: bytes),
                            seconds: factor * (bytes / 1e5).squareRoot() * noise,
                            run: run))
                }
            }
        }
        return list
    }

    @Test("the line through a kind's logarithms is found", arguments: 0..<10)
    func line(seed: UInt64) {
        let learner = RunLearner(DurationModel(history(seed: seed)), kinds: ["short", "middle", "long"])
        for (kind, factor) in [0.5, 5, 50].enumerated() {
            for bytes in [2e4, 1e5, 5e5] {
                let estimate = learner.estimate(features("", bytes: bytes), kind: kind)
                let truth = factor * (bytes / 1e5).squareRoot() * ExactMath.exp(0.2)
                #expect(
                    abs(estimate.medianSeconds / truth - 1) < 0.35,
                    "seed \(seed): \(estimate.medianSeconds) for \(truth)")
                #expect(estimate.p10Seconds < truth && truth < estimate.p90Seconds)
            }
        }
    }

    @Test func `a kind that never ran is wider than one that did, and a run narrows it`() {
        var learner = RunLearner(DurationModel(history(seed: 1)), kinds: ["middle", "new"])
        let known = learner.estimate(features("", bytes: 1e5), kind: 0)
        let new = learner.estimate(features("", bytes: 1e5), kind: 1)
        #expect(new.logVariance > 4 * known.logVariance)
        for _ in 0..<3 { learner.observe(features("", bytes: 1e5), kind: 1, seconds: 700) }
        let seen = learner.estimate(features("", bytes: 1e5), kind: 1)
        #expect(seen.logVariance < new.logVariance / 4)
        #expect(abs(seen.medianSeconds / 700 - 1) < 0.3)
        // Further on, where bytes are not known, it counts as well.
        #expect(abs(learner.estimate(features("", bytes: nil), kind: 1).medianSeconds / 700 - 1) < 0.3)
    }

    @Test func `units that run and do not end teach that their kind is long, until one ends`() {
        let model = DurationModel(history(seed: 2))
        var learner = RunLearner(model, kinds: ["short"])
        let before = learner.estimate(features("", bytes: 1e5), kind: 0)
        learner.running([(features("", bytes: 1e5), 20)], kind: 0)
        let during = learner.estimate(features("", bytes: 1e5), kind: 0)
        #expect(during.medianSeconds > 1.5 * before.medianSeconds)
        learner.running([], kind: 0)
        #expect(learner.estimate(features("", bytes: 1e5), kind: 0) == before)
    }

    @Test("equal histories give equal bits, however their runs are mixed", arguments: 0..<5)
    func deterministic(seed: UInt64) {
        let list = history(seed: seed)
        var random = SplitMix(state: seed)
        // The order within a run and kind stays; kinds and runs are interleaved at random.
        var groups = Dictionary(grouping: list) { "\($0.run)/\($0.features.kind)" }.sorted { $0.key < $1.key }.map(
            \.value)
        var mixed: [MeasuredDuration] = []
        while !groups.isEmpty {
            let group = Int.random(in: 0..<groups.count, using: &random)
            mixed.append(groups[group].removeFirst())
            if groups[group].isEmpty { groups.remove(at: group) }
        }
        let (one, other) = (
            RunLearner(DurationModel(list), kinds: ["long"]), RunLearner(DurationModel(mixed), kinds: ["long"])
        )
        for bytes in [0, 1e3, 1e6, 1e12] {
            let (left, right) = (
                one.estimate(features("", bytes: bytes), kind: 0), other.estimate(features("", bytes: bytes), kind: 0)
            )
            #expect(left == right && left.logMean.isFinite && left.logVariance > 0)
        }
    }

    @Test func `without any history there is a wide guess`() {
        let estimate = RunLearner(DurationModel([]), kinds: ["x"]).estimate(features("x", bytes: nil), kind: 0)
        #expect(estimate.medianSeconds > 0.1 && estimate.medianSeconds < 100)
        #expect(estimate.p90Seconds > 5 * estimate.medianSeconds)
    }

    @Test func `what is left of a log-normal duration agrees with sums over its distribution`() {
        for (mean, variance) in [(1.0, 0.04), (2, 0.5), (0, 2)] {
            let duration = LogNormal(logMean: mean, logVariance: variance)
            for elapsed in [0.1, 1, 3, 10].map({ $0 * duration.medianSeconds }) {
                // Deviates at equal probabilities, by their density.
                var weight = 0.0
                var left = 0.0
                for step in -80_000...80_000 {
                    let z = Double(step) / 10_000
                    let seconds = ExactMath.exp(mean + z * variance.squareRoot())
                    guard seconds > elapsed else { continue }
                    let density = ExactMath.exp(-z * z / 2)
                    weight += density
                    left += density * (seconds - elapsed)
                }
                guard weight > 1e-3 else { continue }
                let found = duration.remainingSeconds(after: elapsed)
                #expect(abs(found / (left / weight) - 1) < 0.02, "\(mean) \(variance) after \(elapsed): \(found)")
            }
        }
    }
}
