import Determinism
import Foundation
import RecipeLanguage
import Recipes
import WorkGraph

/// Reads and compiles texts in a folder that holds one file, `rows.csv`.
enum Reading {
    static let folder: String = {
        let path = NSTemporaryDirectory() + "recipe-reading-\(getpid())"
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        _ = FileManager.default.createFile(atPath: path + "/rows.csv", contents: Data("a,b\n1,2\n".utf8))
        return path
    }()

    static func recipe(_ text: String, set settings: [(name: String, text: String)] = []) throws -> Recipe {
        try RecipeReader(catalogue: .toys).read(RecipeText(file: "toy.swift", content: text), settings: settings)
    }

    static func compile(_ recipe: Recipe) throws -> CompiledRecipe {
        try recipe.compile(projectDirectory: folder) {
            (Digest(of: "content of " + ($0 as NSString).lastPathComponent), 8)
        }
    }

    static func graph(_ text: String, set settings: [(name: String, text: String)] = []) throws -> WorkGraph {
        try compile(recipe(text, set: settings)).graph
    }

    /// A recipe around some statements, which see `table` and `cut`.
    static func body(_ statements: String) -> String {
        """
        let recipe = Recipe("toy", seed: 17) {
            let table = Load("rows.csv")
            let cut = Cut(table)
            \(statements)
        }
        """
    }

    /// What is wrong with a text, each as `line:column message`.
    static func problems(_ text: String, set settings: [(name: String, text: String)] = []) -> [String] {
        do {
            let compiled = try compile(recipe(text, set: settings))
            return compiled.warnings.map(line)
        } catch let error as RecipeError {
            return error.diagnostics.map(line)
        } catch {
            return ["\(error)"]
        }
    }

    private static func line(_ diagnostic: RecipeDiagnostic) -> String {
        let place = diagnostic.location.map { "\($0.line):\($0.column) " } ?? ""
        return place + (diagnostic.severity == .error ? "" : "\(diagnostic.severity.rawValue): ") + diagnostic.message
    }
}
