import Determinism
import Recipes
import WorkGraph

/// Evaluates the declarations of one recipe file.
///
/// Errors are collected, not thrown: what depends on a broken value stays silent, the rest is still checked.
struct Evaluator {
    /// Expressions evaluated before a recipe is told to be too long; 10,000 units take about 100,000.
    static let longestEvaluation = 5_000_000
    /// Calls that make units.
    static let mostCalls = 100_000
    static let deepestNesting = 500
    static let longestText = 1 << 20
    static let longestList = 1 << 20
    static let mostDiagnostics = 50

    let catalogue: Catalogue
    let types: KnownTypes
    let text: RecipeText
    let settings: [(name: String, text: String)]

    var diagnostics: [RecipeDiagnostic] = []
    private var reported: Set<RecipeDiagnostic> = []
    var parameters: [ParameterRecord] = []
    var globals: [String: Global] = [:]
    var scopes: [Scope] = []
    /// The loops around the current statement: variable and the text of its value.
    var loops: [(variable: String, value: String)] = []
    /// Calls placed by the current statement, with the names their kinds give them.
    var placed: [(label: CallLabel, kind: String)] = []
    var roots: [Wiring] = []
    /// False in branches that are not taken: they are checked, but nothing of them counts.
    var isLive = true
    var isInsideRecipe = false
    var hasGivenUp = false
    private var work = 0
    var calls = 0
    var depth = 0

    /// A name in a scope.
    struct Binding {
        var value: Value
        let location: RecipeLocation
        /// Loop variables may go unused.
        let warnsWhenUnused: Bool
    }

    struct Scope {
        var bindings: [String: Binding] = [:]
    }

    enum GlobalState { case untouched, running, done(Value) }

    struct Global {
        let declaration: Declaration
        var state = GlobalState.untouched
    }

    /// Declarations that were seen and those that were read, by place: a body is evaluated many times in a loop.
    var declared: [RecipeLocation: String] = [:]
    var used: Set<RecipeLocation> = []

    init(catalogue: Catalogue, text: RecipeText, settings: [(name: String, text: String)]) {
        self.catalogue = catalogue
        self.text = text
        self.settings = settings
        types = KnownTypes(catalogue)
    }

    // MARK: Reporting

    /// Something that is wrong whatever the values are.
    mutating func report(
        _ message: String, at location: RecipeLocation, severity: RecipeDiagnostic.Severity = .error
    ) {
        guard diagnostics.count < Self.mostDiagnostics else {
            hasGivenUp = true
            return
        }
        let diagnostic = RecipeDiagnostic(severity, message, at: location)
        if reported.insert(diagnostic).inserted { diagnostics.append(diagnostic) }
    }

    /// Something that is wrong because of the values; in a branch that is not taken it does not matter.
    mutating func reportIfLive(_ message: String, at location: RecipeLocation) {
        if isLive { report(message, at: location) }
    }

    /// Counts one step of work; false when the recipe has used up what it may take.
    mutating func mayGoOn(at location: RecipeLocation, cost: Int = 1) -> Bool {
        if hasGivenUp { return false }
        work += cost
        if work > Self.longestEvaluation {
            report(
                "the recipe takes more than \(Self.longestEvaluation) steps to read; are the loops too long?",
                at: location)
            hasGivenUp = true
            return false
        }
        return true
    }

    // MARK: The file

    /// Evaluates everything and returns the file's recipe; `nil` when there is none or it is broken.
    mutating func evaluate(_ declarations: [Declaration]) -> Recipe? {
        for declaration in declarations {
            if let other = globals[declaration.name] {
                report(
                    "'\(declaration.name)' is declared twice; the first time on line \(other.declaration.location.line)",
                    at: declaration.location)
            } else {
                globals[declaration.name] = Global(declaration: declaration)
            }
        }
        var recipes: [(name: String, recipe: Recipe, location: RecipeLocation)] = []
        var isBroken = false
        for declaration in declarations {
            switch global(declaration.name) {
            case .recipe(let recipe)?: recipes.append((declaration.name, recipe, declaration.location))
            case .broken?: isBroken = true
            default: break
            }
        }
        warnOfUnusedNames(Set(recipes.map(\.location)))
        if !isBroken, diagnostics.allSatisfy({ $0.severity != .error }) { checkSettings() }
        if let only = recipes.first, recipes.count == 1 { return finished(only.recipe) }
        if let main = recipes.first(where: { $0.name == "recipe" }) { return finished(main.recipe) }
        if recipes.isEmpty, !isBroken, diagnostics.allSatisfy({ $0.severity != .error }) {
            report(
                "the file declares no recipe: let recipe = Recipe(\"name\") { … }",
                at: RecipeLocation(file: text.file, line: 1, column: 1))
        } else if let second = recipes.dropFirst().first {
            report("the file declares several recipes; name the one to run 'recipe'", at: second.location)
        }
        return nil
    }

    private func finished(_ recipe: Recipe) -> Recipe {
        Recipe(
            name: recipe.name, seed: recipe.seed, limits: recipe.limits, roots: recipe.roots, parameters: parameters,
            text: text)
    }

    private mutating func checkSettings() {
        let names = parameters.map(\.name)
        for setting in settings where !names.contains(setting.name) {
            diagnostics.append(ParameterRegistry.unknown(setting.name, among: names))
        }
    }

    private mutating func warnOfUnusedNames(_ recipes: Set<RecipeLocation>) {
        guard diagnostics.allSatisfy({ $0.severity != .error }) else { return }
        let places = declared.keys.sorted { ($0.line, $0.column) < ($1.line, $1.column) }
        for place in places where !used.contains(place) && !recipes.contains(place) {
            guard let name = declared[place] else { continue }
            report("'\(name)' is never used, so it is not part of the recipe", at: place, severity: .warning)
        }
    }

    /// The value of a top-level name, evaluated on first use, as Swift does with globals of a library.
    mutating func global(_ name: String) -> Value? {
        guard let global = globals[name] else { return nil }
        switch global.state {
        case .done(let value): return value
        case .running:
            report("'\(name)' is defined by itself", at: global.declaration.location)
            return .broken
        case .untouched:
            globals[name]?.state = .running
            declared[global.declaration.location] = name
            let outer = (scopes, loops, isInsideRecipe, isLive)
            (scopes, loops, isInsideRecipe, isLive) = ([], [], false, true)
            let value = evaluate(global.declaration)
            if case .handle(_, let wiring) = value { wiring.call.label.suggestName(name) }
            (scopes, loops, isInsideRecipe, isLive) = outer
            globals[name]?.state = .done(value)
            return value
        }
    }

    /// The value of a declaration, of the type that is written if one is.
    mutating func evaluate(_ declaration: Declaration) -> Value {
        guard let written = declaration.type else {
            return evaluate(declaration.value, expecting: nil)
        }
        guard let type = types.resolve(written, report: { report($0, at: $1) }) else {
            _ = evaluate(declaration.value, expecting: nil)
            return .broken
        }
        let value = evaluate(declaration.value, expecting: type)
        guard !value.isBroken else { return .broken }
        guard value.fits(type) else {
            report(
                "'\(declaration.name)' is declared as \(type), but its value is \(value.typeName)",
                at: declaration.value.location)
            return .broken
        }
        return value.wrapped(for: type)
    }
}

extension Value {
    /// An optional where one is declared, so that later uses see the declared type.
    func wrapped(for type: RecipeType) -> Value {
        guard case .optional(let inner) = type else { return self }
        if case .optional = self { return self }
        return .optional(self, of: inner)
    }
}
