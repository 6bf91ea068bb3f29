import Determinism
import DurableFiles
import Foundation
import Recipes
import TestSupport
import Testing
import Training
import Units
import WorkGraph

@Suite("From demonstrations to an exported policy")
struct PolicyPipelineTests {
    static func recipe(_ data: String) -> Recipe {
        Recipe("tiny", seed: 5) {
            let split = Split(Ingest(data, shards: 2), validation: 0.2)
            let tokens = Tokenize(
                split, text: TrainTextTokenizer(split.training, vocabulary: 300),
                images: TrainImageTokenizer(
                    split.training, codes: 16, patch: 32, frames: 60, iterations: 3, decoderSteps: 10),
                actions: FitActionTokenizer(split.training, bins: 32))
            let other = Tokenize(
                Split(Ingest(data, shards: 1), validation: 0.2),
                text: TrainTextTokenizer(split.training, vocabulary: 300),
                images: TrainImageTokenizer(
                    split.training, codes: 16, patch: 32, frames: 60, iterations: 3, decoderSteps: 10),
                actions: FitActionTokenizer(split.training, bins: 32))
            let policy = Train(
                tokens.training, validation: tokens.validation, mixing: ["other": other.training],
                shares: ["tokens": 2, "other": 1], curriculum: [.from(step: 5, shares: ["other": 1])], width: 32,
                layers: 1, heads: 2, context: 96, batch: 6,
                microBatch: 2, steps: 8, evaluateEvery: 4, checkpointEvery: 3, ranks: 1...3)
            Evaluate(policy, on: tokens.validation, rollouts: 2, stepLimit: 6, ranks: 1...3)
            Generate(policy, from: tokens.validation, episodes: 1, steps: 3)
            Export(policy, as: [.safetensors])
        }
    }

    @Test("every artifact has the same digest on one rank and on three")
    func anyRanks() throws {
        let folder = try TemporaryDirectory()
        let simulated = LocalPipeline(folder.path + "/simulated", ranks: 1)
        let made = try simulated.run(Recipe("data", seed: 2) { Simulate(episodes: 10, stepLimit: 20) })
        let unit = try #require(made.graph.units.first)
        let data = folder.path + "/demos.hdf5"
        try FileManager.default.copyItem(atPath: simulated.path(unit, "demonstrations"), toPath: data)

        let one = LocalPipeline(folder.path + "/one", ranks: 1)
        let three = LocalPipeline(folder.path + "/three", ranks: 3)
        let truth = try one.run(Self.recipe(data))
        #expect(try three.run(Self.recipe(data)).digests == truth.digests)
        for kind in ["Train", "Evaluate", "Generate", "Export"] {
            #expect(truth.graph.units.contains { $0.kind == kind })
        }
        // Six sequences a step, two thirds of them the first source's until the other one is alone.
        let train = try #require(truth.graph.units.first { $0.kind == "Train" })
        let records = StepRecord.lines(try DurableFiles.read(one.path(train, "checkpoint") + "/metrics.jsonl"))
        #expect(records.prefix(4).allSatisfy { $0.sources == ["tokens": 4, "other": 2] }, "\(records.map(\.sources))")
        #expect(records.suffix(4).allSatisfy { $0.sources == ["tokens": 0, "other": 6] })
        let evaluate = try #require(truth.graph.units.first { $0.kind == "Evaluate" })
        let figures = try read(one.path(evaluate, "evaluation"))
        #expect(figures["closedLoop"] != nil && figures["actionImprovement"] != nil)
        let generate = try #require(truth.graph.units.first { $0.kind == "Generate" })
        let imagined = try read(one.path(generate, "rollouts") + "/rollouts.json")
        // The report draws both by these names.
        for traces in [figures["traces"], imagined["traces"]] {
            let trace = try #require((traces as? [[String: Any]])?.first)
            #expect(trace["episode"] is String && trace["dimensions"] as? [String] == ["action_0", "action_1"])
            for rows in [trace["recorded"], trace["predicted"]] {
                #expect((rows as? [[Double]])?.first?.count == 2)
            }
        }
        // Demonstrated actions are written as they were recorded, not as their tokens tell them.
        let both = [figures, imagined].map { ($0["traces"] as? [[String: Any]])?.first }
        let starts = both.map { ($0?["recorded"] as? [[Double]])?.first ?? [] }
        #expect(both[0]?["episode"] as? String == both[1]?["episode"] as? String)
        #expect(zip(starts[0], starts[1]).allSatisfy { abs($0 - $1) < 1e-6 })
        #expect(one.figures == three.figures)
    }

    /// The object in a JSON file.
    private func read(_ path: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(try DurableFiles.read(path))) as? [String: Any])
    }

    @Test("impossible numbers are refused when the recipe is planned")
    func refused() throws {
        func plan(_ change: @escaping (TokenShards) -> Checkpoint) throws {
            let recipe = Recipe("bad", seed: 1) {
                let split = Split(Gather(Simulate(episodes: 4)))
                let tokens = Tokenize(
                    split, text: TrainTextTokenizer(split.training), actions: FitActionTokenizer(split.training))
                Export(change(tokens.training))
            }
            _ = try recipe.compile(projectDirectory: "/nowhere") { _ in (Digest(of: "data"), 1) }
        }
        try plan { Train($0, validation: $0, samplesEvery: 2) }
        let cases: [(String, (TokenShards) -> Checkpoint)] = [
            ("batch 10 is not a multiple of microBatch 4", { Train($0, batch: 10, microBatch: 4) }),
            ("width 130 over 4 heads", { Train($0, width: 130) }),
            ("keyValueHeads 3 does not divide heads 4", { Train($0, keyValueHeads: 3) }),
            ("there is nothing to mix", { Train($0, shares: ["tokens": 1]) }),
            ("shares: [\"tokens\": 1, \"more\": 1]", { Train($0, mixing: ["more": $0]) }),
            (
                "'much' is not one of the sources: tokens, more",
                { Train($0, mixing: ["more": $0], shares: ["much": 1]) }
            ),
            ("'more' has no share at any step", { Train($0, mixing: ["more": $0], shares: ["tokens": 1]) }),
            (
                "steps 1, 1",
                {
                    Train(
                        $0, mixing: ["more": $0], shares: ["tokens": 1, "more": 1],
                        curriculum: [.from(step: 1, shares: ["more": 1])])
                }
            ),
            ("'more' is a Checkpoint", { Train($0, mixing: ["more": Train($0)], shares: ["tokens": 1, "more": 1]) }),
            ("give validation: too", { Train($0, samplesEvery: 2) }),
        ]
        for (message, call) in cases {
            let error = #expect(throws: RecipeError.self) { try plan(call) }
            #expect("\(error.map { "\($0)" } ?? "")".contains(message))
        }
    }
}
