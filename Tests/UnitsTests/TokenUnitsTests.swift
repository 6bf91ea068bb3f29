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
            let codes = TrainImageTokenizer(split.training, codes: 48, patch: 16, frames: 200, iterations: 4)
            let moves = FitActionTokenizer(split.training, bins: 64)
            let touch = sensors ? FitSensorTokenizer(split.training, sensors: ["agent_pos"], bins: 32) : nil
            Tokenize(split, text: words, images: codes, actions: moves, sensors: touch).named("tokens")
        }
    }

    @Test func `every episode becomes one document of its part, in the shard of its demonstrations`() throws {
        let runner = try SoloRunner()
        let units = try runner.run(Self.recipe())
        let tokenize = units.filter { $0.kind == "Tokenize" }
        #expect(tokenize.map(\.name) == ["tokens/shard-0", "tokens/shard-1", "tokens/shard-2"])
        let assembly = try #require(units.first { $0.kind == "AssembleVocabulary" })
        #expect(assembly.name == "tokens/vocabulary")
        let set = try TokenizerSet.open(runner.output("vocabulary", of: assembly.key))
        let split = try #require(units.first { $0.kind == "Split" })
        var documents = 0
        for part in ["training", "validation", "test"] {
            let selection = try EpisodeSelection.read(runner.output("\(part).selection", of: split.key))
            for (shard, unit) in tokenize.enumerated() {
                let reader = try TokenShardReader(
                    runner.output("\(part).shards", of: unit.key), vocabulary: set.vocabulary.digest)
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
        #expect((runner.figures["image_psnr_db"] ?? 0) > 20)
    }

    @Test func `decoded actions are within half a bin of the demonstrated ones`() throws {
        let runner = try SoloRunner()
        let units = try runner.run(Self.recipe(shards: 1, sensors: false))
        let assembly = try #require(units.first { $0.kind == "AssembleVocabulary" })
        let set = try TokenizerSet.open(runner.output("vocabulary", of: assembly.key))
        #expect(set.vocabulary.streams.sensors.isEmpty && set.vocabulary.block(.sensor).count == 0)
        let tokenize = try #require(units.first { $0.kind == "Tokenize" })
        let tokens = try TokenShardReader(runner.output("training.shards", of: tokenize.key))
        let gather = try #require(units.first { $0.kind == "GatherShard" })
        let output = try #require(gather.outputs.first).name
        let episodes = try EpisodeShardReader(runner.output(output, of: gather.key))
        for number in 0..<min(3, tokens.count) {
            let document = try tokens.document(number)
            let episode = try episodes.episode(document.id, withFrames: false)
            for step in document.stepStarts.indices {
                let range = document.stepRange(step)
                let actions = try set.decodeActions(Array(document.tokens[range].suffix(episode.actions.columns)))
                for d in actions.indices {
                    let demonstrated = Double(episode.actions[step, d])
                    let clamped = min(set.actions.high[d], max(set.actions.low[d], demonstrated))
                    #expect(abs(Double(actions[d]) - clamped) <= 0.5001 * set.actions.binWidth(d))
                }
            }
        }
    }

    @Test func `equal recipes give equal bytes, and shards of other sizes give the same documents`() throws {
        func digests(_ runner: SoloRunner, _ units: [WorkUnit]) throws -> [Digest] {
            try units.filter { ["Tokenize", "AssembleVocabulary", "TrainImageTokenizer"].contains($0.kind) }.flatMap {
                unit in
                try unit.outputs.map { try DurableFiles.treeDigest(runner.output($0.name, of: unit.key)).digest }
            }
        }
        let one = try SoloRunner()
        let two = try SoloRunner()
        let first = try one.run(Self.recipe())
        let second = try two.run(Self.recipe())
        #expect(try digests(one, first) == digests(two, second))
    }
}

@Suite("Tokens of recorded demonstrations")
struct RecordedTokensTests {
    /// Held-out quality on the recorded PushT demonstrations; a tokenizer trained by k-means on unique patches reaches 30.4 dB at 144.
    @Test(
        "pictures of recorded demonstrations are decoded well",
        .enabled(if: SharedData.path != nil, "the shared data is not beside this checkout"),
        arguments: [(16, 28.8), (8, 31.8)])
    func quality(patch: Int, expected: Double) throws {
        let data = try #require(SharedData.path) + "/pusht/pusht_image.hdf5"
        let runner = try SoloRunner()
        let clock = ContinuousClock()
        let recipe = Recipe("pusht", seed: 17) {
            let split = Split(
                Ingest(data, layout: .robomimic, cameras: ["agentview_image"], sensors: ["agent_pos"], shards: 2),
                validation: 0.1)
            let words = TrainTextTokenizer(split.training)
            let codes = TrainImageTokenizer(split.training, codes: 512, patch: patch)
            let moves = FitActionTokenizer(split.training)
            Tokenize(split, text: words, images: codes, actions: moves)
        }
        let seconds = try clock.measure { _ = try runner.run(recipe) }
        let decibels = try #require(runner.figures["image_psnr_db"])
        #expect(decibels > expected)
        print("patch \(patch): \(decibels) dB held out; the whole recipe took \(seconds)")
        for line in runner.lines { print("  " + line) }
    }
}
