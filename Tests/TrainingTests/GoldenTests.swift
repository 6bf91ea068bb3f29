import Kernels
import Modeling
import Ranks
import Testing
import TestSupport
import Tokenization
import Training

/// Bits that must never change without a new numerics version: run it also with `ORCHESTRATE_KERNELS` set.
@Suite("Golden bits")
struct GoldenTests {
    /// State hash of weights and moments after the last step.
    static let golden = "1d3d5039100541b1"

    private final class Silent: TrainingObserver {
        func finished(_ record: StepRecord, tokensPerSecond: Double) {}
        func note(_ line: String) {}
        var stop: TrainingStop { .none }
    }

    /// Nothing is a multiple of anything, weights of tokens differ, and clipping is active.
    static func job(threads: Int) -> TrainingJob {
        let configuration = TransformerConfiguration(
            vocabularySize: 1003, width: 72, layers: 2, heads: 6, keyValueHeads: 3, hiddenWidth: 101, context: 97)
        let settings = TrainingSettings(
            batch: 9, microBatch: 3, steps: 6, learningRate: 3e-3, warmup: 2, weightDecay: 0.1, clip: 0.3,
            evaluateEvery: 6, seed: 23)
        var job = TrainingJob(
            configuration: configuration, settings: settings,
            training: TinyCorpus.random(documents: 5, steps: 31, tokens: 1003))
        job.threads = threads
        return job
    }

    @Test("an awkward training ends in the recorded bits", arguments: [(1, 1), (1, 2), (2, 1), (4, 2)])
    func bits(ranks: Int, threads: Int) throws {
        let hashes = try ThreadGang.run(ranks: ranks) { gang in
            let trainer = try Trainer(Self.job(threads: threads), gang: gang, observer: Silent())
            _ = try trainer.run()
            return trainer.stateHashText
        }
        #expect(Set(hashes) == [Self.golden])
    }
}
