import Determinism
import DurableFiles
import Foundation
import Kernels
import Modeling
import Ranks
import Testing
import TestSupport
import Tokenization
import Training

private struct Silent: TrainingObserver {
    func finished(_ record: StepRecord, pace: StepPace) {}
    func note(_ line: String) {}
    var stop: TrainingStop { .none }
}

@Suite("Export")
struct ExportTests {
    /// Tokenizers of a 4×4 picture in patches of 2 and actions of two numbers.
    static func tokenizers(chunk: Int? = nil) throws -> TokenizerSet {
        let text = try ByteLevelBPE.train(
            on: ["push the block", "push the ball", "push the block"], vocabularySize: 270)
        let images = try VQImageTokenizer(
            patch: 2, channels: 3, codebook: (0..<7 * 12).map { Float(($0 * 37) % 200 - 100) / 128 })
        var actions = ActionCoder.bins(
            try ScalarQuantizer(stream: "actions", names: ["x", "y"], low: [-1, 0], high: [1, 4], bins: 16))
        if let chunk {
            let waves = (0..<50).map { number -> [Float] in
                (0..<2 * chunk).map { place -> Float in
                    let turn = (place / 2 * (number % 5) + number) % 9
                    return Float(turn) / 9 + Float(place % 2)
                }
            }
            actions = .frequencies(
                try FrequencyActionTokenizer(
                    fitting: waves, stream: "actions", names: ["x", "y"], chunk: chunk, scale: 6))
        }
        return try TokenizerSet(
            text: text, images: images, actions: actions, sensors: nil,
            cameras: [(name: "eye", height: 4, width: 4, channels: 3)])
    }

    /// Random episodes of six steps.
    static func corpus(_ tokenizers: TokenizerSet) throws -> TokenCorpus {
        let field = RandomField(seed: 8, purpose: RandomPurpose("test.episodes"))
        let documents = try (0..<4).map { number in
            var words = field.stream(UInt32(number))
            let steps = 6
            return try tokenizers.document(
                TimelineEpisode(
                    id: "demo_\(number)", instruction: "push the block",
                    frames: [(0..<steps * 48).map { _ in UInt8(words.index(below: 256)) }], sensors: [],
                    actions: (0..<steps * 2).map { _ in Float(words.unit()) }))
        }
        return TokenCorpus(documents: documents, vocabulary: tokenizers.vocabulary.digest)
    }

    /// A small model trained for a few steps on random episodes, in a folder of its own.
    static func model(_ folder: String, tied: Bool, chunk: Int? = nil) throws -> TrainedModel {
        let tokenizers = try tokenizers(chunk: chunk)
        let corpus = try corpus(tokenizers)
        let configuration = TransformerConfiguration(
            vocabularySize: tokenizers.vocabulary.count, width: 32, layers: 2, heads: 4, keyValueHeads: 2, context: 48,
            tiedHead: tied)
        let settings = TrainingSettings(
            batch: 4, microBatch: 2, steps: 6, learningRate: 1e-2, warmup: 2, weightDecay: 0.1, clip: 1,
            evaluateEvery: 100, seed: 1)
        let trainer = try Trainer(
            TrainingJob(configuration: configuration, settings: settings, training: corpus), gang: SoloGang(),
            observer: Silent())
        #expect(try trainer.run() == .finished)
        try trainer.writeModel(to: folder) { checkpoint in
            try tokenizers.write(to: checkpoint + "/" + ModelSnapshot.File.vocabulary)
            try ActionStatistics(corpus, tokenizers: tokenizers).write(to: checkpoint)
        }
        return try TrainedModel(folder)
    }

