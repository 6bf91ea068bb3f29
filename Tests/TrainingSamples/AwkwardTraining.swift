import Kernels
import Modeling
import Tokenization
package import Training

/// A training whose bits must never change without a new numerics version: nothing is a multiple of anything, weights of tokens
/// differ, and clipping is active.
package enum AwkwardTraining {
    package enum Variant: String, CaseIterable, Sendable {
        case plain
        /// Dense products in bf16.
        case bf16
        /// Documents of many lengths that share sequences.
        case packed, packedBF16

        /// State hashes of weights and moments after the last step, by steps.
        package var golden: [Int: String] {
            switch self {
            case .plain: [6: "1d3d5039100541b1", 50: "5b7c2cb9833f17d5"]
            case .bf16: [6: "d881019eea340d0c", 50: "c218e71136a0525b"]
            case .packed: [6: "8092547581583b03", 50: "612db492be5a31b2"]
            case .packedBF16: [6: "9845feceb31ffc51", 50: "cc3fd6bf6df8de8a"]
            }
        }
    }

    package static func job(_ variant: Variant = .plain, steps: Int, threads: Int) -> TrainingJob {
        let configuration = TransformerConfiguration(
            vocabularySize: 1003, width: 72, layers: 2, heads: 6, keyValueHeads: 3, hiddenWidth: 101, context: 97)
        var settings = TrainingSettings(
            batch: 9, microBatch: 3, steps: steps, learningRate: 3e-3, warmup: 2, weightDecay: 0.1, clip: 0.3,
            evaluateEvery: 6, seed: 23)
        settings.precision = variant == .bf16 || variant == .packedBF16 ? .bf16 : .fp32
        settings.packing = variant == .packed || variant == .packedBF16
        let long = TinyCorpus.random(documents: 5, steps: 31, tokens: 1003)
        let short = (1...11).flatMap { TinyCorpus.random(documents: 4, steps: $0, tokens: 1003).documents }
        var job = TrainingJob(
            configuration: configuration, settings: settings,
            training: settings.packing ? TokenCorpus(documents: short, vocabulary: TinyCorpus.vocabulary) : long)
        job.threads = threads
        return job
    }
}
