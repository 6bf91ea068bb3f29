import Determinism
import Prediction
import Testing
import WorkGraph

@Suite("Durations from history")
struct HistoryPredictorTests {
    private func unit(_ kind: String = "Train", flops: Double = 0, ranks: ClosedRange<Int> = 1...1) -> WorkUnit {
        var resources = ResourceRequest()
        resources.ranks = ranks
        return WorkUnit(
            name: "u", kind: kind, kindVersion: 1, parameters: [:], options: [:], inputs: [], sources: [], outputs: [],
            resources: resources, seed: nil, numericsVersion: nil, isDeterministic: true,
            estimate: WorkEstimate(flops: flops),
            location: nil)
    }

    private func seen(_ seconds: Double, flops: Double, ranks: Int = 1, host: String = "") -> Observation {
        Observation(
            kind: "Train", estimate: WorkEstimate(flops: flops), ranks: ranks, seconds: seconds, hostClass: host)
    }

    @Test func `without history an estimate is a prior from assumed rates`() {
        let estimate = HistoryPredictor().estimate(unit(flops: 60e9 * 8), available: 4)
        #expect(estimate.basis == .prior)
        #expect(abs(estimate.medianSeconds - 8) < 0.1)
        #expect(estimate.p10Seconds < estimate.medianSeconds && estimate.medianSeconds < estimate.p90Seconds)
    }

    @Test func `the same work measured before gives the median of what it took`() {
        let predictor = HistoryPredictor(observations: [9, 10, 30].map { seen($0, flops: 1e12) })
        let estimate = predictor.estimate(unit(flops: 1e12), available: 1)
        #expect(estimate.basis == .observed(count: 3))
        #expect(abs(estimate.medianSeconds - 10) < 1e-9)
        #expect(estimate.p90Seconds > 25 && estimate.p10Seconds < 9.5)
    }

    @Test func `other work of the same kind is scaled`() {
        let predictor = HistoryPredictor(observations: [seen(10, flops: 1e12)])
        let estimate = predictor.estimate(unit(flops: 3e12), available: 1)
        #expect(estimate.basis == .scaled(count: 1))
        #expect(abs(estimate.medianSeconds - 30) < 0.1)
    }

    @Test func `a gang is expected to be faster than one rank`() {
        let predictor = HistoryPredictor(observations: [seen(10, flops: 1e12)])
        let wide = predictor.estimate(unit(flops: 1e12, ranks: 1...4), available: 8)
        #expect(wide.medianSeconds < 4 && wide.medianSeconds > 2.5)
    }

    @Test func `the same machines count before others`() {
        let predictor = HistoryPredictor(observations: [
            seen(10, flops: 1e12, host: "old"), seen(2, flops: 1e12, host: "new"),
        ])
        let estimate = predictor.estimate(unit(flops: 1e12), on: RankSlot(ranks: 1, hostClass: "new"))
        #expect(abs(estimate.medianSeconds - 2) < 1e-9)
    }

    @Test func `a unit is predicted by its own runs before those of its kind`() {
        func command(_ name: String, _ word: String) -> WorkUnit {
            WorkUnit(
                name: name, kind: "Command", kindVersion: 1, parameters: ["arguments": .list([.string(word)])],
                options: [:], inputs: [], sources: [], outputs: [], resources: ResourceRequest(), seed: nil,
                numericsVersion: nil, isDeterministic: true, estimate: WorkEstimate(fixedSeconds: 1), location: nil)
        }
        func seen(_ unit: WorkUnit, _ seconds: Double) -> Observation {
            Observation(
                kind: unit.kind, estimate: unit.estimate, ranks: 1, seconds: seconds, unit: unit.name,
                settings: unit.settingsDigest)
        }
        let (quick, long) = (command("quick", "sort"), command("long", "simulate"))
        let predictor = HistoryPredictor(observations: [seen(quick, 0.1), seen(long, 60), seen(quick, 0.1)])
        func seconds(_ unit: WorkUnit) -> Double { predictor.estimate(unit, available: 1).medianSeconds }
        #expect(abs(seconds(quick) - 0.1) < 1e-9 && abs(seconds(long) - 60) < 1e-9)
        // The same arguments under another name, then the same name with other arguments, then anything of the kind.
        #expect(abs(seconds(command("renamed", "simulate")) - 60) < 1e-9)
        #expect(abs(seconds(command("long", "simulate --fast")) - 60) < 1e-9)
        #expect(abs(seconds(command("new", "cat")) - 0.1) < 1e-9)
    }

    @Test func `nonsense in the history does not reach an estimate`() {
        let predictor = HistoryPredictor(observations: [
            seen(.nan, flops: 1e12), seen(-3, flops: 1e12), seen(0, flops: 0),
        ])
        for flops in [0, 1e12, .infinity, .nan] {
            let estimate = predictor.estimate(unit(flops: flops), available: 1)
            #expect(estimate.medianSeconds > 0 && estimate.medianSeconds.isFinite)
        }
    }
}
