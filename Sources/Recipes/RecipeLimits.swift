public import Determinism

/// What a run of a recipe may take and cost; never part of a key.
public struct RecipeLimits: Hashable, Sendable {
    /// From the first start of a unit to the last end.
    public var deadline: TimeSpan?
    public var budget: Budget?

    public init(deadline: TimeSpan? = nil, budget: Budget? = nil) {
        self.deadline = deadline
        self.budget = budget
    }

    /// What is wrong with the limits, in a sentence; `nil` when nothing is.
    package var problem: String? {
        if let deadline, !(deadline.seconds > 0 && deadline.seconds.isFinite) {
            return "a deadline is above 0, not \(deadline.seconds) seconds"
        }
        switch budget {
        case .rankHours(let amount)?, .price(let amount)?:
            return amount > 0 && amount.isFinite ? nil : "a budget is above 0, not \(amount)"
        case nil: return nil
        }
    }
}

/// The most that a run may spend: `.rankHours(1.5)`, or `.price(20)` in the currency of the site file.
public enum Budget: Hashable, Sendable, RecipeConvertible {
    /// Ranks times hours, whether they compute or wait.
    case rankHours(Double)
    /// Money, for ranks whose price the site file tells.
    case price(Double)

    public static var recipeType: RecipeType {
        .enumeration(
            EnumerationType(
                name: "Budget",
                cases: [
                    .init("rankHours", [.init(label: nil, type: .double)]),
                    .init("price", [.init(label: nil, type: .double)]),
                ]))
    }

    public init?(canonical: CanonicalValue) {
        guard case .map(let fields) = canonical, case .string(let name)? = fields["case"],
            let amount = fields["_0"].flatMap(Double.init(canonical:))
        else { return nil }
        switch name {
        case "rankHours": self = .rankHours(amount)
        case "price": self = .price(amount)
        default: return nil
        }
    }

    public var canonical: CanonicalValue {
        switch self {
        case .rankHours(let amount): .map(["case": .string("rankHours"), "_0": .double(amount)])
        case .price(let amount): .map(["case": .string("price"), "_0": .double(amount)])
        }
    }
}
