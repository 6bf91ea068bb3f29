public import Determinism
public import Recipes

/// From which step on a training's sources have which shares.
public enum CurriculumStage: Hashable, Sendable {
    /// Steps count from 1; a source that is not named has no share.
    case from(step: Int, shares: [String: Int])
}

extension CurriculumStage: RecipeConvertible {
    public static var recipeType: RecipeType {
        .enumeration(
            EnumerationType(
                name: "CurriculumStage",
                cases: [
                    .init(
                        "from", [.init(label: "step", type: .int), .init(label: "shares", type: .dictionary(.int))])
                ]))
    }

    public init?(canonical: CanonicalValue) {
        guard case .map(let fields) = canonical, fields["case"] == .string("from"),
            let step = fields["step"].flatMap(Int.init(canonical:)),
            let shares = fields["shares"].flatMap([String: Int].init(canonical:))
        else { return nil }
        self = .from(step: step, shares: shares)
    }

    public var canonical: CanonicalValue {
        switch self {
        case .from(let step, let shares):
            .map(["case": .string("from"), "step": step.canonical, "shares": shares.canonical])
        }
    }
}
