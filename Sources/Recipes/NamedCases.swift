public import Determinism

/// An enumeration without associated values whose cases a recipe names.
public protocol NamedCases: RecipeConvertible, CaseIterable, RawRepresentable where RawValue == String {}

extension NamedCases {
    public static var recipeType: RecipeType {
        .enumeration(EnumerationType(name: "\(Self.self)", cases: allCases.map { .init($0.rawValue) }))
    }

    public init?(canonical: CanonicalValue) {
        guard case .map(let fields) = canonical, case .string(let name)? = fields["case"] else { return nil }
        self.init(rawValue: name)
    }

    public var canonical: CanonicalValue { .map(["case": .string(rawValue)]) }
}
