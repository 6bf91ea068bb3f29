/// The unit kinds a program knows, by the name of their call.
public struct Catalogue: Sendable {
    private let kinds: [String: AnyUnitKind]

    /// A catalogue of `kinds`.
    ///
    /// - Precondition: names are distinct.
    public init(_ kinds: [any UnitKind.Type]) {
        self.kinds = Dictionary(uniqueKeysWithValues: kinds.map { ($0.description.name, AnyUnitKind($0)) })
    }

    /// This catalogue and more kinds, as a custom recipe's program uses it.
    public func adding(_ more: [any UnitKind.Type]) -> Catalogue {
        Catalogue(kinds.values.map(\.type) + more)
    }

    /// The kind called `name`.
    public subscript(name: String) -> AnyUnitKind? { kinds[name] }

    /// All names, sorted.
    public var names: [String] { kinds.keys.sorted() }

    /// The names of the kinds that a recipe can call, sorted.
    public var callableNames: [String] { names.filter { kinds[$0]?.description.isInternal == false } }
}