    @Test(
        "transformers loads the folder and agrees on logits to 1e-4; the README's program runs",
        .enabled(if: PeerPython.has("transformers", "torch", "numpy"), "no Python with transformers"),
        arguments: [(true, nil), (false, 3)])
    func peer(tied: Bool, chunk: Int?) throws {
        let folder = try TemporaryDirectory()
        let model = try Self.model(folder.path + "/model", tied: tied, chunk: chunk)
        let tokenizers = try TokenizerSet.open(model.vocabularyFolder)
        let exported = folder.path + "/export"
        try HuggingFaceExport.write(model, tokenizers: tokenizers, to: exported)

        let tokens =
            tokenizers.header(instruction: "push the block")
            + [272, 275, 281].filter { $0 < Int32(tokenizers.vocabulary.count) }
        let logits = try Transformer(model.configuration).logits(tokens: tokens, weights: model.weights)
        let (status, output) = try PeerPython.run(
            """
            import sys, torch
            from transformers import AutoModelForCausalLM, AutoTokenizer
            model = AutoModelForCausalLM.from_pretrained(sys.argv[1]).eval()
            ids = [int(t) for t in sys.argv[2].split()]
            with torch.no_grad(): logits = model(input_ids=torch.tensor([ids])).logits[0]
            print(" ".join(repr(float(x)) for x in logits.reshape(-1)))
            print(" ".join(str(i) for i in AutoTokenizer.from_pretrained(sys.argv[1])("push the block")["input_ids"]))
            """, [exported, tokens.map(String.init).joined(separator: " ")])
        #expect(status == 0)
        let lines = output.split(separator: "\n")
        try #require(lines.count == 2)
        let theirs = lines[0].split(separator: " ").compactMap { Double($0) }
        try #require(theirs.count == logits.count)
        let worst = zip(theirs, logits.array).map { abs($0 - Double($1)) }.max() ?? 1
        #expect(worst < 1e-4)
        #expect(lines[1].split(separator: " ").compactMap { Int32($0) } == tokenizers.encode(text: "push the block"))

        let readme = String(decoding: try DurableFiles.read(exported + "/README.md"), as: UTF8.self)
        let program = try #require(
            readme.components(separatedBy: "```python\n").last?.components(separatedBy: "```").first)
        let run = try PeerPython.run(program, [exported])
        #expect(run.status == 0)
        let rows = run.output.split(separator: "\n").count { $0.hasPrefix("action {'x': ") }
        #expect(rows == chunk ?? 1, "\(run.output)")
        #expect(run.output.contains("next picture (4, 4, 3)"), "\(run.output)")
    }

    @Test("a policy's session gives the model's own choice, also when older steps are forgotten")
    func session() throws {
        let folder = try TemporaryDirectory()
        let policy = try ActionPolicy(try Self.model(folder.path + "/model", tied: true), decoding: .greedy)
        let vocabulary = policy.tokenizers.vocabulary
        let block = vocabulary.block(.action)
        let header = policy.tokenizers.header(instruction: "push the ball")
        var session = try policy.session(header: header)
        let capacity = (48 - header.count) / vocabulary.streams.tokensPerStep
        var history: [[Int32]] = []
        for step in 0..<2 * capacity + 1 {
            let seen = (0..<4).map { vocabulary.id((step + $0) % 7, in: .image) }
            if history.count == capacity { history.removeFirst(capacity - capacity / 2) }
            let chosen = try session.act(seen).tokens
            let logits = try policy.transformer.logits(
                tokens: header + history.flatMap { $0 } + seen, weights: policy.model.weights)
            let last = logits.array.suffix(vocabulary.count)
            let row = Array(last)[block.range]
            let best = row.indices.max { (row[$0], -$0) < (row[$1], -$1) }
            #expect(chosen[0] == best.map { Int32($0) })
            try session.commit(action: chosen)
            history.append(seen + chosen)
            #expect(try session.imagine().allSatisfy { vocabulary.modality(of: $0) == .image })
        }
    }

    @Test("chunks of actions always decode, whatever is forgotten, and errors count every recorded step")
    func chunks() throws {
        let folder = try TemporaryDirectory()
        let policy = try ActionPolicy(try Self.model(folder.path + "/model", tied: true, chunk: 4))
        let tokenizers = policy.tokenizers
        let streams = tokenizers.vocabulary.streams
        #expect(streams.chunk == 4 && streams.actionChunk?.frequencies == true)
        let header = tokenizers.header(instruction: "push the ball")
        var session = try policy.session(header: header)
        var history: [[Int32]] = []
        for step in 0..<9 {
            let seen = (0..<4).map { tokenizers.vocabulary.id((step + $0) % 7, in: .image) }
            func used() -> Int { header.count + history.reduce(0) { $0 + $1.count } + streams.tokensPerStep }
            while used() > 48 { history.removeFirst(history.count - history.count / 2) }
            let chosen = try session.act(seen)
            #expect(chosen.values.count == 8)
            #expect(try tokenizers.decodeActions(chosen.tokens).map(Double.init) == chosen.values)
            let logits = try policy.transformer.logits(
                tokens: header + history.flatMap { $0 } + seen, weights: policy.model.weights)
            let row = Array(logits.array.suffix(tokenizers.vocabulary.count))[
                tokenizers.vocabulary.block(.action).range]
            let likeliest = row.indices.max { (row[$0], -$0) < (row[$1], -$1) }
            #expect(chosen.tokens[0] == likeliest.map { Int32($0) })
            try session.commit(action: chosen.tokens)
            history.append(seen + chosen.tokens)
        }
        let corpus = TokenCorpus(documents: try Self.documents(tokenizers), vocabulary: policy.model.vocabulary)
        let (errors, traces) = try ActionErrors.measure(
            policy, on: corpus, meanAction: [0.5, 0.5], traced: 2, gang: SoloGang())
        #expect(errors.steps == 10 && traces.allSatisfy { $0.recorded.count == 5 && $0.predicted.count == 5 })
        // Repeating knows the mean before the first chunk and the fourth action before the second.
        #expect(errors.repeatingLast[0] > 0.1)
        let statistics = try ActionStatistics(corpus, tokenizers: tokenizers)
        #expect(statistics.steps == 10 && abs(statistics.mean[0] - 0.4) < 1e-6)
    }

    @Test func `the median, the mean and the likeliest bin of a distribution`() {
        let logits: [Float] = [0, 0, 0, 0].map { $0 - 1 } + [-100]
        #expect(ActionDecoding.median.choose(logits).place == 2)
        #expect(abs(ActionDecoding.mean.choose(logits).place - 2) < 1e-9)
        #expect(ActionDecoding.greedy.choose(logits).bin == 0)
        #expect(ActionDecoding.greedy.choose([0, 3, 1]).place == 1.5)
    }

    @Test func `action errors of the training episodes are below those of a policy that knows nothing`() throws {
        let folder = try TemporaryDirectory()
        let policy = try ActionPolicy(try Self.model(folder.path + "/model", tied: true))
        let shards = try ThreadGang.run(ranks: 3) { gang in
            let policy = try ActionPolicy(try TrainedModel(folder.path + "/model"))
            let documents = try Self.documents(policy.tokenizers)
            let corpus = TokenCorpus(documents: documents, vocabulary: policy.model.vocabulary)
            return try ActionErrors.measure(policy, on: corpus, meanAction: [0.5, 0.5], traced: 2, gang: gang)
        }
        let corpus = TokenCorpus(documents: try Self.documents(policy.tokenizers), vocabulary: policy.model.vocabulary)
        let (alone, traces) = try ActionErrors.measure(
            policy, on: corpus, meanAction: [0.5, 0.5], traced: 2, gang: SoloGang())
        #expect(shards.allSatisfy { $0.errors == alone && $0.traces == traces })
        #expect(traces.map(\.episode) == corpus.documents.map(\.id))
        // What the traces show is what the errors count.
        for dimension in 0..<2 {
            let pairs = traces.flatMap { zip($0.recorded, $0.predicted) }
            let mean = pairs.reduce(0) { $0 + abs($1.0[dimension] - $1.1[dimension]) } / Double(pairs.count)
            #expect(abs(mean - alone.policy[dimension]) < 2e-6)
        }
        #expect(alone.steps == 10)
        #expect(alone.repeatingLast.allSatisfy { $0 >= 0 })
        let figures = try ThreadGang.run(ranks: 2) { gang in
            let policy = try ActionPolicy(try TrainedModel(folder.path + "/model"))
            let corpus = TokenCorpus(
                documents: try Self.documents(policy.tokenizers), vocabulary: policy.model.vocabulary)
            return try HeldOutFigures.measure(
                policy.transformer, weights: policy.model.weights, on: corpus, rows: 2, seed: 3, gang: gang)
        }
        let single = try HeldOutFigures.measure(
            policy.transformer, weights: policy.model.weights, on: corpus, rows: 2, seed: 3, gang: SoloGang())
        #expect(figures == [single, single])
        #expect(single.modalities["action"]?.tokens == 20)
        #expect(single.modalities["image"]?.tokens == 40)
        // Every frame is the same, so copying is always right.
        #expect(single.copiedFrameAccuracy == 1)
    }

    static func documents(_ tokenizers: TokenizerSet) throws -> [TokenDocument] {
        try (0..<2).map { number in
            try tokenizers.document(
                TimelineEpisode(
                    id: "demo_\(number)", instruction: "push the ball",
                    frames: [[UInt8](repeating: UInt8(100 + number), count: 5 * 48)], sensors: [],
                    actions: (0..<10).map { Float($0) / 10 }))
        }
    }
}
