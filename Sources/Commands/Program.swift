public import Recipes
import Synchronization

/// What the running executable knows beyond the library: its unit kinds and, in a custom recipe's program, its recipe.
public struct Program: Sendable {
    /// The kinds that recipes may call.
    public var catalogue: Catalogue
    /// The name people type.
    public var name: String
    /// The recipe that is compiled in, for commands that are given none.
    public var recipe: (@Sendable () -> Recipe)?

    public init(name: String, catalogue: Catalogue, recipe: (@Sendable () -> Recipe)? = nil) {
        self.name = name
        self.catalogue = catalogue
        self.recipe = recipe
    }

    private static let shared = Mutex<Program?>(nil)

    /// The program of this process, set once before a command is parsed.
    ///
    /// - Precondition: ``run(arguments:)`` has started.
    public static var current: Program {
        guard let program = shared.withLock({ $0 }) else { preconditionFailure("no program has been started") }
        return program
    }

    /// Parses the command line, runs the command and returns the exit code.
    public func run(arguments: [String]? = nil) -> Int32 {
        Self.shared.withLock { $0 = self }
        return RootCommand.execute(arguments)
    }
}
