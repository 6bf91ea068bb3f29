/// What is known of a run from its first moment, in `run.json`; small, so that lists of runs are quick.
public struct RunRecord: Hashable, Sendable, Codable {
    public var schema: Int = LedgerSchema.summary
    public var name: String
    /// The recipe's name.
    public var recipe: String
    /// Absolute path of the recipe's file; empty for a compiled one.
    public var recipePath: String
    /// As written, by name.
    public var parameters: [String: String]
    public var seed: UInt64
    /// Seconds since 1970, a record only.
    public var started: Double

    public init(
        name: String, recipe: String, recipePath: String, parameters: [String: String], seed: UInt64, started: Double
    ) {
        self.name = name
        self.recipe = recipe
        self.recipePath = recipePath
        self.parameters = parameters
        self.seed = seed
        self.started = started
    }
}
