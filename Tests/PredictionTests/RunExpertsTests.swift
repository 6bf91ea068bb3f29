import Determinism
import Prediction
import TestSupport
import Testing

@Suite("Experts within a run")
struct RunExpertsTests {
    private func features(bytes: Double, _ relatives: [DurationFeatures.Relative] = []) -> DurationFeatures {
        var features = DurationFeatures(kind: "", parentCount: 1, inputBytes: bytes, parentLogSeconds: 0)
        features.relatives = relatives
        return features
    }

    @Test func `units that take what the one before took are known by it, whatever the history says`() {
        let errors = (0..<10).map { drifting(seed: $0) }.sorted()
        #expect(errors[7] < 0.08, "\(errors)")
    }

    private func drifting(seed: UInt64) -> Double {
        var random = SplitMix(state: seed)
        let history = (0..<200).map { index in
            MeasuredDuration(
                features: features(bytes: Double(index) * 1e6), seconds: Double.random(in: 1...1000, using: &random),
                run: index / 20)
        }
        var learner = RunLearner(DurationModel(history), kinds: [""])
        var level = 50.0
        var errors: [Double] = []
        for step in 0..<120 {
            // Now and then another level, as when other data is worked on.
            if step % 30 == 0 { level *= Bool.random(using: &random) ? 7 : 1 / 7.0 }
            let seconds = level * Double.random(in: 0.95...1.05, using: &random)
            let unit = features(bytes: Double.random(in: 0...2e8, using: &random))
            errors.append(abs(learner.estimate(unit, kind: 0).medianSeconds / seconds - 1))
            learner.observe(unit, kind: 0, seconds: seconds)
        }
        return errors.suffix(100).sorted()[50]
    }

    @Test("units are known by those of the same sample", arguments: 0..<10)
    func relatives(seed: UInt64) {
        var random = SplitMix(state: seed)
        var learner = RunLearner(DurationModel([]), kinds: ["align", "sort"])
        var errors: [Double] = []
        for _ in 0..<80 {
            let sample = ExactMath.exp(Double.random(in: 0...5, using: &random))
            let align = sample * Double.random(in: 0.95...1.05, using: &random)
            let sort = 0.2 * sample * Double.random(in: 0.95...1.05, using: &random) + 1
            learner.observe(features(bytes: 0), kind: 0, seconds: align)
            let unit = features(bytes: 0, [.init(kind: 0, logSeconds: DurationFeatures.logarithm(align))])
            errors.append(abs(learner.estimate(unit, kind: 1).medianSeconds / sort - 1))
            learner.observe(unit, kind: 1, seconds: sort)
        }
        #expect(errors.suffix(50).sorted()[25] < 0.25, "\(errors.suffix(50).sorted()[25])")
    }

    @Test func `eight of ten units end between P10 and P90`() {
        var random = SplitMix(state: 1)
        var learner = RunLearner(DurationModel([]), kinds: [""])
        var inside = 0
        for step in 0..<500 {
            let noise = (0..<12).reduce(-6.0) { sum, _ in sum + Double.random(in: 0...1, using: &random) }
            let seconds = 30 * ExactMath.exp(0.4 * noise)
            let estimate = learner.estimate(features(bytes: 1e6), kind: 0)
            if step >= 100, estimate.p10Seconds <= seconds, seconds <= estimate.p90Seconds { inside += 1 }
            learner.observe(features(bytes: 1e6), kind: 0, seconds: seconds)
        }
        #expect((280...368).contains(inside), "\(inside) of 400")
    }
}
