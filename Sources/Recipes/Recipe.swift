public import WorkGraph

/// A named set of units with a seed: what a recipe file or a Swift builder describes, before compilation.
///
/// ```swift
/// let recipe = Recipe("push-t", seed: 17) {
///     let demos = Ingest("data/pusht.hdf5")
///     Screen(demos)                               // expression statements are the roots
/// }
/// ```
/// Units that no expression statement reaches are not part of the recipe.
public struct Recipe: Sendable {
    public let name: String
    /// The run seed; part of the key of every unit whose kind draws random numbers.
    public let seed: UInt64
    /// What a run may take and cost.
    public let limits: RecipeLimits
    /// The parameters that were declared, with the values they have.
    public let parameters: [ParameterRecord]
    /// The handles of the expression statements, in order.
    package let roots: [Wiring]
    /// The file this was read from; `nil` for recipes built in Swift.
    package let text: RecipeText?
    /// What was wrong with `--set` when the parameters were read.
    package let problems: [RecipeDiagnostic]

    /// A recipe built in Swift.
    ///
    /// - Parameters:
    ///   - name: stands in listings and in the lock.
    ///   - seed: from it every random stream of the run is derived.
    ///   - deadline: a run that is expected to take longer is refused.
    ///   - budget: a run that is expected to cost more is refused; one that has spent it stops at a checkpoint.
    ///   - fileID: where it is built, for messages.
    ///   - units: evaluated at once; `for` and `if` work as in any result builder.
    public init(
        _ name: String, seed: Int = 0, deadline: TimeSpan? = nil, budget: Budget? = nil, fileID: String = #fileID,
        @RecipeBuilder _ units: () -> [Wiring]
    ) {
        self.name = name
        self.seed = UInt64(bitPattern: Int64(seed))
        limits = RecipeLimits(deadline: deadline, budget: budget)
        roots = units()
        text = nil
        let registry = ParameterRegistry.shared
        parameters = registry.records(module: ParameterRegistry.module(ofFileID: fileID))
        problems = registry.problems() + (limits.problem.map { [RecipeDiagnostic(.error, $0)] } ?? [])
    }

    /// A recipe that was read from text.
    package init(
        name: String, seed: UInt64, limits: RecipeLimits = RecipeLimits(), roots: [Wiring],
        parameters: [ParameterRecord], text: RecipeText?, problems: [RecipeDiagnostic] = []
    ) {
        self.limits = limits
        self.name = name
        self.seed = seed
        self.roots = roots
        self.parameters = parameters
        self.text = text
        self.problems = problems
    }
}

/// The text of a recipe file, kept so that diagnostics can show the line.
public struct RecipeText: Sendable {
    /// The path as the user gave it.
    public let file: String
    public let content: String
    private let lines: [Substring]

    public init(file: String, content: String) {
        self.file = file
        self.content = content
        lines = content.split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// The line at a location of this file, without its end; `nil` for a location elsewhere.
    public func line(at location: RecipeLocation) -> String? {
        guard location.file == file, lines.indices.contains(location.line - 1) else { return nil }
        var line = lines[location.line - 1]
        if line.last == "\r" { line.removeLast() }
        return String(line)
    }
}
