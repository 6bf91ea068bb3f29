import Commands
import Foundation
public import Recipes
import Units

/// The entry of executables that have a recipe or unit kinds of their own.
///
/// ```swift
/// import Orchestrator
///
/// let recipe = Recipe("mine", seed: 3) { … }
/// OrchestrateProgram.main(recipe, kinds: [BlurKind.self])
/// ```
/// The executable offers every subcommand of `orchestrate`; `plan` and `submit` take its recipe when no file is named, and
/// `mpirun` starts the same executable on the ranks.
public enum OrchestrateProgram {
    /// Runs the command line and ends the process with its code.
    ///
    /// - Parameters:
    ///   - recipe: what `plan` and `submit` work on when they are given no file.
    ///   - kinds: unit kinds beside the built-in ones.
    public static func main(_ recipe: Recipe? = nil, kinds: [any UnitKind.Type] = []) -> Never {
        let name = CommandLine.arguments.first.map { ($0 as NSString).lastPathComponent } ?? "orchestrate"
        exit(run(recipe, kinds: kinds, name: name, arguments: nil))
    }

    /// Runs a command line and returns its code, as tests want it.
    ///
    /// - Parameters:
    ///   - recipe: what `plan` and `submit` work on when they are given no file.
    ///   - kinds: unit kinds beside the built-in ones.
    ///   - name: how the program calls itself.
    ///   - arguments: without the program's name; `nil` takes the process's own.
    public static func run(
        _ recipe: Recipe?, kinds: [any UnitKind.Type] = [], name: String, arguments: [String]?
    ) -> Int32 {
        var program = Program(name: name, catalogue: Catalogue.builtIn.adding(kinds))
        if let recipe { program.recipe = { recipe } }
        return program.run(arguments: arguments)
    }
}
