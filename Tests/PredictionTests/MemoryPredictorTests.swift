import Determinism
import Prediction
import Testing
import WorkGraph

@Suite("Predicted memory")
struct MemoryPredictorTests {
    private func unit(_ name: String, kind: String = "Train", flops: Double = 1e12, memory: Int = 0) -> WorkUnit {
        var resources = ResourceRequest()
        resources.memoryBytes = memory
        return WorkUnit(
            name: name, kind: kind, kindVersion: 1, parameters: ["name": .string(name)], options: [:], inputs: [],
            sources: [], outputs: [], resources: resources, seed: nil, numericsVersion: nil, isDeterministic: true,
            estimate: WorkEstimate(flops: flops), location: nil)
    }

    private func observation(_ unit: WorkUnit, _ bytes: Int, run: Int) -> Observation {
        Observation(
            kind: unit.kind, estimate: unit.estimate, ranks: 1, seconds: 10, unit: unit.name,
            settings: unit.settingsDigest, run: "run \(run)", peakMemoryBytes: bytes)
    }

    @Test func `a unit needs what it needed before, and a new one of its kind what its like needed`() throws {
        let (small, large) = (unit("small"), unit("large", flops: 1e14))
        let past = (0..<6).flatMap {
            [observation(small, 200_000_000, run: $0), observation(large, 3_000_000_000, run: $0)]
        }
        let predictor = MemoryPredictor(observations: past)
        for (unit, bytes) in [(small, 2e8), (large, 3e9)] {
            let expected = try #require(predictor.bytes(unit, ranks: 1))
            #expect(abs(expected.medianSeconds / bytes - 1) < 0.1)
            #expect(expected.p90Seconds < 1.5 * bytes && expected.p90Seconds > bytes * 0.95)
        }
        let new = try #require(predictor.bytes(unit("new"), ranks: 1))
        #expect(new.medianSeconds > 1e8 && new.medianSeconds < 4e9 && new.logVariance > 0.05)
    }

    @Test func `nothing is said of kinds that never ran, of peaks that are not known, and where the recipe says it`() {
        let known = unit("known")
        let predictor = MemoryPredictor(observations: [
            observation(known, 1 << 30, run: 0), observation(unit("x", kind: "X"), 0, run: 0),
        ])
        #expect(predictor.bytes(unit("x", kind: "X"), ranks: 1) == nil)
        let declared = unit("declared", memory: 1 << 20)
        let expected = predictor.expectedBytes([known, declared, unit("y", kind: "Y")], ranks: 4)
        #expect(expected[0] >= 1 << 30 && expected[1] == 0 && expected[2] == 0)
    }
}
