import Determinism
import Prediction
import TestSupport
import Testing
import WorkGraph

@Suite("Durations learned from history")
struct LearnedPredictorTests {
    private func unit(
        _ kind: String = "Train", name: String = "u", flops: Double = 0, ranks: ClosedRange<Int> = 1...1,
        argument: String? = nil
    ) -> WorkUnit {
        var resources = ResourceRequest()
        resources.ranks = ranks
        return WorkUnit(
            name: name, kind: kind, kindVersion: 1, parameters: argument.map { ["a": .string($0)] } ?? [:],
            options: [:], inputs: [], sources: [], outputs: [], resources: resources, seed: nil, numericsVersion: nil,
            isDeterministic: true, estimate: WorkEstimate(flops: flops), location: nil)
    }

    private func seen(_ unit: WorkUnit, _ seconds: Double, ranks: Int = 1, host: String = "", run: String = "r")
        -> Observation
    {
        Observation(
            kind: unit.kind, estimate: unit.estimate, ranks: ranks, seconds: seconds, hostClass: host, unit: unit.name,
            settings: unit.settingsDigest, run: run)
    }

    @Test func `without history an estimate is a prior from assumed rates`() {
        let estimate = LearnedPredictor().estimate(unit(flops: 60e9 * 8), available: 4)
        #expect(estimate.basis == .prior)
        #expect(abs(estimate.medianSeconds - 8) < 0.1)
        #expect(estimate.p10Seconds < 4 && estimate.p90Seconds > 16)
    }

    @Test func `the same unit again takes what it took, and few measurements leave room`() {
        let train = unit(flops: 1e12)
        let few = LearnedPredictor(observations: [seen(train, 9)]).estimate(train, available: 1)
        let many = LearnedPredictor(
            observations: [9, 10, 11, 10, 10, 9.5].enumerated().map { seen(train, $1, run: "r\($0)") }
        ).estimate(train, available: 1)
        #expect(few.basis == .observed(count: 1) && many.basis == .observed(count: 6))
        #expect(abs(few.medianSeconds / 9 - 1) < 0.2)
        #expect(abs(many.medianSeconds / 10 - 1) < 0.05)
        #expect(few.p90Seconds / few.p10Seconds > many.p90Seconds / many.p10Seconds)
    }

    @Test func `other work of a kind is scaled, more ranks are faster`() {
        let history = [10.0, 11, 9].enumerated().map { seen(unit(name: "n\($0)", flops: 1e12, argument: "\($0)"), $1) }
        let predictor = LearnedPredictor(observations: history)
        let wide = unit(name: "new", flops: 4e12, ranks: 1...4, argument: "new")
        let one = predictor.estimate(wide, on: RankSlot(ranks: 1))
        #expect(one.basis == .scaled(count: 3))
        #expect(one.medianSeconds > 25 && one.medianSeconds < 60)
        let four = predictor.estimate(wide, on: RankSlot(ranks: 4))
        #expect(four.medianSeconds < one.medianSeconds / 2)
    }

    @Test func `the same settings on more data are scaled`() {
        let history = (0..<4).map { seen(unit(flops: 1e12), 10, run: "r\($0)") }
        let estimate = LearnedPredictor(observations: history).estimate(unit(flops: 2e12), available: 1)
        #expect(estimate.basis == .scaled(count: 4))
        #expect(estimate.medianSeconds > 14 && estimate.medianSeconds < 24)
    }

    @Test func `commands look alike beforehand and are told apart by settings, then by name`() {
        let quick = unit("Command", name: "list", argument: "ls")
        let long = unit("Command", name: "train", argument: "train --steps 10")
        let changed = unit("Command", name: "train", argument: "train --steps 12")
        let predictor = LearnedPredictor(observations: [seen(quick, 0.1), seen(long, 60), seen(quick, 0.1)])
        #expect(abs(predictor.estimate(quick, available: 1).medianSeconds / 0.1 - 1) < 0.3)
        #expect(abs(predictor.estimate(long, available: 1).medianSeconds / 60 - 1) < 0.4)
        let other = predictor.estimate(changed, available: 1)
        #expect(other.basis == .scaled(count: 1))
        #expect(other.medianSeconds > 20 && other.p90Seconds > 60)
        let stranger = predictor.estimate(unit("Command", name: "x", argument: "x"), available: 1)
        #expect(stranger.p90Seconds / stranger.p10Seconds > 20)
    }

    @Test func `a machine slower than assumed is learned from the kinds that ran`() {
        let history = (0..<5).map { seen(unit("k\($0)", name: "n\($0)", flops: 60e9 * 10), 40) }
        let new = LearnedPredictor(observations: history).estimate(unit("new", flops: 60e9 * 10), available: 1)
        #expect(new.basis == .prior)
        #expect(new.medianSeconds > 20 && new.medianSeconds < 60)
    }

