import Determinism
import DurableFiles
import Foundation
import Kernels
import Modeling
import Ranks
import Synchronization
import Testing
import TestSupport
import Tokenization
import Training

/// Stops when the named step of rank 0 was reached, and keeps what it was told.
private final class Watcher: TrainingObserver {
    private let state = Mutex<(step: Int, notes: [String])>((0, []))
    private let stopAfter: Int?
    private let kind: TrainingStop

    init(stopAfter: Int? = nil, _ kind: TrainingStop = .checkpoint) {
        self.stopAfter = stopAfter
        self.kind = kind
    }

    func finished(_ record: StepRecord, tokensPerSecond: Double) { state.withLock { $0.step = record.step } }
    func note(_ line: String) { state.withLock { $0.notes.append(line) } }
    var notes: [String] { state.withLock { $0.notes } }
    var stop: TrainingStop {
        guard let stopAfter else { return .none }
        return state.withLock { $0.step } >= stopAfter ? kind : .none
    }
}

@Suite("Trainer")
struct TrainerTests {
    static let steps = 7

    static func job(microBatch: Int = 2, checkpoints: String? = nil, every: Int = 2) -> TrainingJob {
        let configuration = TransformerConfiguration(vocabularySize: 40, width: 32, layers: 2, heads: 2, context: 23)
        let settings = TrainingSettings(
            batch: 10, microBatch: microBatch, steps: steps, learningRate: 3e-3, warmup: 2, weightDecay: 0.1, clip: 0.5,
            evaluateEvery: 3, seed: 11)
        return TrainingJob(
            configuration: configuration, settings: settings,
            training: TinyCorpus.random(documents: 4, steps: 9, tokens: 40),
            validation: TinyCorpus.random(documents: 2, steps: 7, tokens: 40), checkpointEvery: every,
            checkpointFolder: checkpoints)
    }

    /// Trains on threads and returns the digest of the model folder.
    private static func train(
        _ job: TrainingJob, ranks: Int, watcher: Watcher = Watcher()
    ) throws -> (outcome: TrainingOutcome, digest: Determinism.Digest?) {
        let folder = try TemporaryDirectory()
        let outcomes = try ThreadGang.run(ranks: ranks) { gang in
            let trainer = try Trainer(job, gang: gang, observer: watcher)
            let outcome = try trainer.run()
            if outcome == .finished { try trainer.writeModel(to: folder.path + "/model") }
            return outcome
        }
        #expect(Set(outcomes).count == 1)
        guard outcomes[0] == .finished else { return (outcomes[0], nil) }
        return (.finished, try DurableFiles.treeDigest(folder.path + "/model").digest)
    }

    @Test("weights, optimizer and records are the same bits at any number of ranks")
    func anyRanks() throws {
        let truth = try #require(try Self.train(Self.job(), ranks: 1).digest)
        // Five leaves: more ranks than leaves leave some ranks with a shard only.
        for ranks in [2, 3, 5, 7] { #expect(try Self.train(Self.job(), ranks: ranks).digest == truth) }
    }

    @Test("a training interrupted anywhere and resumed on other ranks ends in the same bits")
    func resumed() throws {
        let truth = try #require(try Self.train(Self.job(), ranks: 1).digest)
        var words = RandomField(seed: 1, purpose: RandomPurpose("test.kills")).stream()
        for round in 0..<4 {
            let folder = try TemporaryDirectory()
            let job = Self.job(checkpoints: folder.path)
            let first = 1 + words.index(below: Self.steps - 2)
            let stop: TrainingStop = round % 2 == 0 ? .checkpoint : .cancel
            let begun = try Self.train(job, ranks: 1 + round, watcher: Watcher(stopAfter: first, stop)).outcome
            #expect(begun == (stop == .cancel ? .cancelled : .checkpointed(step: first + 1)))
            let watcher = Watcher()
            #expect(try Self.train(job, ranks: 3 - round % 3, watcher: watcher).digest == truth)
            let expected = stop == .checkpoint ? first + 1 : first / 2 * 2
            if expected > 0 {
                #expect(watcher.notes.contains { $0.hasPrefix("resumed at step \(expected) ") }, "\(watcher.notes)")
            }
        }
    }

    @Test("a checkpoint with one flipped byte is passed over for the one before, said aloud")
    func damaged() throws {
        let truth = try #require(try Self.train(Self.job(), ranks: 1).digest)
        for name in ["weights.safetensors", "optimizer.safetensors", "metrics.jsonl", "manifest.json"] {
            let folder = try TemporaryDirectory()
            let job = Self.job(checkpoints: folder.path)
            _ = try Self.train(job, ranks: 1, watcher: Watcher(stopAfter: 4, .cancel))
            let newest = folder.path + "/step-000000004/" + name
            var bytes = try DurableFiles.read(newest)
            bytes[bytes.count / 2] ^= 4
            try DurableFiles.write(bytes, to: newest)
            let watcher = Watcher()
            #expect(try Self.train(job, ranks: 2, watcher: watcher).digest == truth)
            #expect(
                watcher.notes.contains { $0.contains("using the checkpoint before it") }, "\(name): \(watcher.notes)")
            #expect(watcher.notes.contains { $0.hasPrefix("resumed at step 2 ") }, "\(name): \(watcher.notes)")
        }
    }

