import Kernels
import Modeling
package import Training

/// A training whose bits must never change without a new numerics version: nothing is a multiple of anything, weights of tokens
/// differ, and clipping is active.
package enum AwkwardTraining {
    package enum Variant: String, CaseIterable, Sendable {
        case plain
        /// Dense products in bf16.
        case bf16

        /// State hashes of weights and moments after the last step, by steps.
        package var golden: [Int: String] {
            switch self {
            case .plain: [6: "1d3d5039100541b1"]
            case .bf16: [6: "d881019eea340d0c"]
            }
        }
    }

    package static func job(_ variant: Variant = .plain, steps: Int, threads: Int) -> TrainingJob {
        let configuration = TransformerConfiguration(
            vocabularySize: 1003, width: 72, layers: 2, heads: 6, keyValueHeads: 3, hiddenWidth: 101, context: 97)
        var settings = TrainingSettings(
            batch: 9, microBatch: 3, steps: steps, learningRate: 3e-3, warmup: 2, weightDecay: 0.1, clip: 0.3,
            evaluateEvery: 6, seed: 23)
        if variant == .bf16 { settings.precision = .bf16 }
        var job = TrainingJob(
            configuration: configuration, settings: settings,
            training: TinyCorpus.random(documents: 5, steps: 31, tokens: 1003))
        job.threads = threads
        return job
    }
}
