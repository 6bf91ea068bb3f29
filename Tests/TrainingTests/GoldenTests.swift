import Ranks
import Testing
import TestSupport
import Training
import TrainingSamples

/// Bits that must never change without a new numerics version: run it also with `ORCHESTRATE_KERNELS` set.
@Suite("Golden bits")
struct GoldenTests {
    private final class Silent: TrainingObserver {
        func finished(_ record: StepRecord, tokensPerSecond: Double) {}
        func note(_ line: String) {}
        var stop: TrainingStop { .none }
    }

    @Test("an awkward training ends in the recorded bits", arguments: [(1, 1), (1, 2), (2, 1), (4, 2)])
    func bits(ranks: Int, threads: Int) throws {
        let hashes = try ThreadGang.run(ranks: ranks) { gang in
            let trainer = try Trainer(AwkwardTraining.job(steps: 6, threads: threads), gang: gang, observer: Silent())
            _ = try trainer.run()
            return trainer.stateHashText
        }
        #expect(Set(hashes) == [AwkwardTraining.golden[6]])
    }
}
