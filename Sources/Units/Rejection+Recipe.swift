public import Determinism
public import Episodes
public import Recipes

extension Rejection: RecipeConvertible {
    public static var recipeType: RecipeType {
        .enumeration(
            EnumerationType(
                name: "Rejection",
                cases: [
                    .init("nonFinite"), .init("frozenSensor"), .init("frozenCamera"), .init("deadAction"),
                    .init("blackCamera", [.init(label: "level", type: .int)]), .init("deadDimension"),
                    .init("clipped", [.init(label: "fraction", type: .double)]),
                    .init("outOfRange", [.init(label: "limit", type: .double)]),
                    .init("jerk", [.init(label: "sigma", type: .double)]),
                    .init("tooShort", [.init(label: "steps", type: .int)]),
                    .init("tooLong", [.init(label: "steps", type: .int)]),
                    .init("failed"), .init("noInstruction"), .init("duplicate"),
                ]))
    }

    public init?(canonical: CanonicalValue) {
        guard case .map(let fields) = canonical, case .string(let name)? = fields["case"] else { return nil }
        switch name {
        case "nonFinite": self = .nonFinite
        case "frozenSensor": self = .frozenSensor
        case "frozenCamera": self = .frozenCamera
        case "deadAction": self = .deadAction
        case "jerk":
            guard let sigma = fields["sigma"].flatMap(Double.init(canonical:)) else { return nil }
            self = .jerk(sigma: sigma)
        case "blackCamera":
            guard let level = fields["level"].flatMap(Int.init(canonical:)) else { return nil }
            self = .blackCamera(level: level)
        case "deadDimension": self = .deadDimension
        case "clipped":
            guard let fraction = fields["fraction"].flatMap(Double.init(canonical:)) else { return nil }
            self = .clipped(fraction: fraction)
        case "outOfRange":
            guard let limit = fields["limit"].flatMap(Double.init(canonical:)) else { return nil }
            self = .outOfRange(limit: limit)
        case "tooShort", "tooLong":
            guard let steps = fields["steps"].flatMap(Int.init(canonical:)) else { return nil }
            self = name == "tooShort" ? .tooShort(steps: steps) : .tooLong(steps: steps)
        case "failed": self = .failed
        case "noInstruction": self = .noInstruction
        case "duplicate": self = .duplicate
        default: return nil
        }
    }

    public var canonical: CanonicalValue {
        var fields: [String: CanonicalValue] = ["case": .string(name)]
        switch self {
        case .blackCamera(let level): fields["level"] = .int(Int64(level))
        case .clipped(let fraction): fields["fraction"] = .double(fraction)
        case .outOfRange(let limit): fields["limit"] = .double(limit)
        case .jerk(let sigma): fields["sigma"] = .double(sigma)
        case .tooShort(let steps), .tooLong(let steps): fields["steps"] = .int(Int64(steps))
        default: break
        }
        return .map(fields)
    }
}
