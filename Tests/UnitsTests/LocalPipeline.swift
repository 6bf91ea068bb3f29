import Units
import Determinism
import DurableFiles
import Foundation
import Ranks
import Recipes
import Synchronization
import TestSupport
import WorkGraph

/// Runs the units of a recipe one after another in a folder, gang units on threads: the smallest executor there is.
final class LocalPipeline: @unchecked Sendable {
    struct Report: UnitReporter {
        let owner: LocalPipeline
        let unit: String
        func progress(_ completed: Int, of total: Int, figures: [String: Double]) {}
        func log(_ line: String) { owner.say("\(unit): \(line)") }
        func figure(_ name: String, _ value: Double) { owner.state.withLock { $0.figures["\(unit).\(name)"] = value } }
    }

    let folder: String
    let ranks: Int
    private let verbose: Bool
    private let state = Mutex<(figures: [String: Double], lines: [String])>(([:], []))

    init(_ folder: String, ranks: Int, verbose: Bool = false) {
        self.folder = folder
        self.ranks = ranks
        self.verbose = verbose
    }

    func say(_ line: String) {
        state.withLock { $0.lines.append(line) }
        if verbose { FileHandle.standardError.write(Data((line + "\n").utf8)) }
    }

    /// Figures of merit by `unit.name`.
    var figures: [String: Double] { state.withLock { $0.figures } }

    /// The folder or file of one output.
    func path(_ unit: WorkUnit, _ output: String) -> String { folder + "/" + unit.key.short + "/" + output }

    /// Runs what is not there yet, and returns the digest of every output by unit and name.
    func run(_ recipe: Recipe) throws -> (graph: WorkGraph, digests: [String: Determinism.Digest]) {
        let graph = try recipe.compile(projectDirectory: folder) { try DurableFiles.treeDigest($0) }.graph
        var digests: [String: Determinism.Digest] = [:]
        for unit in graph.units {
            let home = folder + "/" + unit.key.short
            if !DurableFiles.exists(home + ".done") {
                let start = ContinuousClock().now
                try run(unit, in: home)
                try DurableFiles.write("done", to: home + ".done")
                say("\(unit.name): \(ContinuousClock().now - start)")
            }
            for output in unit.outputs {
                digests["\(unit.name)/\(output.name)"] = try DurableFiles.treeDigest(home + "/" + output.name).digest
            }
        }
        return (graph, digests)
    }

    private func run(_ unit: WorkUnit, in home: String) throws {
        guard let type = Catalogue.builtIn[unit.kind] else { throw CocoaError(.featureUnsupported) }
        for part in ["", "-work", "-checkpoints"] { try DurableFiles.createDirectory(home + part) }
        var inputs: [String: [ResolvedInput]] = [:]
        for binding in unit.inputs {
            inputs[binding.port] = try binding.parts.map { part in
                let path = folder + "/" + part.producer.short + "/" + part.output
                return ResolvedInput(path: path, digest: try DurableFiles.treeDigest(path).digest)
            }
        }
        let count = min(unit.resources.ranks.upperBound, ranks)
        let resolved = inputs
        _ = try ThreadGang.run(ranks: count) { gang in
            let context = UnitContext(
                unit: unit, attempt: 1, runName: "test", gang: gang, threads: 1, inputs: resolved,
                outputDirectory: home, workDirectory: home + "-work", checkpointDirectory: home + "-checkpoints",
                projectDirectory: self.folder, reporter: Report(owner: self, unit: unit.name), stopRequest: { .none })
            try type.instantiate(for: unit).run(context)
        }
    }
}
