import Determinism
import DurableFiles
import Episodes
import Foundation
import Recipes
import TestSupport
import Testing
import Tokenization
import Units
import WorkGraph

@Suite("Units that make tokens")
struct TokenUnitsTests {
    static func recipe(seed: Int = 3, shards: Int = 3, sensors: Bool = true) -> Recipe {
        Recipe("tokens", seed: seed) {
            let demos = Gather(Simulate(episodes: 24, stepLimit: 20), shards: shards)
            let split = Split(demos, validation: 0.2, test: 0.1)
            let words = TrainTextTokenizer(split.training, vocabulary: 300)
            let codes = TrainImageTokenizer(
                split.training, codes: 48, patch: 16, frames: 200, iterations: 4, decoderSteps: 20)
            let moves = FitActionTokenizer(split.training, bins: 64)
            let touch = sensors ? FitSensorTokenizer(split.training, sensors: ["agent_pos"], bins: 32) : nil
            Tokenize(split, text: words, images: codes, actions: moves, sensors: touch).named("tokens")
        }
    }

    @Test func `every episode becomes one document of its part, in the shard of its demonstrations`() throws {
        let folder = try TemporaryDirectory()
        let runner = LocalPipeline(folder.path, ranks: 1)
        let units = try runner.run(Self.recipe()).graph.units
        let tokenize = units.filter { $0.kind == "Tokenize" }
        #expect(tokenize.map(\.name) == ["tokens/shard-0", "tokens/shard-1", "tokens/shard-2"])
        let assembly = try #require(units.first { $0.kind == "AssembleVocabulary" })
        #expect(assembly.name == "tokens/vocabulary")
        let set = try TokenizerSet.open(runner.path(assembly, "vocabulary"))
        let split = try #require(units.first { $0.kind == "Split" })
        var documents = 0
        for part in ["training", "validation", "test"] {
            let selection = try EpisodeSelection.read(runner.path(split, "\(part).selection"))
            for (shard, unit) in tokenize.enumerated() {
                let reader = try TokenShardReader(
                    runner.path(unit, "\(part).shards"), vocabulary: set.vocabulary.digest)
                let records = selection.episodes.filter { $0.shard == shard }
                #expect(reader.index.documents.map(\.id) == records.map(\.id))
                for (number, record) in records.enumerated() {
                    let document = try reader.document(number)
                    #expect(document.stepStarts.count == record.length)
                    #expect(document.tokens.allSatisfy { set.vocabulary.modality(of: $0) != nil })
                    documents += 1
                }
            }
        }
        #expect(documents == 24)
        #expect(set.vocabulary.streams.tokensPerStep == 36 + 2 + 2)
        #expect(set.text.count <= 300 && set.text.count >= 256)
        #expect((runner.figures.first { $0.key.hasSuffix(".image_psnr_db") }?.value ?? 0) > 20)
    }

    @Test func `relabelling writes a table alone, and tokens say the new words`() throws {
        let folder = try TemporaryDirectory()
        let runner = LocalPipeline(folder.path, ranks: 1)
        let recipe = Recipe("labels", seed: 3) {
            let demos = Gather(Simulate(episodes: 8, stepLimit: 8), shards: 2)
            let named = Annotate(demos, instruction: "do as you like", success: true)
            let hard = Annotate(named, matching: .ids(["demo_2"]), success: false, filterKey: "hard")
            let split = Split(Screen(hard, rejecting: [.failed]), validation: 0.2)
            Tokenize(
                split, text: TrainTextTokenizer(split.training, vocabulary: 300),
                actions: FitActionTokenizer(split.training, bins: 16))
        }
        let units = try runner.run(recipe).graph.units
        let screen = try #require(units.first { $0.kind == "Screen" })
        let selection = try EpisodeSelection.read(runner.path(screen, "selection"))
        #expect(selection.dropped.contains { $0.id == "demo_2" && $0.reason == "failed" })
        #expect(selection.episodes.allSatisfy { $0.instruction == "do as you like" })
        let tokenize = try #require(units.first { $0.kind == "Tokenize" })
        let assembly = try #require(units.first { $0.kind == "AssembleVocabulary" })
        let set = try TokenizerSet.open(runner.path(assembly, "vocabulary"))
        let document = try TokenShardReader(runner.path(tokenize, "training.shards")).document(0)
        #expect(try set.decodeText(Array(document.tokens[1..<document.headerCount - 1])) == "do as you like")
    }

