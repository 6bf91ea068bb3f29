import Foundation
import TestSupport
import Testing

/// A project folder of its own in which the built `orchestrate` is run.
struct Workplace {
    static let isBuilt = FileManager.default.isExecutableFile(atPath: Programs.path("orchestrate"))

    typealias Result = (status: Int32, output: String, errors: String)

    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    var folder: String { directory.path }

    func write(_ text: String, to name: String) throws {
        try text.write(toFile: folder + "/" + name, atomically: true, encoding: .utf8)
    }

    func callAsFunction(_ arguments: String..., environment: [String: String] = [:]) throws -> Result {
        try run([Programs.path("orchestrate")] + arguments, environment: environment)
    }

    /// Runs any program in the project's folder.
    func run(_ command: [String], environment: [String: String] = [:]) throws -> Result {
        try Programs.run(command, environment: environment, directory: folder)
    }

    /// The object that a command printed.
    static func object(_ result: Result) throws -> [String: Any] {
        try #require(
            (try? JSONSerialization.jsonObject(with: Data(result.output.utf8))) as? [String: Any],
            "no JSON object in \(result)")
    }

    /// A unit of a run's object.
    static func unit(_ name: String, _ object: [String: Any]) throws -> [String: Any] {
        let units = try #require(object["units"] as? [[String: Any]])
        return try #require(units.first { $0["name"] as? String == name }, "no unit \(name) in \(units)")
    }

    /// The states of a run's units by name.
    static func states(_ object: [String: Any]) throws -> [String: String] {
        let units = try #require(object["units"] as? [[String: Any]])
        var result: [String: String] = [:]
        for unit in units { result[unit["name"] as? String ?? "?"] = unit["state"] as? String }
        return result
    }

    /// Waits until a unit of a run is at work.
    func waitUntilRunning(_ run: String) throws {
        for _ in 0..<300 {
            let result = try self("status", run, "--json")
            if result.status == 0, try Self.states(Self.object(result)).values.contains("running") { return }
            usleep(100_000)
        }
        Issue.record("run \(run) did not begin")
    }
}
