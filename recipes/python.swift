import Orchestrator

// Anybody's training as a unit: a Python script that saves checkpoints and goes on from them.
//   orchestrate submit recipes/python.swift --set steps=4000

let steps = Parameter("steps", default: 2000)

let recipe = Recipe("python", seed: 17) {
    let table = Command(
        ["python3", "recipes/python/table.py", "--rows", "500", "--out", "{output:table.csv}"], outputs: ["table.csv"])

    for rate in [0.1, 0.02] {
        let model = Command(
            [
                "python3", "recipes/python/train.py", "--table", "{input:table}", "--steps", "\(steps)",
                "--rate", "\(rate)", "--out", "{output:model.json}",
            ],
            inputs: ["table": table], outputs: ["model.json"], timeLimit: 10.minutes, retry: 1)
        Command(["python3", "-m", "json.tool", "{input:model}"], inputs: ["model": model], standardOutput: "model.txt")
    }
}
