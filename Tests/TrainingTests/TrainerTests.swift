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
import TrainingSamples

/// Stops when the named step of rank 0 was reached, and keeps what it was told.
final class Watcher: TrainingObserver {
    private let state = Mutex<(step: Int, notes: [String])>((0, []))
    private let stopAfter: Int?
    private let kind: TrainingStop

    init(stopAfter: Int? = nil, _ kind: TrainingStop = .checkpoint) {
        self.stopAfter = stopAfter
        self.kind = kind
    }

    func finished(_ record: StepRecord, pace: StepPace) { state.withLock { $0.step = record.step } }
    func note(_ line: String) { state.withLock { $0.notes.append(line) } }
    var step: Int { state.withLock { $0.step } }
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
    static func train(
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

    @Test(
        "a training interrupted anywhere and resumed on other ranks ends in the same bits",
        arguments: [(.fp32, false), (.bf16, false), (.bf16, true)] as [(Precision, Bool)])
    func resumed(precision: Precision, packing: Bool) throws {
        func job(_ checkpoints: String? = nil) -> TrainingJob {
            var job = Self.job(checkpoints: checkpoints)
            job.settings.precision = precision
            job.settings.packing = packing
            if packing { job.training = TinyCorpus.random(documents: 31, steps: 1, tokens: 40) }
            return job
        }
        let truth = try #require(try Self.train(job(), ranks: 1).digest)
        var words = RandomField(seed: 1, purpose: RandomPurpose("test.kills")).stream()
        for round in 0..<4 {
            let folder = try TemporaryDirectory()
            let job = job(folder.path)
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

    @Test("threads are no part of the bits")
    func threads() throws {
        let truth = try #require(try Self.train(Self.job(), ranks: 1).digest)
        for (ranks, threads) in [(1, 2), (2, 2), (3, 3)] {
            var job = Self.job()
            job.threads = threads
            #expect(try Self.train(job, ranks: ranks).digest == truth, "\(ranks) ranks of \(threads) threads")
        }
    }

    @Test("averages, spikes and budgets are the same bits after any interruption and on any ranks")
    func features() throws {
        func job(_ checkpoints: String? = nil) -> TrainingJob {
            var job = Self.job(checkpoints: checkpoints)
            job.settings.steps = 30
            job.settings.schedule = .stable
            job.settings.averaging = 0.9
            job.settings.spikeFactor = 1.02  // so near that some steps are left out
            job.settings.targetBudget = 4000
            return job
        }
        let folder = try TemporaryDirectory()
        let trainer = try Trainer(job(), gang: SoloGang(), observer: Watcher())
        #expect(try trainer.run() == .finished)
        try trainer.writeModel(to: folder.path + "/model")
        let truth = try DurableFiles.treeDigest(folder.path + "/model").digest
        let records = StepRecord.lines(try DurableFiles.read(folder.path + "/model/metrics.jsonl"))
        let targets = records.reduce(0) { $0 + $1.tokens }
        #expect(targets >= 4000 && targets - records[records.count - 1].tokens < 4000)
        #expect(records.count < 30 && records[records.count - 1].validation != nil)
        let spikes = records.filter { $0.spike != nil }
        #expect(!spikes.isEmpty && spikes.count < records.count / 2)
        for spike in spikes {
            #expect(spike.step > 8 && spike.stateHash == records[spike.step - 2].stateHash, "a spike changes nothing")
        }
        // The average is what is read, and lies beside the last step's weights.
        let model = try TrainedModel(folder.path + "/model")
        #expect(model.weights.array != trainer.weights.array)

        for ranks in [2, 5] { #expect(try Self.train(job(), ranks: ranks).digest == truth) }
        for stop in [3, 9, 10, 12] {
            let folder = try TemporaryDirectory()
            _ = try Self.train(job(folder.path), ranks: 2, watcher: Watcher(stopAfter: stop, .cancel))
            #expect(try Self.train(job(folder.path), ranks: 3).digest == truth, "stopped after \(stop)")
        }
    }

    @Test("a figure far above the recent median is a spike, and nothing but spikes is a training that ran away")
    func spikes() throws {
        func record(_ step: Int, loss: Double, norm: Double, spike: Bool = false) throws -> StepRecord {
            let text = """
                {"step":\(step),"total":99,"loss":\(loss),"lossBits":"","gradientNorm":\(norm),"gradientNormBits":"",\
                "stateHash":"","learningRate":1,"tokens":1,"modalities":{}\(spike ? #","spike":"why""# : "")}
                """
            return try #require(StepRecord.lines(Array(text.utf8)).first)
        }
        let spikes = SpikeGuard(factor: 3)
        var records = try (1...7).map { try record($0, loss: 2, norm: Double($0)) }
        #expect(spikes.spike(loss: 1e9, norm: 1e9, after: records) == nil, "seven steps are too few to judge by")
        records.append(try record(8, loss: 2, norm: 8))
        #expect(spikes.spike(loss: 6, norm: 15, after: records) == nil)
        #expect(spikes.spike(loss: 6.1, norm: 1, after: records)?.contains("loss 6.1 is more than 3.0 times") == true)
        #expect(spikes.spike(loss: 2, norm: 15.1, after: records)?.contains("median 5.0") == true)
        // Spikes do not move the median, and old steps are forgotten.
        for step in 9..<24 { records.append(try record(step, loss: 900, norm: 900, spike: true)) }
        #expect(spikes.spike(loss: 6.1, norm: 1, after: records) != nil)
        #expect(!spikes.hasRunAway(records))
        records.append(try record(24, loss: 900, norm: 900, spike: true))
        #expect(spikes.hasRunAway(records))
        for step in 25..<100 { records.append(try record(step, loss: 20, norm: 20)) }
        #expect(spikes.spike(loss: 59, norm: 59, after: records) == nil)
        #expect(!spikes.hasRunAway(records))
    }

    @Test("the newest checkpoints stay, and those of every so many steps")
    func keeping() throws {
        let folder = try TemporaryDirectory()
        var job = Self.job(checkpoints: folder.path, every: 1)
        job.settings.steps = 10
        job.keptCheckpoints = 3
        job.keptEvery = 4
        _ = try Self.train(job, ranks: 2)
        let kept = try DurableFiles.entries(of: folder.path).map(\.name).filter { $0.hasPrefix("step-") }.sorted()
        #expect(kept == [4, 7, 8, 9].map { "step-00000000\($0)" })
    }

    @Test("the memory of a training is told before it begins, and less of it on more ranks")
    func memory() throws {
        let watcher = Watcher()
        _ = try Self.train(Self.job(), ranks: 1, watcher: watcher)
        #expect(watcher.notes.first?.hasPrefix("memory: about ") == true, "\(watcher.notes)")
        let job = Self.job()
        func estimate(_ ranks: Int) -> TrainingMemory {
            TrainingMemory(job.configuration, job.settings, length: 23, ranks: ranks, threads: 1, saving: false)
        }
        let parameters = 4 * ParameterLayout(job.configuration).count
        #expect(estimate(1).weightBytes == parameters && estimate(1).optimizerBytes == 2 * parameters)
        // Five leaves on one rank: nodes of four and one, and before the fifth two siblings below one of four.
        #expect(estimate(1).gradientBytes == 3 * parameters)
        #expect(estimate(5).optimizerBytes < estimate(1).optimizerBytes)
        #expect(estimate(5).activationBytes == estimate(1).activationBytes)
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