    @Test func `decoded actions are within half a bin of the demonstrated ones`() throws {
        let folder = try TemporaryDirectory()
        let runner = LocalPipeline(folder.path, ranks: 1)
        let units = try runner.run(Self.recipe(shards: 1, sensors: false)).graph.units
        let assembly = try #require(units.first { $0.kind == "AssembleVocabulary" })
        let set = try TokenizerSet.open(runner.path(assembly, "vocabulary"))
        let bins = try #require(set.actions.quantizer)
        #expect(set.vocabulary.streams.sensors.isEmpty && set.vocabulary.block(.sensor).count == 0)
        let tokenize = try #require(units.first { $0.kind == "Tokenize" })
        let tokens = try TokenShardReader(runner.path(tokenize, "training.shards"))
        let gather = try #require(units.first { $0.kind == "GatherShard" })
        let output = try #require(gather.outputs.first).name
        let episodes = try EpisodeShardReader(runner.path(gather, output))
        for number in 0..<min(3, tokens.count) {
            let document = try tokens.document(number)
            let episode = try episodes.episode(document.id, withFrames: false)
            for step in document.stepStarts.indices {
                let range = document.stepRange(step)
                let actions = try set.decodeActions(Array(document.tokens[range].suffix(episode.actions.columns)))
                for d in actions.indices {
                    let demonstrated = Double(episode.actions[step, d])
                    let clamped = min(bins.high[d], max(bins.low[d], demonstrated))
                    #expect(abs(Double(actions[d]) - clamped) <= 0.5001 * bins.binWidth(d))
                }
            }
        }
    }

    @Test func `actions as frequencies go from demonstrations to a policy`() throws {
        let folder = try TemporaryDirectory()
        let runner = LocalPipeline(folder.path, ranks: 1)
        let recipe = Recipe("chunks", seed: 3) {
            let split = Split(Gather(Simulate(episodes: 10, stepLimit: 20), shards: 2), validation: 0.3)
            let tokens = Tokenize(
                split, text: TrainTextTokenizer(split.training, vocabulary: 300),
                images: TrainImageTokenizer(
                    split.training, codes: 16, patch: 32, frames: 60, iterations: 3, decoderSteps: 10),
                actions: FitActionTokenizer(split.training, method: .fast(chunk: 5, scale: 10)))
            let policy = Train(
                tokens.training, validation: tokens.validation, width: 32, layers: 1, heads: 2, context: 96, batch: 4,
                microBatch: 2, steps: 4)
            Evaluate(policy, on: tokens.validation, rollouts: 1, stepLimit: 12)
            Generate(policy, from: tokens.validation, episodes: 1, steps: 2, given: 2)
        }
        let units = try runner.run(recipe).graph.units
        let fit = try #require(units.first { $0.kind == "FitActionTokenizer" })
        #expect((runner.figures["\(fit.name).tokens_per_chunk"] ?? 99) < 10)
        let tokenize = try #require(units.first { $0.kind == "Tokenize" })
        let reader = try TokenShardReader(runner.path(tokenize, "training.shards"))
        for number in 0..<reader.count {
            let document = try reader.document(number)
            #expect(document.chunk == 5 && document.stepStarts.count == (document.recordedSteps + 4) / 5)
        }
        let evaluate = try #require(units.first { $0.kind == "Evaluate" })
        #expect(runner.figures["\(evaluate.name).success"] != nil)
        let generate = try #require(units.first { $0.kind == "Generate" })
        let rollouts = String(
            decoding: try DurableFiles.read(runner.path(generate, "rollouts") + "/rollouts.json"), as: UTF8.self)
        #expect(rollouts.contains("\"predicted\""))
    }

    @Test func `chunks that cannot be are refused when the recipe is planned`() throws {
        func refusal(_ method: ScalarMethod, ofSensors: Bool) -> String {
            let recipe = Recipe("bad", seed: 1) {
                let training = Split(Gather(Simulate(episodes: 4))).training
                if ofSensors {
                    FitSensorTokenizer(training, method: method)
                } else {
                    FitActionTokenizer(training, method: method)
                }
            }
            let error = #expect(throws: RecipeError.self) {
                try recipe.compile(projectDirectory: "/nowhere") { _ in (Digest(of: "data"), 1) }
            }
            return error.map { "\($0)" } ?? ""
        }
        #expect(refusal(.fast(chunk: 0, scale: 1), ofSensors: false).contains("chunks of 1 to 1024 steps"))
        #expect(refusal(.fast(chunk: 4, scale: -1), ofSensors: false).contains("a scale above 0"))
        #expect(refusal(.fast(chunk: 4, scale: 1), ofSensors: true).contains("a sensor is seen"))
    }

    @Test func `equal recipes give equal bytes`() throws {
        let folder = try TemporaryDirectory()
        let first = try LocalPipeline(folder.path + "/one", ranks: 1).run(Self.recipe())
        let second = try LocalPipeline(folder.path + "/two", ranks: 1).run(Self.recipe())
        #expect(first.digests == second.digests)
        #expect(!first.digests.isEmpty)
    }
}
