import Orchestrator

// Learning rates and widths on one set of tokens: what they share is made once.
//   orchestrate runs --sort action_error     ranks what came out

let episodes = Parameter("episodes", default: 80)
let steps = Parameter("steps", default: 60)

let recipe = Recipe("sweep", seed: 17) {
    let demos = Gather(Simulate(episodes: episodes), sensors: ["agent_pos"], shards: 2)
    let split = Split(demos, validation: 0.1, test: 0.2, by: .episode)
    let tokens = Tokenize(
        split,
        text: TrainTextTokenizer(split.training, vocabulary: 384),
        images: TrainImageTokenizer(split.training, codes: 256, patch: 16),
        actions: FitActionTokenizer(split.training),
        sensors: FitSensorTokenizer(split.training))

    for width in [64, 96] {
        for rate in [3e-3, 1e-3, 3e-4] {
            let policy = Train(
                tokens.training, validation: tokens.validation, width: width, layers: width / 32,
                learningRate: rate, batch: 8, microBatch: 4, steps: steps, ranks: 1...2)
            Evaluate(policy, on: tokens.test, rollouts: 0)
        }
    }
}
