public import Determinism
public import Recipes

/// How numbers become tokens.
public enum ScalarMethod: Hashable, Sendable {
    /// Equal bins between the 1st and the 99th percentile of each dimension; what lies outside counts as the outermost bin.
    case quantiles
    /// Bins that are fine near zero and coarse far from it, up to ±limit: for values with outliers.
    case muLaw(mu: Double, limit: Double)
}

extension ScalarMethod: RecipeConvertible {
    public static var recipeType: RecipeType {
        .enumeration(
            EnumerationType(
                name: "ScalarMethod",
                cases: [
                    .init("quantiles"),
                    .init("muLaw", [.init(label: "mu", type: .double), .init(label: "limit", type: .double)]),
                ]))
    }

    public init?(canonical: CanonicalValue) {
        guard case .map(let fields) = canonical, case .string(let name)? = fields["case"] else { return nil }
        switch name {
        case "quantiles": self = .quantiles
        case "muLaw":
            guard let mu = fields["mu"].flatMap(Double.init(canonical:)),
                let limit = fields["limit"].flatMap(Double.init(canonical:))
            else { return nil }
            self = .muLaw(mu: mu, limit: limit)
        default: return nil
        }
    }

    public var canonical: CanonicalValue {
        switch self {
        case .quantiles: .map(["case": .string("quantiles")])
        case .muLaw(let mu, let limit):
            .map(["case": .string("muLaw"), "mu": .double(mu), "limit": .double(limit)])
        }
    }

    /// - Throws: `ArgumentError` when numbers are out of range.
    func check(_ argument: String) throws {
        guard case .muLaw(let mu, let limit) = self else { return }
        guard mu > 0, mu.isFinite, limit > 0, limit.isFinite else {
            throw ArgumentError(
                argument: argument, message: "mu and limit of muLaw must be above 0; they are \(mu) and \(limit)")
        }
    }
}
