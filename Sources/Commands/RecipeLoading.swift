import ArgumentParser
import Determinism
import Foundation
import Ledger
import RecipeLanguage
import Recipes
import WorkGraph

/// Which recipe a command works on, and with which parameters.
struct RecipeOptions: ParsableArguments {
    @Argument(
        help: "The recipe file; programs with a recipe of their own need none.",
        completion: .file(extensions: ["swift"]))
    var recipe: String?

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("Set a parameter of the recipe; may be repeated.", valueName: "name=value"))
    var settings: [String] = []

    func validate() throws {
        for setting in settings where !setting.contains("=") || setting.hasPrefix("=") {
            throw ValidationError("--set takes name=value, such as --set steps=1200, not '\(setting)'")
        }
    }

    /// The settings as pairs, in order.
    var pairs: [(name: String, text: String)] {
        settings.compactMap { setting in
            guard let equals = setting.firstIndex(of: "=") else { return nil }
            return (String(setting[..<equals]), String(setting[setting.index(after: equals)...]))
        }
    }
}

/// A recipe that was read and compiled, with what a run's record and lock need of it.
struct LoadedRecipe {
    let recipe: Recipe
    let compiled: CompiledRecipe
    /// Absolute path of the file; empty for a recipe compiled into the program.
    let path: String
    /// Folder against which relative paths of the recipe are resolved.
    let projectDirectory: String

    var graph: WorkGraph { compiled.graph }

    /// Parameters as a person would write them, by name.
    var parameters: [String: String] {
        Dictionary(compiled.parameters.map { ($0.name, $0.value.plainText) }, uniquingKeysWith: { first, _ in first })
    }
}

/// From a recipe file, or the program's own recipe, to a graph: the one way for every command.
enum RecipeLoading {
    /// Reads and compiles, tells warnings on standard error, and keeps what was learnt of source files in the store.
    ///
    /// - Throws: ``RecipeError`` (78, or 66 and 65 for missing and bad data).
    static func load(_ options: RecipeOptions, _ global: GlobalOptions) throws -> LoadedRecipe {
        let project = FileManager.default.currentDirectoryPath
        let (recipe, path) = try read(options, project: project)
        let digests = SourceDigests(StoreLayout(global.storePath))
        let progress = HashingProgress(isQuiet: global.quiet || global.json)
        let compiled = try recipe.compile(projectDirectory: project) { source in
            try digests.digest(source) { done, total in progress.tell(source, done, total) }
        }
        // A store that cannot be written costs time the next time, no more.
        try? digests.save()
        if !global.quiet { for warning in compiled.warnings { Narration.line(warning.description) } }
        return LoadedRecipe(recipe: recipe, compiled: compiled, path: path, projectDirectory: project)
    }

    private static func read(_ options: RecipeOptions, project: String) throws -> (Recipe, path: String) {
        guard let file = options.recipe else {
            guard let make = Program.current.recipe else {
                throw ValidationError("name a recipe file, such as recipes/hello.swift; 'init' writes one")
            }
            // Parameters of compiled recipes read `--set` themselves, when they are declared.
            return (make(), "")
        }
        let path = file.hasPrefix("/") ? file : project + "/" + file
        guard let bytes = FileManager.default.contents(atPath: path) else {
            var isFolder: ObjCBool = false
            let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
            let what =
                isFolder.boolValue
                ? "'\(file)' is a folder" : exists ? "'\(file)' cannot be read" : "there is no recipe '\(file)'"
            throw RecipeError([
                RecipeDiagnostic(
                    .error, what + nearbyHint(file, project: project), exitCode: Determinism.ExitCode.missingInput)
            ])
        }
        guard let content = String(bytes: bytes, encoding: .utf8) else {
            throw RecipeError([RecipeDiagnostic(.error, "'\(file)' is not UTF-8 text")])
        }
        let text = RecipeText(file: file, content: content)
        let recipe = try RecipeReader(catalogue: Program.current.catalogue).read(text, settings: options.pairs)
        return (recipe, path)
    }

    private static func nearbyHint(_ file: String, project: String) -> String {
        var candidates: [String] = []
        for folder in ["", "recipes"] {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: project + "/" + folder)) ?? []
            candidates += names.filter { $0.hasSuffix(".swift") && $0 != "Package.swift" }.sorted()
                .map { folder.isEmpty ? $0 : folder + "/" + $0 }
        }
        let name = (file as NSString).lastPathComponent
        if let same = candidates.first(where: { ($0 as NSString).lastPathComponent == name }) {
            return "; there is '\(same)'"
        }
        let hint = NearestName.hint(file, among: candidates)
        return hint.isEmpty ? "; 'init' writes one" : "." + hint
    }
}

/// Tells on standard error how far the digest of a large file is.
private final class HashingProgress: Sendable {
    private let isQuiet: Bool
    private let start = Date()

    init(isQuiet: Bool) { self.isQuiet = isQuiet || !Narration.isInteractive }

    func tell(_ path: String, _ done: Int, _ total: Int) {
        // Small files are digested before anybody could read the line.
        guard !isQuiet, total > 64 << 20, Date().timeIntervalSince(start) > 0.5 else { return }
        let percent = total > 0 ? done * 100 / total : 100
        let end = done >= total ? "\r\u{1B}[K" : ""
        FileHandle.standardError.write(Data("\r\u{1B}[Kdigest of \(path): \(percent) %\(end)".utf8))
    }
}
