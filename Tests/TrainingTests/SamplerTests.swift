import DurableFiles
import Modeling
import Ranks
import Testing
import TestSupport
import Tokenization
import Training

@Suite("Samples while training")
struct SamplerTests {
    private static func job(every: Int?, steps: Int = 14, checkpoints: String? = nil) throws -> TrainingJob {
        let tokenizers = try ExportTests.tokenizers()
        let corpus = try ExportTests.corpus(tokenizers)
        let heldOut = TokenCorpus(documents: Array(corpus.documents.suffix(2)), vocabulary: corpus.vocabulary)
        let configuration = TransformerConfiguration(
            vocabularySize: tokenizers.vocabulary.count, width: 32, layers: 2, heads: 4, keyValueHeads: 2, context: 48)
        var settings = TrainingSettings(
            batch: 4, microBatch: 1, steps: steps, learningRate: 1e-2, warmup: 2, weightDecay: 0.1, clip: 1,
            evaluateEvery: 5, seed: 1)
        settings.samplesEvery = every
        var job = TrainingJob(
            configuration: configuration, settings: settings, training: corpus, validation: heldOut,
            checkpointEvery: 3, checkpointFolder: checkpoints)
        job.sampler = TrainingSampler(heldOut, tokenizers: tokenizers)
        return job
    }

    private static func train(
        _ job: TrainingJob, ranks: Int, watcher: Watcher = Watcher()
    ) throws -> (hash: String, metrics: [UInt8]) {
        let folder = try TemporaryDirectory()
        let hashes = try ThreadGang.run(ranks: ranks) { gang in
            let trainer = try Trainer(job, gang: gang, observer: watcher)
            if try trainer.run() == .finished { try trainer.writeModel(to: folder.path + "/model") }
            return trainer.stateHashText
        }
        let path = folder.path + "/model/metrics.jsonl"
        return (hashes[0], DurableFiles.exists(path) ? try DurableFiles.read(path) : [])
    }

    @Test("samples are the same on any ranks and after a resume, and no part of the weights")
    func repeats() throws {
        let plain = try Self.train(try Self.job(every: nil), ranks: 1)
        let sampled = try Self.train(try Self.job(every: 4), ranks: 1)
        #expect(sampled.hash == plain.hash && sampled.metrics != plain.metrics)
        let records = StepRecord.lines(sampled.metrics)
        #expect(records.filter { $0.samples != nil }.map(\.step) == [4, 8, 12, 14])
        #expect(try Self.train(try Self.job(every: 4), ranks: 3).metrics == sampled.metrics)

        let folder = try TemporaryDirectory()
        let job = try Self.job(every: 4, checkpoints: folder.path)
        _ = try Self.train(job, ranks: 2, watcher: Watcher(stopAfter: 10, .cancel))
        let watcher = Watcher()
        #expect(try Self.train(job, ranks: 1, watcher: watcher).metrics == sampled.metrics)
        #expect(watcher.notes.contains { $0.hasPrefix("resumed at step 9 ") }, "\(watcher.notes)")
    }

    @Test("a sample tells actions in their own units beside the recorded ones, and text")
    func content() throws {
        let records = StepRecord.lines(try Self.train(try Self.job(every: 60, steps: 60), ranks: 1).metrics)
        let samples = try #require(records.last?.samples)
        #expect(samples.map(\.episode) == ["demo_2", "demo_3"])
        for sample in samples {
            #expect("push the block".hasPrefix(sample.prompt) && !sample.prompt.isEmpty)
            #expect(sample.dimensions == ["x", "y"] && sample.recorded.count == 6 && sample.predicted.count == 6)
            for action in sample.predicted { #expect((-1...1).contains(action[0]) && (0...4).contains(action[1])) }
            for action in sample.recorded { #expect(action.allSatisfy { (0...1).contains($0) }) }
            #expect(sample.line.contains("sample \(sample.episode): action ["))
        }
        // The instruction is the same everywhere: that much is learned in sixty steps.
        #expect(
            samples.allSatisfy { ($0.prompt + $0.continuation).hasPrefix("push the block") },
            "\(samples.map(\.continuation))")
    }
}
