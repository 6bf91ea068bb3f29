import Determinism
import Recipes
import WorkGraph

/// The types a recipe can name: Swift's few, and those of the catalogue's fields and results.
struct KnownTypes {
    private var byName: [String: RecipeType] = [
        "Int": .int, "Double": .double, "String": .string, "Bool": .bool, "ByteCount": .byteCount,
        "TimeSpan": .duration,
        "ClosedRange<Int>": .range, "Budget": Budget.recipeType,
    ]

    init(_ catalogue: Catalogue) {
        for name in catalogue.names {
            guard let kind = catalogue[name] else { continue }
            for field in kind.fields { add(field.type) }
            add(.bundle(kind.resultType))
        }
    }

    private mutating func add(_ type: RecipeType) {
        switch type {
        case .list(let inner), .dictionary(let inner), .optional(let inner): add(inner)
        case .enumeration(let enumeration):
            guard byName.updateValue(type, forKey: enumeration.name) == nil else { return }
            for payload in enumeration.cases.flatMap(\.payload) { add(payload.type) }
        case .bundle(let bundle):
            guard byName.updateValue(type, forKey: bundle.name) == nil else { return }
            for view in bundle.views { add(.bundle(view.type)) }
        case .bool, .int, .double, .string, .byteCount, .duration, .range, .bundles: break
        }
    }

    /// The type called `name`.
    subscript(name: String) -> RecipeType? { byName[name] }

    /// The names of all types, sorted.
    var names: [String] { byName.keys.sorted() }

    /// The type that was written; `nil` after reporting an unknown name.
    func resolve(_ text: TypeText, report: (String, RecipeLocation) -> Void) -> RecipeType? {
        switch text {
        case .name(let name, let location):
            if let type = byName[name] { return type }
            report("there is no type '\(name)' in recipes.\(NearestName.hint(name, among: names))", location)
            return nil
        case .list(let element): return resolve(element, report: report).map(RecipeType.list)
        case .dictionary(let value): return resolve(value, report: report).map(RecipeType.dictionary)
        case .optional(let wrapped): return resolve(wrapped, report: report).map(RecipeType.optional)
        }
    }
}
