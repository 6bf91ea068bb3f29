public import Determinism

/// The units of one compiled recipe in an order in which every producer precedes its consumers.
public struct WorkGraph: Hashable, Sendable, Codable {
    /// The recipe's name.
    public let recipe: String
    /// The run seed.
    public let seed: UInt64
    /// Producers before consumers; equal units stand once.
    public let units: [WorkUnit]
    /// Position of each key in ``units``.
    private let positions: [Digest: Int]

    /// Builds a graph; units with equal keys are merged, the first name wins.
    ///
    /// - Precondition: every producer named by an input stands earlier in `units`.
    public init(recipe: String, seed: UInt64, units: [WorkUnit]) {
        self.recipe = recipe
        self.seed = seed
        var kept: [WorkUnit] = []
        var positions: [Digest: Int] = [:]
        for unit in units where positions[unit.key] == nil {
            for binding in unit.inputs {
                for part in binding.parts { precondition(positions[part.producer] != nil, "producer after consumer") }
            }
            positions[unit.key] = kept.count
            kept.append(unit)
        }
        self.units = kept
        self.positions = positions
    }

    /// The unit with `key`, if it is part of this graph.
    public subscript(key: WorkUnit.Key) -> WorkUnit? { positions[key].map { units[$0] } }

    /// Position of `key` in ``units``.
    public func position(of key: WorkUnit.Key) -> Int? { positions[key] }

    /// For each unit, the positions of the distinct units it reads from, ascending.
    public func parentPositions() -> [[Int]] {
        units.map { unit in
            Set(unit.inputs.flatMap { $0.parts.compactMap { positions[$0.producer] } }).sorted()
        }
    }

    /// The same graph with files from outside read from other places; keys do not change, since contents must not.
    ///
    /// - Parameter places: the new path of a file by its old one; those that are missing stay.
    public func movingSources(_ places: [String: String]) -> WorkGraph {
        guard !places.isEmpty else { return self }
        return WorkGraph(recipe: recipe, seed: seed, units: units.map { $0.movingSources(places) })
    }

    /// Paths of the files from outside that the unit at `position` reads through other units, not itself; sorted.
    public func distantSources(of position: Int) -> [String] {
        var seen: Set<Int> = [position]
        var rest = [position]
        var paths: Set<String> = []
        while let next = rest.popLast() {
            for binding in units[next].inputs {
                for parent in binding.parts.compactMap({ positions[$0.producer] }) where seen.insert(parent).inserted {
                    rest.append(parent)
                    paths.formUnion(units[parent].sources.map(\.path))
                }
            }
        }
        return paths.subtracting(units[position].sources.map(\.path)).sorted()
    }

    /// For each unit, the positions of the distinct units that read from it, ascending.
    public func childPositions() -> [[Int]] {
        var children = [[Int]](repeating: [], count: units.count)
        for (position, parents) in parentPositions().enumerated() {
            for parent in parents { children[parent].append(position) }
        }
        return children
    }

    private enum CodingKeys: String, CodingKey { case recipe, seed, units }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            recipe: try container.decode(String.self, forKey: .recipe),
            seed: try container.decode(UInt64.self, forKey: .seed),
            units: try container.decode([WorkUnit].self, forKey: .units))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(recipe, forKey: .recipe)
        try container.encode(seed, forKey: .seed)
        try container.encode(units, forKey: .units)
    }
}
