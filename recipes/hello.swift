import Orchestrator

// The smallest recipe: programs as units.   orchestrate submit recipes/hello.swift --set greeting=Servus

let greeting = Parameter("greeting", default: "Hello")

let recipe = Recipe("hello") {
    let names = Command(["printf", "%s\\n", "world", "ranks", "stranger"], standardOutput: "names.txt")

    // One unit for each turn: they run beside each other and are named after the loop's variable.
    for line in 1...3 {
        let hello = Command(
            ["sed", "-n", "\(line)s/.*/\(greeting), &!/p", "{input:names}"], inputs: ["names": names],
            standardOutput: "greeting.txt")
        // Read through a shell, so that `wc` does not print the path: outputs are equal in every store.
        Command(["sh", "-c", "wc -c < '{input:hello}'"], inputs: ["hello": hello], standardOutput: "length.txt")
            .named("length-\(line)")
    }
}