    @Test func `machines that were never seen make an estimate wider`() {
        let train = unit(flops: 1e12)
        let predictor = LearnedPredictor(observations: (0..<6).map { seen(train, 10, host: "a", run: "r\($0)") })
        let here = predictor.estimate(train, on: RankSlot(ranks: 1, hostClass: "a"))
        let there = predictor.estimate(train, on: RankSlot(ranks: 1, hostClass: "b"))
        #expect(there.medianSeconds == here.medianSeconds)
        #expect(there.p90Seconds > 1.2 * here.p90Seconds)
    }

    @Test("nine of ten lie between P5 and P95 on histories of the model's own making", arguments: 0..<4)
    func coverage(seed: UInt64) {
        var words = RandomField(seed: seed, purpose: RandomPurpose("test")).stream()
        func run(_ name: String) -> [Observation] {
            let pace = 0.1 * words.normal()
            return (0..<4).flatMap { kind -> [Observation] in
                (0..<3).map { part in
                    let offset = 0.4 * Double(kind) + 0.3 * Double(part)
                    return seen(
                        unit("k\(kind)", name: "u\(kind)/\(part)", flops: 60e9 * 5, argument: "\(part)"),
                        5 * ExactMath.exp(offset + pace + 0.15 * words.normal()), run: name)
                }
            }
        }
        let history = (0..<12).flatMap { run("h\($0)") }
        let predictor = LearnedPredictor(observations: history)
        var inside = 0
        var total = 0
        for number in 0..<40 {
            for observation in run("t\(number)") {
                let part = String(observation.unit.suffix(1))
                let estimate = predictor.estimate(
                    unit(observation.kind, name: observation.unit, flops: 60e9 * 5, argument: part), available: 1)
                if estimate.p10Seconds...estimate.p90Seconds ~= observation.seconds { inside += 1 }
                total += 1
            }
        }
        let share = Double(inside) / Double(total)
        #expect(share > 0.7 && share < 0.93, "\(share)")
    }

    @Test func `a broken row of the history counts for nothing`() {
        let train = unit(flops: 1e12)
        let whole = (0..<3).map { seen(train, 10, run: "r\($0)") }
        let broken = [seen(train, .nan), seen(train, -1), seen(train, .infinity)]
        #expect(
            LearnedPredictor(observations: whole + broken).estimate(train, available: 1)
                == LearnedPredictor(observations: whole).estimate(train, available: 1))
    }

    // MARK: While a run goes on

    @Test func `a kind that nobody knew is known after some of its units have ended`() {
        let units = (0..<20).map { unit("new", name: "u\($0)", flops: 60e9) } + [unit("other", name: "o", flops: 60e9)]
        var forecast = RunForecast(units, predictor: LearnedPredictor(), ranks: 2)
        let before = forecast.forecast(19)
        for position in 0..<5 { forecast.observe(position, seconds: 7, ranks: 1) }
        let after = forecast.forecast(19)
        #expect(abs(after.duration.medianSeconds / 7 - 1) < 0.25)
        #expect(after.duration.logVariance < before.duration.logVariance / 2)
        // Another kind on the same machine moves a little, and in the same direction.
        let other = forecast.forecast(20).duration.medianSeconds / forecast.planned[20].duration.medianSeconds
        #expect(other >= 1 && other < 3)
        #expect(forecast.observedCount == 5)
    }

    @Test func `a training's own pace counts ever more`() {
        let train = unit(flops: 60e9 * 100)
        var forecast = RunForecast([train], predictor: LearnedPredictor(), ranks: 1)
        forecast.note(0, completed: 10, total: 100, elapsedSeconds: 50)
        let early = forecast.forecast(0).duration
        #expect(early.medianSeconds > 250 && early.medianSeconds < 510)
        forecast.note(0, completed: 90, total: 100, elapsedSeconds: 450)
        let late = forecast.forecast(0).duration
        #expect(abs(late.medianSeconds / 500 - 1) < 0.05)
        #expect(late.p90Seconds - late.p10Seconds < early.p90Seconds - early.p10Seconds)
    }

    @Test("corrections never depend on the order in which units ended", arguments: 0..<5)
    func order(seed: UInt64) {
        var random = SplitMix(state: seed)
        let units = (0..<12).map { unit("k\($0 % 3)", name: "u\($0)", flops: 60e9 * Double($0 + 1)) }
        let ends = units.indices.map { ($0, Double.random(in: 0.5...30, using: &random)) }
        var one = RunForecast(units, predictor: LearnedPredictor(), ranks: 1)
        var other = one
        for (unit, seconds) in ends.prefix(8) { one.observe(unit, seconds: seconds, ranks: 1) }
        for (unit, seconds) in ends.prefix(8).shuffled(using: &random) {
            other.observe(unit, seconds: seconds, ranks: 1)
        }
        for (left, right) in zip(one.medianSeconds, other.medianSeconds) { #expect(abs(left / right - 1) < 1e-9) }
    }
}
