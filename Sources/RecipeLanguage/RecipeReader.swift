import Determinism
public import Recipes
import WorkGraph

/// Reads recipe files: Swift text, of which a well-defined part is evaluated without a compiler.
///
/// `Documentation/RecipeLanguage.md` lists what is read. Everything that is wrong is found in one go where that is
/// possible, with file, line, column and caret; no text crashes the reader or keeps it busy for long.
public struct RecipeReader: Sendable {
    private let catalogue: Catalogue

    /// A reader of recipes that call the kinds of `catalogue`.
    public init(catalogue: Catalogue) {
        self.catalogue = catalogue
    }

    /// Evaluates a recipe file.
    ///
    /// - Parameters:
    ///   - text: the file's content and the name that diagnostics give it.
    ///   - settings: what `--set name=value` says, in order; the last one of a name counts.
    /// - Returns: the recipe, whose warnings come out of its compilation.
    /// - Throws: ``RecipeError`` with everything that is wrong.
    public func read(_ text: RecipeText, settings: [(name: String, text: String)] = []) throws -> Recipe {
        if let problem = Nesting.problem(in: text) { throw RecipeError([problem.showing(text)]) }
        let result = DeepStack.run { [catalogue] in
            Result { try Self.read(text, settings: settings, catalogue: catalogue) }
        }
        guard let result else { throw RecipeError([RecipeDiagnostic(.error, "no memory to read the recipe")]) }
        return try result.get()
    }

    private static func read(
        _ text: RecipeText, settings: [(name: String, text: String)], catalogue: Catalogue
    ) throws -> Recipe {
        let (declarations, problems) = Lowering.declarations(of: text)
        // A file that does not even parse says enough; more would follow from that.
        if declarations.isEmpty, problems.contains(where: { $0.severity == .error }) {
            throw RecipeError(problems.map { $0.showing(text) })
        }
        var evaluator = Evaluator(catalogue: catalogue, text: text, settings: settings)
        let recipe = evaluator.evaluate(declarations)
        let all =
            (problems.filter { $0.severity != .note } + evaluator.diagnostics).sortedByPlace
            + problems.filter { $0.severity == .note }
        let shown = all.map { $0.showing(text) }
        guard let recipe, !shown.contains(where: { $0.severity == .error }) else { throw RecipeError(shown) }
        return Recipe(
            name: recipe.name, seed: recipe.seed, limits: recipe.limits, roots: recipe.roots,
            parameters: recipe.parameters, text: text, problems: shown)
    }
}

extension [RecipeDiagnostic] {
    /// In the order of the file; what has no place comes last.
    fileprivate var sortedByPlace: [RecipeDiagnostic] {
        enumerated().sorted { left, right in
            func rank(_ item: (offset: Int, element: RecipeDiagnostic)) -> (Int, Int, Int) {
                (item.element.location?.line ?? .max, item.element.location?.column ?? .max, item.offset)
            }
            return rank(left) < rank(right)
        }.map(\.element)
    }
}
