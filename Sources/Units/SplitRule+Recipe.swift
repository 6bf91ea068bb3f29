public import Determinism
public import Episodes
public import Recipes

extension SplitRule: RecipeConvertible {
    public static var recipeType: RecipeType {
        .enumeration(
            EnumerationType(
                name: "SplitRule",
                cases: [
                    .init("episode"),
                    .init(
                        "filterKeys",
                        [
                            .init(label: "training", type: .string), .init(label: "validation", type: .string),
                            .init(label: "test", type: .string),
                        ]),
                ]))
    }

    public init?(canonical: CanonicalValue) {
        guard case .map(let fields) = canonical, case .string(let name)? = fields["case"] else { return nil }
        switch name {
        case "episode": self = .episode
        case "filterKeys":
            guard case .string(let training)? = fields["training"],
                case .string(let validation)? = fields["validation"],
                case .string(let test)? = fields["test"]
            else { return nil }
            self = .filterKeys(training: training, validation: validation, test: test)
        default: return nil
        }
    }

    public var canonical: CanonicalValue {
        switch self {
        case .episode: .map(["case": .string("episode")])
        case .filterKeys(let training, let validation, let test):
            .map([
                "case": .string("filterKeys"), "training": .string(training), "validation": .string(validation),
                "test": .string(test),
            ])
        }
    }
}
