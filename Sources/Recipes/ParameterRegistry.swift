import Determinism
import Synchronization

/// The parameters of recipes built in Swift: declared anywhere, set by `--set name=value` on the command line.
///
/// `Parameter` returns a plain value, so it has to know the command line before any command is parsed.
package final class ParameterRegistry: Sendable {
    package static let shared = ParameterRegistry(arguments: CommandLine.arguments)

    private struct State {
        var declared: [(module: String, record: ParameterRecord)] = []
        var problems: [RecipeDiagnostic] = []
    }

    private let settings: [(name: String, text: String)]
    private let state = Mutex(State())

    package init(arguments: [String]) {
        settings = Self.settings(in: arguments)
    }

    /// The pairs after `--set` in a command line.
    package static func settings(in arguments: [String]) -> [(name: String, text: String)] {
        var found: [(name: String, text: String)] = []
        var words = arguments.dropFirst().makeIterator()
        while let word = words.next() {
            var pair: Substring?
            if word == "--set" {
                pair = words.next().map { $0[...] }
            } else if word.hasPrefix("--set=") {
                pair = word.dropFirst("--set=".count)
            }
            guard let pair, let equals = pair.firstIndex(of: "=") else { continue }
            found.append((String(pair[..<equals]), String(pair[pair.index(after: equals)...])))
        }
        return found
    }

    /// `MyRecipe` of `MyRecipe/main.swift`.
    package static func module(ofFileID fileID: String) -> String {
        String(fileID.prefix { $0 != "/" })
    }

    func declare<Value: ParameterValue>(_ name: String, default standard: Value, module: String) -> Value {
        var value = standard
        var problem: RecipeDiagnostic?
        if let text = settings.last(where: { $0.name == name })?.text {
            if let parsed = Value(parameterText: text) {
                value = parsed
            } else {
                problem = Self.mismatch(name, text: text, type: Value.recipeType)
            }
        }
        let record = ParameterRecord(
            name: name, type: "\(Value.recipeType)", value: value.canonical, defaultValue: standard.canonical)
        state.withLock { state in
            if let problem { state.problems.append(problem) }
            if let other = state.declared.first(where: { $0.module == module && $0.record.name == name }) {
                if other.record.defaultValue != record.defaultValue {
                    state.problems.append(
                        RecipeDiagnostic(.error, "parameter '\(name)' is declared twice with different defaults"))
                }
            } else {
                state.declared.append((module, record))
            }
        }
        return value
    }

    /// The parameters that code of `module` declared, in order of first use.
    func records(module: String) -> [ParameterRecord] {
        state.withLock { $0.declared.filter { $0.module == module }.map(\.record) }
    }

    /// Values that did not fit and names that nobody declared.
    func problems() -> [RecipeDiagnostic] {
        let (names, problems) = state.withLock { ($0.declared.map(\.record.name), $0.problems) }
        return problems
            + settings.filter { !names.contains($0.name) }.map { Self.unknown($0.name, among: names) }
    }

    /// `--set` names a parameter that the recipe does not have.
    package static func unknown(_ name: String, among names: [String]) -> RecipeDiagnostic {
        var message = "--set \(name): the recipe has no parameter '\(name)'."
        let hint = NearestName.hint(name, among: names)
        if !hint.isEmpty {
            message += hint
        } else if names.isEmpty {
            message += " It has none at all."
        } else {
            message += " It has \(names.joined(separator: ", "))."
        }
        return RecipeDiagnostic(.error, message)
    }

    /// `--set` gives a value that the parameter's type cannot hold.
    package static func mismatch(_ name: String, text: String, type: RecipeType) -> RecipeDiagnostic {
        RecipeDiagnostic(
            .error, "--set \(name)=\(text): parameter '\(name)' is \(type.withArticle) and '\(text)' is not")
    }
}

extension RecipeType {
    /// `an Int`, `a String`.
    package var withArticle: String {
        let name = "\(self)"
        return ("AEIOU".contains(name.first ?? "x") ? "an " : "a ") + name
    }
}
