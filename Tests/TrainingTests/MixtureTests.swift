import Determinism
import DurableFiles
import Ranks
import Testing
import TestSupport
import Training
import TrainingSamples

@Suite("Mixtures")
struct MixtureTests {
    /// Shares of up to six sources, some of them zero.
    private static func shares(seed: UInt64) -> [Int] {
        var random = SplitMix(state: seed)
        var shares = (0..<Int.random(in: 1...6, using: &random)).map { _ in
            Bool.random(using: &random)
                ? Int.random(in: 0...9, using: &random) : Int.random(in: 0...200, using: &random)
        }
        if shares.allSatisfy({ $0 == 0 }) { shares[0] = 1 }
        return shares
    }

    @Test("after any number of turns every source has had its share to less than one turn", arguments: UInt64(0)..<200)
    func pattern(seed: UInt64) {
        let shares = Self.shares(seed: seed)
        let total = shares.reduce(0, +)
        let pattern = SharePattern(shares)
        #expect(pattern.count == total)
        var had = shares.map { _ in 0 }
        for turn in 0..<3 * total {
            if turn % 7 == 0 { #expect(pattern.turns(before: turn) == had) }
            let (source, before) = pattern[turn]
            #expect(before == had[source], "turn \(turn)")
            had[source] += 1
            for (number, share) in shares.enumerated() {
                // |had - share · turns / total| < 1, without rounding.
                #expect(abs(had[number] * total - share * (turn + 1)) < total, "turn \(turn) of \(shares)")
            }
        }
        #expect(had == shares.map { 3 * $0 })
    }

    @Test(
        "each source goes through all of its rows before one comes again, through all stages", arguments: UInt64(0)..<40
    )
    func order(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        let sizes = (0..<Int.random(in: 1...4, using: &random)).map { _ in Int.random(in: 1...40, using: &random) }
        let batch = Int.random(in: 1...9, using: &random)
        var stages: [(firstStep: Int, shares: [Int])] = [(1, sizes.map { _ in 1 })]
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            let shares = sizes.map { _ in Int.random(in: 0...5, using: &random) }
            guard shares.contains(where: { $0 > 0 }) else { continue }
            stages.append((stages[stages.count - 1].firstStep + Int.random(in: 1...12, using: &random), shares))
        }
        let mixture = try Mixture(
            sizes.enumerated().map { .init("source \($0)", documents: $1) }, stages: stages)
        var rows: [Range<Int>] = []
        for size in sizes { rows.append((rows.last?.upperBound ?? 0)..<(rows.last?.upperBound ?? 0) + size) }
        let order = MixedOrder(mixture, rows: rows, batch: batch, seed: seed)
        let places = 50 * batch
        let drawn = order.rows(at: 0..<places)
        for (number, own) in rows.enumerated() {
            let numbers = drawn.filter { own.contains($0) }
            for epoch in 0..<numbers.count / own.count {
                #expect(numbers[epoch * own.count..<(epoch + 1) * own.count].sorted() == Array(own))
            }
            #expect(order.counts(at: 0..<places)[number] == numbers.count)
        }
        // In whole patterns of a stage the proportions are exact.
        for (stage, next) in zip(mixture.stages, mixture.stages.dropFirst().map(\.firstStep) + [51]) {
            let first = (stage.firstStep - 1) * batch
            let sum = stage.shares.reduce(0, +)
            let whole = ((next - stage.firstStep) * batch) / sum
            guard whole > 0, next <= 51 else { continue }
            #expect(order.counts(at: first..<first + whole * sum) == stage.shares.map { $0 * whole })
        }
        // Any part is the same part of the whole: a resumed training draws on.
        for _ in 0..<10 {
            let first = Int.random(in: 0..<places, using: &random)
            let last = Int.random(in: first...places, using: &random)
            #expect(order.rows(at: first..<last) == Array(drawn[first..<last]))
        }
    }

    @Test func `one source alone is a training without a mixture`() throws {
        let plain = SampleOrder(count: 31, seed: 9)
        let alone = MixedOrder(
            try Mixture([.init("tokens", documents: 31)], stages: [(1, [7])]), rows: [0..<31], batch: 4, seed: 9)
        #expect(alone.rows(at: 5..<100) == plain.samples(at: 5..<100))
        #expect(MixedOrder(count: 31, seed: 9).rows(at: 5..<100) == plain.samples(at: 5..<100))
    }

