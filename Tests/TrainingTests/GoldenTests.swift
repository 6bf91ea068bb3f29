import Kernels
import Ranks
import Testing
import TestSupport
import Training
import TrainingSamples

/// Bits that must never change without a new numerics version: run it also with `ORCHESTRATE_KERNELS` set.
@Suite("Golden bits")
struct GoldenTests {
    private final class Silent: TrainingObserver {
        func finished(_ record: StepRecord, pace: StepPace) {}
        func note(_ line: String) {}
        var stop: TrainingStop { .none }
    }

    @Test(
        "an awkward training ends in the recorded bits", arguments: AwkwardTraining.Variant.allCases,
        [(1, 1), (1, 2), (2, 1), (4, 2)])
    func bits(variant: AwkwardTraining.Variant, shape: (ranks: Int, threads: Int)) throws {
        let hashes = try ThreadGang.run(ranks: shape.ranks) { gang in
            let job = AwkwardTraining.job(variant, steps: 6, threads: shape.threads)
            let trainer = try Trainer(job, gang: gang, observer: Silent())
            _ = try trainer.run()
            return trainer.stateHashText
        }
        #expect(Set(hashes) == [variant.golden[6]])
    }

    @Test("so it does on every kernel set", arguments: AwkwardTraining.Variant.allCases, KernelSet.available)
    func sets(variant: AwkwardTraining.Variant, set: KernelSet) throws {
        var job = AwkwardTraining.job(variant, steps: 6, threads: 1)
        job.kernelSet = set
        let trainer = try Trainer(job, gang: SoloGang(), observer: Silent())
        _ = try trainer.run()
        #expect(trainer.stateHashText == variant.golden[6])
    }
}
