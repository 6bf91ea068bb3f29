import Orchestrator

// From recorded demonstrations to an evaluated policy: the main job.
//   orchestrate submit recipes/pusht.swift --set data=my.hdf5 --set cameras=image --set sensors=

let data = Parameter("data", default: "data/demonstrations.hdf5")
let cameras = Parameter("cameras", default: ["agentview_image"])
let sensors = Parameter("sensors", default: ["agent_pos"])
let shards = Parameter("shards", default: 4)
let seed = Parameter("seed", default: 17)
// Actions of so many steps as frequencies behind one observation; 0: a bin for each number of every step.
let chunk = Parameter("chunk", default: 0)

let steps = Parameter("steps", default: 400)
let width = Parameter("width", default: 128)
let layers = Parameter("layers", default: 4)
let context = Parameter("context", default: 256)
let rate = Parameter("rate", default: 1e-3)

let recipe = Recipe("push-t", seed: seed) {
    let demos = Ingest(data, layout: .robomimic, cameras: cameras, sensors: sensors, shards: shards)
    let clean = Screen(demos, rejecting: [.nonFinite])
    let split = Split(clean, validation: 0.1, test: 0.15, by: .episode)

    let words = TrainTextTokenizer(split.training, vocabulary: 512)
    let codes = TrainImageTokenizer(split.training, codes: 512, patch: 16)
    let moves = FitActionTokenizer(
        split.training, bins: 256, method: chunk > 0 ? .fast(chunk: chunk, scale: 10) : .quantiles)
    let senses = FitSensorTokenizer(split.training, bins: 256)
    let tokens = Tokenize(split, text: words, images: codes, actions: moves, sensors: senses)

    let policy = Train(
        tokens.training, validation: tokens.validation, width: width, layers: layers, context: context,
        learningRate: rate, batch: 16, microBatch: 4, steps: steps, ranks: 1...8)
    let evaluation = Evaluate(policy, on: tokens.test, ranks: 1...8)
    let model = Export(policy, as: [.safetensors])
    evaluation
    model
}
