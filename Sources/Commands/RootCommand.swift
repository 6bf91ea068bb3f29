import ArgumentParser
import Determinism
import Foundation
import Recipes

/// The command people type; every subcommand is a file of its own in this folder.
struct RootCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "orchestrate",
        abstract: "Runs reproducible training pipelines on MPI ranks.",
        discussion: """
            A recipe compiles to a graph of work units; finished units are reused, the rest run on ranks.

              orchestrate plan recipes/hello.swift     what would run, and why
              orchestrate submit recipes/hello.swift   run it, with live progress
              orchestrate runs                         what was run
              mpirun -n 4 orchestrate run recipes/hello.swift
                                                       inside an allocation

            Exit codes: 0 done, 1 a unit failed (also by its time limit), 2 differs,
            64-78 as in sysexits.h (77: over the recipe's deadline or budget, 78: the
            recipe or the site file is wrong), 85 stopped and wants
            requeue, 128+n signal n.
            """,
        version: "0.1.0",
        groupedSubcommands: [
            CommandGroup(name: "Daily", subcommands: daily),
            CommandGroup(name: "Debugging", subcommands: debugging),
            CommandGroup(name: "Expert", subcommands: expert),
        ])

    static let daily: [any ParsableCommand.Type] = [
        InitCommand.self, PlanCommand.self, SubmitCommand.self, RunCommand.self, WatchCommand.self, WaitCommand.self,
        CancelCommand.self, StatusCommand.self, LogsCommand.self, RunsCommand.self, ReportCommand.self,
        ArtifactCommand.self, InspectCommand.self, DiffCommand.self,
    ]
    static let debugging: [any ParsableCommand.Type] = [
        SpinCommand.self, VerifyCommand.self, ExplainCommand.self, UnitsCommand.self, SimulateCommand.self,
        CalibrationCommand.self, ChaosCommand.self, DoctorCommand.self,
    ]
    static let expert: [any ParsableCommand.Type] = [
        DiskUsageCommand.self, RemoveCommand.self, PinCommand.self, CollectGarbageCommand.self, PackCommand.self,
        UnpackCommand.self,
    ]

    /// Parses and runs `arguments` (default: the process's own) and returns the exit code.
    static func execute(_ arguments: [String]?) -> Int32 {
        do {
            var command = try parseAsRoot(arguments)
            try command.run()
            return 0
        } catch let error as RecipeError {
            // Diagnostics carry their own prefix, each with its place.
            Narration.line("\(error)")
            return error.exitCode
        } catch let error as any ExitCoded {
            Narration.error("\(error)")
            return error.exitCode
        } catch {
            let code = exitCode(for: error).rawValue
            let text = fullMessage(for: error)
            if !text.isEmpty {
                if code == 0 { print(text) } else { Narration.line(text) }
            }
            // ArgumentParser has one code for bad command lines and 1 for every other error.
            return code
        }
    }
}
