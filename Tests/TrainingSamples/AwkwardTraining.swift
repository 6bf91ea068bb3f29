import Modeling
package import Training

/// A training whose bits must never change without a new numerics version: nothing is a multiple of anything, weights of tokens
/// differ, and clipping is active.
package enum AwkwardTraining {
    /// State hashes of weights and moments after the last step, by steps.
    package static let golden = [6: "1d3d5039100541b1"]

    package static func job(steps: Int, threads: Int) -> TrainingJob {
        let configuration = TransformerConfiguration(
            vocabularySize: 1003, width: 72, layers: 2, heads: 6, keyValueHeads: 3, hiddenWidth: 101, context: 97)
        let settings = TrainingSettings(
            batch: 9, microBatch: 3, steps: steps, learningRate: 3e-3, warmup: 2, weightDecay: 0.1, clip: 0.3,
            evaluateEvery: 6, seed: 23)
        var job = TrainingJob(
            configuration: configuration, settings: settings,
            training: TinyCorpus.random(documents: 5, steps: 31, tokens: 1003))
        job.threads = threads
        return job
    }
}
