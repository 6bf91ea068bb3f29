import Orchestrator

// What scripts/prove-faults kills again and again: small units in packs, a large output, a gang that trains with checkpoints, and what follows.

let steps = Parameter("steps", default: 40)

let recipe = Recipe("faults", seed: 5) {
    let demos = Gather(Simulate(episodes: 12), shards: 2)
    let split = Split(demos, validation: 0.2, by: .episode)
    let words = TrainTextTokenizer(split.training, vocabulary: 300)
    let moves = FitActionTokenizer(split.training, bins: 32)
    let tokens = Tokenize(split, text: words, actions: moves)
    let policy = Train(
        tokens.training, validation: tokens.validation, width: 32, layers: 2, heads: 2, context: 64, batch: 8, microBatch: 2, steps: steps,
        checkpointEvery: 5, ranks: 1...3)
    let model = Export(policy, as: [.safetensors])
    for size in [20000000, 30000000, 40000000] {
        Command(["head", "-c", "\(size)", "/dev/zero"], standardOutput: "zeros")
    }
    for number in 1...20 {
        Command(["echo", "\(number)"], standardOutput: "number")
    }
    model
}
