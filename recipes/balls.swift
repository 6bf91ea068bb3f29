import Orchestrator

// Coloured balls that bounce, one of them pushed: a world model, judged by the frames it expects.
//   orchestrate submit recipes/balls.swift --set data=../shared/data/balls/balls_train.hdf5

let data = Parameter("data", default: "data/balls.hdf5")
let shards = Parameter("shards", default: 2)
let seed = Parameter("seed", default: 17)

let steps = Parameter("steps", default: 400)
let width = Parameter("width", default: 128)
let layers = Parameter("layers", default: 4)
let context = Parameter("context", default: 288)
let rate = Parameter("rate", default: 1e-3)

let recipe = Recipe("balls", seed: seed) {
    // How wide the balls' state is depends on their number, so it cannot be one sensor.
    let demos = Ingest(data, layout: .robomimic, cameras: ["image"], sensors: ["wall_hits"], shards: shards)
    let clean = Screen(demos, rejecting: [.nonFinite])
    let split = Split(clean, by: .filterKeys(training: "train", validation: "valid", test: "test"))

    let words = TrainTextTokenizer(split.training, vocabulary: 384)
    let codes = TrainImageTokenizer(split.training, codes: 512, patch: 8)
    let pushes = FitActionTokenizer(split.training, bins: 64)
    let tokens = Tokenize(split, text: words, images: codes, actions: pushes)

    let model = Train(
        tokens.training, validation: tokens.validation, width: width, layers: layers, context: context,
        learningRate: rate, batch: 16, microBatch: 4, steps: steps, ranks: 1...8)
    let evaluation = Evaluate(model, on: tokens.test, rollouts: 0, ranks: 1...8)
    evaluation
}
