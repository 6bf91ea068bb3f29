public import Determinism
public import Episodes
public import Recipes

extension Column: RecipeConvertible {
    public static var recipeType: RecipeType {
        .enumeration(
            EnumerationType(
                name: "Column",
                cases: ["image", "action", "sensor", "reward", "instruction"].map {
                    .init($0, [.init(label: nil, type: .string)])
                }))
    }

    public init?(canonical: CanonicalValue) {
        guard case .map(let fields) = canonical, case .string(let name)? = fields["case"],
            case .string(let path)? = fields["_0"]
        else { return nil }
        switch name {
        case "image": self = .image(path)
        case "action": self = .action(path)
        case "sensor": self = .sensor(path)
        case "reward": self = .reward(path)
        case "instruction": self = .instruction(path)
        default: return nil
        }
    }

    private var name: String {
        switch self {
        case .image: "image"
        case .action: "action"
        case .sensor: "sensor"
        case .reward: "reward"
        case .instruction: "instruction"
        }
    }

    public var canonical: CanonicalValue { .map(["case": .string(name), "_0": .string(path)]) }
}

extension EpisodeBoundary: RecipeConvertible {
    public static var recipeType: RecipeType {
        .enumeration(
            EnumerationType(
                name: "EpisodeBoundary",
                cases: [
                    .init("file"), .init("groups", [.init(label: nil, type: .string)]),
                    .init("ends", [.init(label: nil, type: .string)]), .init("ids", [.init(label: nil, type: .string)]),
                    .init("flags", [.init(label: nil, type: .list(.string))]),
                ]))
    }

    public init?(canonical: CanonicalValue) {
        guard case .map(let fields) = canonical, case .string(let name)? = fields["case"] else { return nil }
        switch (name, fields["_0"]) {
        case ("file", nil): self = .file
        case ("groups", .string(let path)?): self = .groups(path)
        case ("ends", .string(let path)?): self = .ends(path)
        case ("ids", .string(let path)?): self = .ids(path)
        case ("flags", let paths?):
            guard let paths = [String](canonical: paths) else { return nil }
            self = .flags(paths)
        default: return nil
        }
    }

    public var canonical: CanonicalValue {
        switch self {
        case .file: .map(["case": .string("file")])
        case .groups(let path): .map(["case": .string("groups"), "_0": .string(path)])
        case .ends(let path): .map(["case": .string("ends"), "_0": .string(path)])
        case .ids(let path): .map(["case": .string("ids"), "_0": .string(path)])
        case .flags(let paths): .map(["case": .string("flags"), "_0": paths.canonical])
        }
    }
}
