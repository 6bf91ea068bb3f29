import Determinism
public import DurableFiles
import Foundation
public import Ledger
import Ranks
public import Recipes
public import WorkGraph

/// One unit of a recorded run, run again by itself in this process with its parents' real outputs.
///
/// Nothing of the run or the store changes: outputs go to a scratch folder of the run, which the next spin of the unit takes over.
public struct UnitSpin {
    /// What became of it.
    public enum Outcome: Sendable {
        case finished
        /// It stopped as it was asked to.
        case stopped
    }

    public let unit: WorkUnit
    /// By port, as bound in the unit.
    public let inputs: [String: [ResolvedInput]]
    /// The scratch folder.
    public let folder: String
    /// Parents whose recorded outputs stand for those of other settings, by name.
    public let substituted: [String]
    private let run: RunDirectory
    private let store: ArtifactStore

    /// Finds what the unit reads.
    ///
    /// - Parameters:
    ///   - graph: that `unit` belongs to: the run's own, or one compiled with other parameters, whose parents are then found by name in the
    ///     run when their own results are not stored.
    /// - Throws: ``LedgerError`` when something is no longer stored.
    public init(_ unit: WorkUnit, of graph: WorkGraph, in run: RunDirectory, store: ArtifactStore) throws {
        self.unit = unit
        self.run = run
        self.store = store
        folder = run.spinDirectory(unit.name)
        let recorded = try run.graph()
        let recordedKeys = Dictionary(recorded.units.map { ($0.name, $0.key) }, uniquingKeysWith: { first, _ in first })
        var substituted: [String] = []
        var inputs: [String: [ResolvedInput]] = [:]
        for binding in unit.inputs {
            inputs[binding.port] = try binding.parts.map { part in
                let name = graph.position(of: part.producer).map { graph.units[$0].name } ?? part.producer.short
                let manifest: ArtifactManifest
                switch store.find(part.producer) {
                case .found(let own): manifest = own
                case .unusable(let reason):
                    throw LedgerError(
                        .unknownName,
                        "what '\(name)' stored cannot be used: \(reason). Submit the recipe again to remake it.")
                case .missing:
                    guard let key = recordedKeys[name], key != part.producer,
                        case .found(let other) = store.find(key)
                    else {
                        throw LedgerError(
                            .unknownName,
                            "'\(unit.name)' reads '\(part.output)' of '\(name)', which is not in the store; submit the recipe (--until '\(name)') to make it"
                        )
                    }
                    if !substituted.contains(name) { substituted.append(name) }
                    manifest = other
                }
                guard let output = manifest.output(part.output) else {
                    throw LedgerError(.unknownName, "'\(name)' has no output '\(part.output)' in run '\(run.name)'")
                }
                return ResolvedInput(path: try store.outputPath(manifest, part.output), digest: output.digest)
            }
        }
        self.inputs = inputs
        self.substituted = substituted
    }

    /// Where an output lies after it has finished.
    public func output(_ name: String) -> String { folder + "/outputs/" + name }

    /// Where the unit keeps its checkpoints.
    public var checkpoints: String { folder + "/checkpoints" }

    /// Takes the scratch folder for this process and empties it, but for checkpoints.
    ///
    /// - Returns: what holds the folder as long as it lives.
    /// - Throws: ``LedgerError`` when another process has it.
    public func takeFolder() throws -> FileLock {
        try DurableFiles.createDirectory(folder)
        guard let lock = try FileLock.attempt(folder + "/lock") else {
            throw LedgerError(.inUse, "'\(unit.name)' is being spun by another process in '\(folder)'; wait for it")
        }
        for name in ["outputs", "work", "log.out", "log.err"] { try DurableFiles.removeTree(folder + "/" + name) }
        for name in ["outputs", "work", "checkpoints"] { try DurableFiles.createDirectory(folder + "/" + name) }
        return lock
    }

    /// Runs the unit to its end or until it is asked to stop.
    ///
    /// - Parameters:
    ///   - keepsOutput: whether what a program prints goes to files in the folder instead of the terminal.
    ///   - stop: asked often.
    /// - Throws: whatever the unit throws.
    public func callAsFunction(
        catalogue: Catalogue, projectDirectory: String, keepsOutput: Bool, reporter: any UnitReporter,
        stop: @escaping @Sendable () -> StopRequest
    ) throws -> Outcome {
        guard let kind = catalogue[unit.kind] else {
            throw ExecutionError(
                .unknownKind,
                "this program has no unit kind '\(unit.kind)'; spin it with the program that defines it")
        }
        let context = UnitContext(
            unit: unit, attempt: 1, runName: run.name, gang: SoloGang(), threads: max(1, unit.resources.cpus),
            inputs: inputs, place: SpinPlace(folder: folder, keepsOutput: keepsOutput),
            projectDirectory: projectDirectory, reporter: reporter, stopRequest: stop)
        do {
            try kind.instantiate(for: unit).run(context)
            return .finished
        } catch  where stop() != .none && error is Interrupted {
            return .stopped
        }
    }

    /// Stores what a finished spin made under the unit's key, as the run itself would have.
    ///
    /// - Throws: ``LedgerError`` when the inputs are not those the key stands for, or another run computes the unit now.
    public func persist(figures: [String: Double]) throws -> ArtifactManifest {
        guard substituted.isEmpty else {
            throw LedgerError(
                .inUse,
                "the result cannot be stored: it was made from what '\(substituted[0])' made with other parameters. Submit the recipe instead."
            )
        }
        let session = try StoreSession(store, run: run.name)
        defer { try? session.close() }
        if let holder = try session.claim([unit.key]).first ?? nil {
            throw LedgerError(.inUse, "run '\(holder.run)' computes '\(unit.name)' now; its result will be stored")
        }
        let staging = try store.staging(for: unit.key, attempt: 1, fence: session.fence)
        for output in unit.outputs {
            try FileManager.default.copyItem(
                atPath: self.output(output.name), toPath: staging.outputs + "/" + output.name)
        }
        let manifest = try store.commit(
            unit, inputs: inputs.mapValues { $0.map(\.digest) }, figures: figures, staging: staging)
        try session.release([unit.key])
        return manifest
    }
}
