import ArgumentParser
import Determinism
import DurableFiles
import Episodes
import Foundation
import Ledger
import RecipeLanguage
import Recipes
import WorkGraph

/// Writes a recipe to start from.
struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write a recipe that plans: for a file of demonstrations, or for simulated ones.",
        discussion: """
            The file's headers tell which cameras and sensors there are. Prints the path of the recipe.

            Examples:
              orchestrate init
              orchestrate init --data demos.hdf5
              orchestrate init --data demos.hdf5 my-recipe.swift
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "Where to write the recipe.", completion: .file(extensions: ["swift"]))
    var output = "recipe.swift"

    @Option(
        help: ArgumentHelp("Demonstrations in the robomimic layout.", valueName: "file"),
        completion: .file(extensions: ["hdf5", "h5"]))
    var data: String?

    @Flag(help: "Replace the recipe if there is one.")
    var force = false

    func run() throws {
        let project = FileManager.default.currentDirectoryPath
        let path = output.hasPrefix("/") ? output : project + "/" + output
        guard force || !FileManager.default.fileExists(atPath: path) else {
            throw InitError(
                message: "'\(output)' is there already; name another file or use --force",
                exitCode: Determinism.ExitCode.cannotCreate)
        }
        let template = try RecipeTemplate(data: data, project: project)
        // What is written must plan here and now.
        let digests = SourceDigests(StoreLayout(options.storePath))
        let recipe = try RecipeReader(catalogue: Program.current.catalogue)
            .read(RecipeText(file: output, content: template.text))
        let compiled = try recipe.compile(projectDirectory: project) { try digests.digest($0) }
        try DurableFiles.write(Array(template.text.utf8), to: path)
        if options.json {
            try JSONOutput.print(InitReport(recipe: path, units: compiled.graph.units.count))
        } else {
            print(output)
            if !options.quiet {
                Narration.line("\(compiled.graph.units.count) units; next: \(Program.current.name) plan \(output)")
            }
        }
    }
}

/// The JSON form of what was written.
private struct InitReport: Encodable {
    let schema = 1
    let recipe: String
    let units: Int
}

/// A recipe that cannot be written.
struct InitError: Error, CustomStringConvertible, ExitCoded {
    let message: String
    let exitCode: Int32
    var description: String { message }
}

/// The text of a first recipe, fitted to data.
struct RecipeTemplate {
    let text: String

    /// - Throws: ``InitError`` (66) when the file is missing, `EpisodeError` (65) when it cannot be used.
    init(data: String?, project: String) throws {
        guard let data else {
            text = Self.recipe(
                name: "first", parameters: "let episodes = Parameter(\"episodes\", default: 100)",
                demonstrations: "Gather(Simulate(episodes: episodes), sensors: [\"agent_pos\"], shards: 2)",
                hasPictures: true, hasSensors: true, patch: 16)
            return
        }
        let path = data.hasPrefix("/") ? data : project + "/" + data
        guard FileManager.default.fileExists(atPath: path) else {
            throw InitError(message: "there is no file '\(data)'", exitCode: Determinism.ExitCode.missingInput)
        }
        let header = try DemonstrationHeader.scan(path)
        let streams = try StreamChoice().schema(of: header).streams
        let cameras = streams.cameras.map(\.name)
        let sensors = streams.sensors.map(\.name)
        var parameters = ["let data = Parameter(\"data\", default: \(Self.literal(data)))"]
        for (name, values) in [("cameras", cameras), ("sensors", sensors)] where !values.isEmpty {
            parameters.append("let \(name) = Parameter(\"\(name)\", default: \(Self.literal(values)))")
        }
        let arguments =
            ["data", "layout: .\(header.layout.rawValue)"] + (cameras.isEmpty ? [] : ["cameras: cameras"])
            + (sensors.isEmpty ? [] : ["sensors: sensors"]) + ["shards: \(header.episodes.count >= 8 ? 4 : 1)"]
        let name = ((data as NSString).lastPathComponent as NSString).deletingPathExtension
        text = Self.recipe(
            name: name, parameters: parameters.joined(separator: "\n"),
            demonstrations: "Ingest(\(arguments.joined(separator: ", ")))", hasPictures: !cameras.isEmpty,
            hasSensors: !sensors.isEmpty, patch: Self.patch(for: streams.cameras))
    }

    /// The largest of the usual patch sizes that divides every camera's pictures.
    private static func patch(for cameras: [CameraStream]) -> Int {
        [16, 8, 4, 2].first { size in cameras.allSatisfy { $0.height % size == 0 && $0.width % size == 0 } } ?? 1
    }

    private static func literal(_ text: String) -> String {
        var escaped = ""
        for character in text.unicodeScalars {
            switch character {
            case "\"": escaped += "\\\""
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return "\"\(escaped)\""
    }

    private static func literal(_ names: [String]) -> String {
        "[" + names.map { literal($0) }.joined(separator: ", ") + "]"
    }

    private static func recipe(
        name: String, parameters: String, demonstrations: String, hasPictures: Bool, hasSensors: Bool, patch: Int
    ) -> String {
        var tokenizers = ["    let words = TrainTextTokenizer(split.training, vocabulary: 512)"]
        var wires = ["split", "text: words"]
        if hasPictures {
            tokenizers.append("    let codes = TrainImageTokenizer(split.training, codes: 256, patch: \(patch))")
            wires.append("images: codes")
        }
        tokenizers.append("    let moves = FitActionTokenizer(split.training)")
        wires.append("actions: moves")
        if hasSensors {
            tokenizers.append("    let senses = FitSensorTokenizer(split.training)")
            wires.append("sensors: senses")
        }
        return """
            import Orchestrator

            \(parameters)
            let steps = Parameter("steps", default: 200)

            let recipe = Recipe(\(literal(name)), seed: 17) {
                let demos = \(demonstrations)
                let clean = Screen(demos, rejecting: [.nonFinite])
                let split = Split(clean, validation: 0.1, test: 0.1, by: .episode)

            \(tokenizers.joined(separator: "\n"))
                let tokens = Tokenize(\(wires.joined(separator: ", ")))

                let policy = Train(
                    tokens.training, validation: tokens.validation, width: 96, layers: 3, heads: 3, learningRate: 1e-3,
                    batch: 8, microBatch: 4, steps: steps, ranks: 1...4)
                Evaluate(policy, on: tokens.test)
                Export(policy, as: [.safetensors])
            }

            """
    }
}