    @Test("a resumed run that computes other bits than were recorded stops and says so")
    func journalled() throws {
        let folder = try TemporaryDirectory()
        let job = Self.job(checkpoints: folder.path)
        _ = try Self.train(job, ranks: 1, watcher: Watcher(stopAfter: 3, .cancel))
        let journal = folder.path + "/journal.jsonl"
        let text = String(decoding: try DurableFiles.read(journal), as: UTF8.self)
        let record = try #require(StepRecord.lines(Array(text.utf8)).last)
        #expect(record.step == 3)
        let digit = record.lossBits.hasSuffix("0") ? "1" : "0"
        try DurableFiles.write(
            text.replacingOccurrences(of: record.lossBits, with: String(record.lossBits.dropLast()) + digit),
            to: journal)
        let error = #expect(throws: TrainingError.self) { try Self.train(job, ranks: 1) }
        #expect(error?.code == .notRepeated)
    }

    @Test("another leaf size gives gradients within 1e-5 of the norm")
    func otherLeaves() throws {
        let job = Self.job()
        let table = try SampleTable(job.training, context: job.configuration.context)
        let builder = LeafBuilder(corpus: job.training, table: table)
        let model = try Transformer(job.configuration)
        let weights = initialWeights(job.configuration, seed: 2)
        let kernels = try Kernels.current()
        func gradient(rows: Int) throws -> [Float] {
            var stack = NodeStack<FloatBuffer>()
            let add: (FloatBuffer, FloatBuffer) -> Void = { kernels.add($1.all, to: $0.all) }
            for leaf in 0..<12 / rows {
                let buffer = FloatBuffer(count: weights.count)
                _ = try model.gradient(
                    of: builder.leaf(Array(leaf * rows..<(leaf + 1) * rows)), weights: weights, into: buffer)
                stack.push(TreeNode(leaf: leaf), buffer, add: add)
            }
            let sum = stack.finish(add: add)
            return try #require(sum).array
        }
        let one = try gradient(rows: 1)
        for rows in [2, 3, 12] {
            let other = try gradient(rows: rows)
            let norm = one.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
            let distance = zip(one, other).reduce(0.0) {
                $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1))
            }
            #expect(distance.squareRoot() <= 1e-5 * norm)
        }
    }

    @Test("the loss falls")
    func learns() throws {
        let folder = try TemporaryDirectory()
        var job = Self.job()
        job.settings.steps = 40
        let trainer = try Trainer(job, gang: SoloGang(), observer: Watcher())
        #expect(try trainer.run() == .finished)
        try trainer.writeModel(to: folder.path + "/model")
        let records = StepRecord.lines(try DurableFiles.read(folder.path + "/model/metrics.jsonl"))
        #expect(records.count == 40)
        #expect(records[39].loss < 0.8 * records[0].loss)
        #expect(records[39].validation?.modalities["action"] != nil)
        let model = try TrainedModel(folder.path + "/model")
        #expect(model.weights.array == trainer.weights.array)
    }

    @Test("a loss that is no number names step, leaf and samples on every rank")
    func notFinite() throws {
        var job = Self.job()
        job.settings.learningRate = 1e30
        job.settings.warmup = 0
        let error = #expect(throws: TrainingError.self) { try Self.train(job, ranks: 2) }
        #expect(error?.exitCode == ExitCode.badData)
        #expect(error?.message.contains("step 2") == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("episode 'demo_") == true, "\(error?.message ?? "")")
    }
}
