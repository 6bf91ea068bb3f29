import Foundation
import Kernels
import Ranks
import Synchronization
import Training

/// Two variants of one training that take steps in turns, so that a machine which others use slows both.
struct Comparison {
    enum Kind: String, CaseIterable {
        /// Unordered sums against the gradient tree.
        case tax
        /// One-rank trainings side by side against one training of all ranks.
        case scaling
        /// Without and with a profile.
        case profile
        /// Activations kept against computed again.
        case recompute
    }

    let kind: Kind
    let size: BenchSize
    let threads: Int
    let gang: any Gang

    /// Ends every run after one step.
    private final class OneStep: TrainingObserver {
        func finished(_ record: StepRecord, pace: StepPace) {}
        func note(_ line: String) {}
        var stop: TrainingStop { .checkpoint }
    }

    /// A trainer whose step computes as many leaves on each rank as any other variant's.
    private func trainer(steps: Int, gang: any Gang, _ change: (inout TrainingJob) -> Void = { _ in }) throws -> Trainer
    {
        let settings = TrainingSettings(
            batch: size.sequences * size.leaves * gang.count, microBatch: size.sequences, steps: steps,
            learningRate: 1e-3, warmup: 1, weightDecay: 0.1, clip: 1, evaluateEvery: steps, seed: 7)
        var job = TrainingJob(configuration: size.configuration, settings: settings, training: size.corpus())
        job.threads = threads
        change(&job)
        return try Trainer(job, gang: gang, observer: OneStep())
    }

    /// Medians of both variants' steps and of the ratio of steps beside each other, on rank 0; `nil` elsewhere.
    func run(steps: Int) throws -> [String: Double]? {
        // One step more than is taken: a last step would be validated.
        let first: Trainer
        let second: Trainer
        switch kind {
        case .tax:
            first = try trainer(steps: steps + 3, gang: gang)
            first.contender = VendorSum.sum
            second = try trainer(steps: steps + 3, gang: gang)
        case .scaling:
            first = try trainer(steps: steps + 3, gang: SoloGang())
            second = try trainer(steps: steps + 3, gang: gang)
        case .profile:
            first = try trainer(steps: steps + 3, gang: gang)
            second = try trainer(steps: steps + 3, gang: gang) { $0.profile = true }
        case .recompute:
            first = try trainer(steps: steps + 3, gang: gang)
            second = try trainer(steps: steps + 3, gang: gang) { $0.recompute = true }
        }
        var times: [(first: Double, second: Double)] = []
        for round in -1..<steps {
            let turns = round.isMultiple(of: 2) ? [first, second] : [second, first]
            var taken: [Double] = []
            for trainer in turns { taken.append(try seconds(trainer)) }
            // The first round's memory is new.
            guard round >= 0 else { continue }
            times.append(turns[0] === first ? (taken[0], taken[1]) : (taken[1], taken[0]))
        }
        guard gang.rank == 0 else { return nil }
        func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
        let ratios = times.map { $0.second / $0.first }.sorted()
        return [
            "first": median(times.map(\.first)), "second": median(times.map(\.second)), "ratio": median(ratios),
            "ratioLow": ratios[ratios.count / 4], "ratioHigh": ratios[ratios.count * 3 / 4],
            "ranks": Double(gang.count), "threads": Double(threads), "steps": Double(times.count),
        ]
    }

    /// The wall time of one step on the slowest rank.
    private func seconds(_ trainer: Trainer) throws -> Double {
        try gang.barrier()
        let clock = ContinuousClock()
        let start = clock.now
        _ = try trainer.run()
        let mine = (clock.now - start) / .seconds(1)
        return try gang.allGather(Array("\(mine)".utf8)).compactMap { Double(String(decoding: $0, as: UTF8.self)) }
            .max()
            ?? mine
    }
}
