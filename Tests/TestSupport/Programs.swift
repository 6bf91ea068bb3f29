import Foundation

/// The package's executables beside the tests, and `mpirun`.
public enum Programs {
    /// Folder of built products.
    private static let folder: String = {
        // The test bundle or runner lies in the products folder.
        var url = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        while url.path != "/" {
            url.deleteLastPathComponent()
            if FileManager.default.isExecutableFile(atPath: url.appendingPathComponent("RunProbe").path) {
                return url.path
            }
        }
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return package.appendingPathComponent(".build/release").path
    }()

    /// The built executable `name`.
    public static func path(_ name: String) -> String { folder + "/" + name }

    /// Whether `mpirun` is here; tests that need it are skipped otherwise.
    public static let hasMPI = FileManager.default.isExecutableFile(atPath: "/usr/bin/mpirun")

    /// The launcher with what idle ranks and root users need.
    public static func mpirun(_ ranks: Int, _ command: [String]) -> [String] {
        ["/usr/bin/mpirun", "--allow-run-as-root", "--oversubscribe", "--bind-to", "none", "-n", "\(ranks)"] + command
    }

    /// Runs a command to its end, or kills it after `seconds`.
    public static func run(
        _ command: [String], environment: [String: String] = [:], directory: String? = nil, seconds: Double = 60
    ) throws -> (status: Int32, output: String, errors: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst())
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
        let scratch = try TemporaryDirectory()
        for name in ["out", "err"] {
            _ = FileManager.default.createFile(atPath: scratch.path + "/" + name, contents: nil)
        }
        process.standardOutput = FileHandle(forWritingAtPath: scratch.path + "/out")
        process.standardError = FileHandle(forWritingAtPath: scratch.path + "/err")
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let end = Date(timeIntervalSinceNow: seconds)
        while process.isRunning {
            if Date() > end { kill(process.processIdentifier, SIGKILL) }
            usleep(5000)
        }
        func text(_ name: String) -> String {
            (try? String(contentsOfFile: scratch.path + "/" + name, encoding: .utf8)) ?? ""
        }
        let status = process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
        return (status, text("out"), text("err"))
    }
}
