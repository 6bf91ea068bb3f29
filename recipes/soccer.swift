import Orchestrator

// Robot soccer without pictures: one flat file of trajectories in D4RL's layout.
//   orchestrate submit recipes/soccer.swift --set data=../shared/data/d4rl_flat/soccer_trajectories.hdf5

let data = Parameter("data", default: "data/soccer.hdf5")
let seed = Parameter("seed", default: 17)

let steps = Parameter("steps", default: 400)
let width = Parameter("width", default: 128)
let layers = Parameter("layers", default: 3)
let context = Parameter("context", default: 256)
let rate = Parameter("rate", default: 1e-3)

let recipe = Recipe("soccer", seed: seed) {
    let demos = Ingest(data, layout: .d4rl, instruction: "take the ball to the goal")
    let split = Split(demos, validation: 0.1, test: 0.2, by: .episode)

    let words = TrainTextTokenizer(split.training, vocabulary: 288)
    let moves = FitActionTokenizer(split.training, bins: 256)
    let senses = FitSensorTokenizer(split.training, bins: 256)
    let tokens = Tokenize(split, text: words, actions: moves, sensors: senses)

    let policy = Train(
        tokens.training, validation: tokens.validation, width: width, layers: layers, context: context,
        learningRate: rate, batch: 16, microBatch: 4, steps: steps, ranks: 1...8)
    let evaluation = Evaluate(policy, on: tokens.test, rollouts: 0, ranks: 1...8)
    let model = Export(policy, as: [.safetensors])
    evaluation
    model
}
