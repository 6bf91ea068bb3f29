import Determinism
import DurableFiles
import Foundation
import Inspection
import Launch
import Ledger
import Observatory
import WorkGraph

/// A recorded run that is to be computed again.
struct Verification {
    private let directory: RunDirectory
    private let store: ArtifactStore
    private let recorded: RunSummary
    /// The recorded outcomes by key.
    private let outcomes: [WorkUnit.Key: UnitOutcome]
    private let request: LaunchRequest
    private var graph: WorkGraph

    /// Reads the run and checks that it can be computed again.
    ///
    /// - Parameter moved: where data is now.
    /// - Throws: ``UnverifiableRun`` when nothing was finished, the data changed, or another numerics version made it.
    init(of directory: RunDirectory, data moved: MovedData) throws {
        self.directory = directory
        store = try ArtifactStore(directory.layout.root)
        recorded = try RunJournal.summary(of: directory)
        outcomes = Dictionary(recorded.units.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        request = try LaunchRequest.read(from: directory)
        let lock = try LockFile.read(directory.lockFile)
        guard lock.numericsVersion == NumericsVersion.current else {
            throw UnverifiableRun(
                "run '\(directory.name)' was made by numerics version \(lock.numericsVersion), this program has \(NumericsVersion.current); verify it with the program that made it (\(lock.programVersion))",
                ExitCode.badData)
        }
        let whole = try directory.graph()
        let finished = Set(outcomes.values.filter { !$0.outputs.isEmpty }.map(\.key))
        graph = WorkGraph(
            recipe: whole.recipe, seed: whole.seed, units: whole.units.filter { finished.contains($0.key) })
        guard !graph.units.isEmpty else {
            throw UnverifiableRun("run '\(directory.name)' has no finished unit to verify", ExitCode.badData)
        }
        graph = graph.movingSources(try moved.find(graph.units.flatMap(\.sources), in: store.layout))
    }

    var recordedRanks: Int { recorded.rankCount }

    /// A folder beside the store, which every rank can reach.
    var scratch: String { "\(store.layout.root)-verify-\(directory.name)-\(ProcessInfo.processInfo.processIdentifier)" }

    // MARK: Choosing

    /// Keeps the units that `globs` mean, and what they need.
    ///
    /// - Throws: ``LedgerError`` for one that means none.
    mutating func choose(matching globs: [String]) throws {
        var chosen: Set<Int> = []
        for glob in globs {
            let found = graph.units.indices.filter { UnitSelection.matches(graph.units[$0].name, glob) }
            guard !found.isEmpty else {
                throw LedgerError(
                    .unknownName,
                    "no finished unit of run '\(directory.name)' is called '\(glob)'.\(NearestName.hint(glob, among: graph.units.map(\.name)))"
                )
            }
            chosen.formUnion(found)
        }
        keep(chosen)
    }

    /// Keeps `count` units drawn by lot, and what they need.
    mutating func choose(_ count: Int) { keep(Set(graph.units.indices.shuffled().prefix(count))) }

    private mutating func keep(_ chosen: Set<Int>) {
        let parents = graph.parentPositions()
        var kept = chosen
        var open = Array(chosen)
        while let unit = open.popLast() {
            for parent in parents[unit] where kept.insert(parent).inserted { open.append(parent) }
        }
        graph = WorkGraph(recipe: graph.recipe, seed: graph.seed, units: kept.sorted().map { graph.units[$0] })
    }

    // MARK: Computing

    /// What will be done, and what it took when it was recorded.
    func forecast(ranks: Int, in scratch: String) -> String {
        let outcomes = graph.units.filter(\.isDeterministic).compactMap { self.outcomes[$0.key] }
        let seconds = outcomes.reduce(0) { $0 + ($1.seconds ?? 0) * Double(max(1, $1.ranks.count)) }
        let bytes = outcomes.flatMap(\.outputs).reduce(0) { $0 + $1.bytes }
        let unknown = outcomes.count { $0.seconds == nil }
        return
            "verifying \(graph.units.count) units of \(directory.name) from an empty store on \(ranks) rank\(ranks == 1 ? "" : "s"): about \(HumanText.duration(seconds / Double(max(1, ranks))))"
            + (unknown > 0 ? " and what \(unknown) units take that the run reused" : "")
            + ", \(HumanText.bytes(bytes)) in \(scratch)"
    }

    /// Makes the run that computes everything again, in an empty store at `scratch`.
    ///
    /// - Returns: the run, and the units whose recorded outputs it is given because they are not deterministic.
    func prepare(in scratch: String, ranks: Int) throws -> (run: RunDirectory, imported: Set<WorkUnit.Key>) {
        let target = try ArtifactStore(scratch)
        try target.prepare()
        var imported: Set<WorkUnit.Key> = []
        for unit in graph.units where !unit.isDeterministic {
            try importOutputs(of: unit, into: target)
            imported.insert(unit.key)
        }
        var record = try directory.record()
        record.started = Date().timeIntervalSince1970
        let made = try RunDirectory.create(record, in: target.layout)
        try made.writeGraph(graph)
        try LockFile.read(directory.lockFile).write(to: made.lockFile)
        var again = LaunchRequest(rankCount: ranks, projectDirectory: request.projectDirectory)
        again.countable = request.countable
        try again.write(to: made)
        return (made, imported)
    }

    /// Copies what a unit stored, after checking it.
    private func importOutputs(of unit: WorkUnit, into target: ArtifactStore) throws {
        guard case .found(let manifest) = store.find(unit.key) else {
            throw UnverifiableRun(
                "unit '\(unit.name)' is not deterministic, and what it stored is gone or incomplete; nothing that needs it can be verified",
                ExitCode.missingInput)
        }
        let damaged = try store.damagedOutputs(of: manifest)
        guard damaged.isEmpty else {
            throw UnverifiableRun(
                "what unit '\(unit.name)' stored was altered: \(damaged.joined(separator: ", "))", ExitCode.badData)
        }
        let staging = try target.staging(for: unit.key, attempt: 0, fence: 0)
        for output in manifest.outputs {
            try FileManager.default.copyItem(
                atPath: store.outputPath(manifest, output.name), toPath: staging.outputs + "/" + output.name)
        }
        _ = try target.commit(unit, inputs: [:], staging: staging)
    }

    // MARK: Comparing

    /// Compares what was recorded with what was made again.
    ///
    /// - Parameters:
    ///   - again: the run that computed it again.
    ///   - made: its store.
    ///   - imported: units that were not computed.
    func compare(
        with again: RunSummary, in made: ArtifactStore, imported: Set<WorkUnit.Key>, kernels: String?
    ) throws -> VerificationVerdict {
        var units: [VerificationVerdict.Unit] = []
        var first: VerificationVerdict.FirstDifference?
        let computed = Dictionary(again.units.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        for unit in graph.units {
            guard let before = outcomes[unit.key] else { continue }
            let after = computed[unit.key]
            let digests = Dictionary(
                (after?.outputs ?? []).map { ($0.name, $0.digest) }, uniquingKeysWith: { first, _ in first })
            let outputs = before.outputs.map {
                VerificationVerdict.Output(
                    name: $0.name, recorded: $0.digest.hexDigits, computed: digests[$0.name]?.hexDigits)
            }
            let verdict: VerificationVerdict.Word =
                if imported.contains(unit.key) {
                    .recorded
                } else if after?.outputs.isEmpty ?? true {
                    .notComputed
                } else {
                    outputs.allSatisfy { $0.recorded == $0.computed } ? .equal : .differs
                }
            units.append(.init(name: unit.name, verdict: verdict, outputs: outputs))
            if verdict == .differs, first == nil { first = try difference(of: unit, outputs, made) }
        }
        return VerificationVerdict(
            run: directory.name, ranks: again.rankCount, recordedRanks: recorded.rankCount, kernels: kernels,
            units: units, first: first)
    }

    /// Looks for the first place in which a unit's outputs differ.
    private func difference(
        of unit: WorkUnit, _ outputs: [VerificationVerdict.Output], _ made: ArtifactStore
    ) throws -> VerificationVerdict.FirstDifference? {
        guard let output = outputs.first(where: { $0.recorded != $0.computed }) else { return nil }
        try made.refresh()
        guard case .found(let before) = store.find(unit.key), case .found(let after) = made.find(unit.key) else {
            return .init(unit: unit.name, output: output.name, difference: nil)
        }
        let comparison = try Comparison(
            store.outputPath(before, output.name), made.outputPath(after, output.name))
        return .init(unit: unit.name, output: output.name, difference: comparison.differences.first)
    }
}

/// Why a run cannot be verified.
struct UnverifiableRun: ExitCoded, CustomStringConvertible {
    let description: String
    let exitCode: Int32

    init(_ description: String, _ exitCode: Int32) {
        self.description = description
        self.exitCode = exitCode
    }
}
