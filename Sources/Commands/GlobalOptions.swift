import ArgumentParser
import Foundation

/// Options that every command takes.
struct GlobalOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Folder of artifacts, runs and history; default '.orchestrate' in the current folder, or ORCHESTRATE_STORE.",
            valueName: "dir"))
    var store: String?

    @Flag(help: "Print machine-readable JSON on standard output.")
    var json = false

    @Flag(name: .shortAndLong, help: "Say nothing but errors and data.")
    var quiet = false

    /// Absolute path of the store.
    var storePath: String {
        let chosen = store ?? ProcessInfo.processInfo.environment["ORCHESTRATE_STORE"] ?? ".orchestrate"
        return chosen.hasPrefix("/") ? chosen : FileManager.default.currentDirectoryPath + "/" + chosen
    }
}
