import Orchestrator

// Two arms hand over a cube: a folder of ALOHA recordings, a file per episode, raw, deflated or JPEG.
//   orchestrate submit recipes/aloha.swift --set data=../shared/data/aloha_transfer

let data = Parameter("data", default: "data/aloha")
let cameras = Parameter("cameras", default: ["top"])
let sensors = Parameter("sensors", default: ["qpos"])
let shards = Parameter("shards", default: 2)
let seed = Parameter("seed", default: 17)

let steps = Parameter("steps", default: 400)
let width = Parameter("width", default: 128)
let layers = Parameter("layers", default: 4)
let context = Parameter("context", default: 320)
let rate = Parameter("rate", default: 1e-3)

let recipe = Recipe("aloha", seed: seed) {
    let demos = Ingest(data, layout: .aloha, cameras: cameras, sensors: sensors, shards: shards)
    let clean = Screen(demos, rejecting: [.nonFinite, .failed])
    let split = Split(clean, validation: 0.1, test: 0.15, by: .episode)

    let words = TrainTextTokenizer(split.training, vocabulary: 384)
    let codes = TrainImageTokenizer(split.training, codes: 512, patch: 16)
    let moves = FitActionTokenizer(split.training, bins: 256)
    let senses = FitSensorTokenizer(split.training, bins: 256)
    let tokens = Tokenize(split, text: words, images: codes, actions: moves, sensors: senses)

    let policy = Train(
        tokens.training, validation: tokens.validation, width: width, layers: layers, context: context,
        learningRate: rate, batch: 16, microBatch: 4, steps: steps, ranks: 1...8)
    let evaluation = Evaluate(policy, on: tokens.test, rollouts: 0, ranks: 1...8)
    let model = Export(policy, as: [.safetensors])
    evaluation
    model
}
