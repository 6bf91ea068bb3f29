import Orchestrator

// Demonstrations from the built-in simulator, as one HDF5 file in the robomimic layout.
//   orchestrate submit recipes/simulate.swift --set episodes=400

let episodes = Parameter("episodes", default: 240)
let noise = Parameter("noise", default: 1.0)

let recipe = Recipe("demonstrations", seed: 7) {
    Simulate(episodes: episodes, noise: noise).named("demonstrations")
}