    @Test func `shares that cannot be drawn are refused with what they are`() {
        let sources = [Mixture.Source("real", documents: 3), .init("simulated", documents: 2)]
        let cases: [([(firstStep: Int, shares: [Int])], String)] = [
            ([(1, [0, 0])], "shares [0, 0] from step 1 on"), ([(1, [1])], "give 2 whole numbers"),
            ([(1, [-1, 2])], "shares [-1, 2]"), ([(1, [.max, .max])], "add up to"),
            ([(1, [1, 0])], "'simulated' has no share at any step"), ([(2, [1, 1])], "from step 1 on"),
            ([(1, [1, 1]), (9, [1, 2]), (9, [2, 1])], "steps 1, 9, 9"),
        ]
        for (stages, message) in cases {
            let error = #expect(throws: TrainingError.self) { try Mixture(sources, stages: stages) }
            #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
        }
    }

    private static func job(_ checkpoints: String? = nil, packing: Bool) throws -> TrainingJob {
        var job = TrainerTests.job(checkpoints: checkpoints)
        let more = TinyCorpus.make(documents: 6, steps: 2) { Int32(($0 * 7 + $1) % 40) }
        let mixture = try Mixture(
            [.init("tokens", documents: job.training.documents.count), .init("short", documents: 6)],
            stages: [(1, [3, 1]), (4, [0, 1]), (6, [1, 4])])
        job.training = TokenCorpus(joining: [job.training, more], vocabulary: TinyCorpus.vocabulary)
        job.mixture = mixture
        job.settings.packing = packing
        return job
    }

    @Test("a mixed training is the same bits on any ranks and after any interruption", arguments: [false, true])
    func resumed(packing: Bool) throws {
        let folder = try TemporaryDirectory()
        let trainer = try Trainer(try Self.job(packing: packing), gang: SoloGang(), observer: Watcher())
        #expect(try trainer.run() == .finished)
        try trainer.writeModel(to: folder.path + "/model")
        let truth = try DurableFiles.treeDigest(folder.path + "/model").digest
        let records = StepRecord.lines(try DurableFiles.read(folder.path + "/model/metrics.jsonl"))
        // Ten sequences a step, of which 3/4 in the first three, none in two and 1/5 in two come first.
        let counts = records.map { $0.sources?["tokens"] ?? -1 }
        #expect(counts.count == 7 && counts[3...4] == [0, 0] && counts[5...6] == [2, 2])
        #expect((22...23).contains(counts[..<3].reduce(0, +)))
        #expect(records.allSatisfy { $0.sources?.values.reduce(0, +) == 10 })
        for ranks in [2, 3, 7] {
            #expect(try TrainerTests.train(try Self.job(packing: packing), ranks: ranks).digest == truth)
        }
        for stop in [1, 3, 4, 5] {
            let folder = try TemporaryDirectory()
            let job = try Self.job(folder.path, packing: packing)
            _ = try TrainerTests.train(
                job, ranks: 2, watcher: Watcher(stopAfter: stop, stop == 4 ? .cancel : .checkpoint))
            let watcher = Watcher()
            #expect(try TrainerTests.train(job, ranks: 3, watcher: watcher).digest == truth, "stopped after \(stop)")
            #expect(watcher.notes.contains("from step 6 on, of 5 sequences: tokens 1, short 4"), "\(watcher.notes)")
        }
    }

    @Test func `another mixture is another training, and a source without episodes is named`() throws {
        let folder = try TemporaryDirectory()
        var job = try Self.job(folder.path, packing: false)
        let identity = job.identity
        job.mixture = try Mixture(job.mixture?.sources ?? [], stages: [(1, [3, 1]), (4, [1, 1])])
        #expect(job.identity != identity)
        job.mixture = nil
        #expect(job.identity != identity)
        job.mixture = try Mixture(
            [.init("tokens", documents: job.training.documents.count), .init("nothing", documents: 0)],
            stages: [(1, [1, 1])])
        let error = #expect(throws: TrainingError.self) { try Trainer(job, gang: SoloGang(), observer: Watcher()) }
        #expect(error?.message.contains("no episodes to train on in 'nothing'") == true)
    }
}
