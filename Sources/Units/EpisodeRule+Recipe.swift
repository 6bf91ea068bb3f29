public import Determinism
public import Episodes
public import Recipes

extension EpisodeRule: RecipeConvertible {
    public static var recipeType: RecipeType {
        .enumeration(
            EnumerationType(
                name: "EpisodeRule",
                cases: [
                    .init("all"), .init("filterKey", [.init(label: nil, type: .string)]),
                    .init("instruction", [.init(label: "contains", type: .string)]),
                    .init("ids", [.init(label: nil, type: .list(.string))]),
                    .init("longer", [.init(label: "than", type: .int)]), .init("failed"),
                ]))
    }

    public init?(canonical: CanonicalValue) {
        guard case .map(let fields) = canonical, case .string(let name)? = fields["case"] else { return nil }
        switch name {
        case "all": self = .all
        case "failed": self = .failed
        case "filterKey":
            guard case .string(let key)? = fields["_0"] else { return nil }
            self = .filterKey(key)
        case "instruction":
            guard case .string(let text)? = fields["contains"] else { return nil }
            self = .instruction(contains: text)
        case "ids":
            guard let ids = fields["_0"].flatMap([String].init(canonical:)) else { return nil }
            self = .ids(ids)
        case "longer":
            guard let steps = fields["than"].flatMap(Int.init(canonical:)) else { return nil }
            self = .longer(than: steps)
        default: return nil
        }
    }

    public var canonical: CanonicalValue {
        switch self {
        case .all: .map(["case": .string("all")])
        case .failed: .map(["case": .string("failed")])
        case .filterKey(let key): .map(["case": .string("filterKey"), "_0": .string(key)])
        case .instruction(let text): .map(["case": .string("instruction"), "contains": .string(text)])
        case .ids(let ids): .map(["case": .string("ids"), "_0": ids.canonical])
        case .longer(let steps): .map(["case": .string("longer"), "than": .int(Int64(steps))])
        }
    }
}
