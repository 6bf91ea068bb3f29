public import Determinism
public import Recipes

/// How numbers become tokens.
public enum ScalarMethod: Hashable, Sendable {
    /// Equal bins between the 1st and the 99th percentile of each dimension; what lies outside counts as the outermost bin.
    case quantiles
    /// Bins that are fine near zero and coarse far from it, up to ±limit: for values with outliers.
    case muLaw(mu: Double, limit: Double)
    /// The actions of `chunk` steps as rounded frequencies and pairs of them (FAST): few tokens for smooth actions.
    case fast(chunk: Int, scale: Double)
}

extension ScalarMethod: RecipeConvertible {
    public static var recipeType: RecipeType {
        .enumeration(
            EnumerationType(
                name: "ScalarMethod",
                cases: [
                    .init("quantiles"),
                    .init("muLaw", [.init(label: "mu", type: .double), .init(label: "limit", type: .double)]),
                    .init("fast", [.init(label: "chunk", type: .int), .init(label: "scale", type: .double)]),
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
        case "fast":
            guard let chunk = fields["chunk"].flatMap(Int.init(canonical:)),
                let scale = fields["scale"].flatMap(Double.init(canonical:))
            else { return nil }
            self = .fast(chunk: chunk, scale: scale)
        default: return nil
        }
    }

    public var canonical: CanonicalValue {
        switch self {
        case .quantiles: .map(["case": .string("quantiles")])
        case .muLaw(let mu, let limit):
            .map(["case": .string("muLaw"), "mu": .double(mu), "limit": .double(limit)])
        case .fast(let chunk, let scale):
            .map(["case": .string("fast"), "chunk": .int(Int64(chunk)), "scale": .double(scale)])
        }
    }

    /// - Throws: `ArgumentError` when numbers are out of range.
    func check(_ argument: String) throws {
        switch self {
        case .quantiles: return
        case .muLaw(let mu, let limit):
            guard mu > 0, mu.isFinite, limit > 0, limit.isFinite else {
                throw ArgumentError(
                    argument: argument, message: "mu and limit of muLaw must be above 0; they are \(mu) and \(limit)")
            }
        case .fast(let chunk, let scale):
            guard 1...1024 ~= chunk, scale > 0, scale.isFinite else {
                throw ArgumentError(
                    argument: argument,
                    message: "fast takes chunks of 1 to 1024 steps and a scale above 0; they are \(chunk) and \(scale)")
            }
        }
    }
}
