import Determinism
import Foundation
import Ranks
import Recipes
import Synchronization
import TestSupport
import Units
import WorkGraph

/// Runs every unit of a recipe in this process, one after another, into a temporary folder.
final class SoloRunner: UnitReporter, Sendable {
    private let folder: TemporaryDirectory
    private let state = Mutex((lines: [String](), figures: [String: Double]()))

    init() throws { folder = try TemporaryDirectory() }

    /// What the units logged.
    var lines: [String] { state.withLock { $0.lines } }
    /// The figures of merit, by name.
    var figures: [String: Double] { state.withLock { $0.figures } }

    func progress(_ completed: Int, of total: Int, figures: [String: Double]) {}
    func log(_ line: String) { state.withLock { $0.lines.append(line) } }
    func figure(_ name: String, _ value: Double) { state.withLock { $0.figures[name] = value } }

    /// Compiles and runs `recipe` and returns the units.
    func run(_ recipe: Recipe) throws -> [WorkUnit] {
        let graph = try recipe.compile(projectDirectory: folder.path) { path in (Digest(of: path), 0) }.graph
        for unit in graph.units {
            guard let kind = Catalogue.builtIn[unit.kind] else { throw CocoaError(.featureUnsupported) }
            var inputs: [String: [ResolvedInput]] = [:]
            for binding in unit.inputs {
                inputs[binding.port] = binding.parts.map {
                    ResolvedInput(path: output($0.output, of: $0.producer), digest: Digest(of: $0.output))
                }
            }
            let place = try ["out", "work", "checkpoints"].map { name in
                let path = "\(folder.path)/\(unit.key)/\(name)"
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
                return path
            }
            let context = UnitContext(
                unit: unit, attempt: 1, runName: "test", gang: SoloGang(), threads: 1, inputs: inputs,
                outputDirectory: place[0], workDirectory: place[1], checkpointDirectory: place[2],
                projectDirectory: folder.path, reporter: self, stopRequest: { .none })
            try kind.instantiate(for: unit).run(context)
        }
        return graph.units
    }

    /// Where output `name` of a unit lies.
    func output(_ name: String, of key: WorkUnit.Key) -> String { "\(folder.path)/\(key)/out/\(name)" }
}
