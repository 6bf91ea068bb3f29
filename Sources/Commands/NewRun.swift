import ArgumentParser
import Determinism
import Execution
import Foundation
import HDF5
import Launch
import Ledger
import Observatory
import Ranks
import Recipes
import Sites
import Units
import WorkGraph

/// How a recipe is run; the same for `submit` and `run`.
struct RunOptions: ParsableArguments {
    @Flag(
        name: .customLong("fail-fast"),
        help: "End the run at the first failure; otherwise what does not depend on it goes on.")
    var failFast = false

    @Flag(
        help: ArgumentHelp(
            "Start a unit that takes longer than 99 of 100 a second time on ranks that are idle; the first result counts.",
            discussion: "Two different results end the run with code 2."))
    var speculate = false

    @Option(
        name: .customLong("resource"),
        help: ArgumentHelp(
            "Countable resources of this site, such as gpus=2; may be repeated.", valueName: "name=count"))
    var resources: [String] = []

    @Option(
        name: .customLong("hung-after"),
        help: ArgumentHelp(
            "A rank without a sign of life for so long is ended, and the run goes on without it; default 60s.",
            valueName: "time"))
    var hungAfter: String?

    @Option(help: ArgumentHelp("Name of the run; default: two words drawn by lot.", valueName: "name"))
    var name: String?

    func validate() throws {
        for text in resources where Self.pair(text) == nil {
            throw ValidationError("--resource takes name=count, such as --resource gpus=2, not '\(text)'")
        }
        if let hungAfter, (SpanText.seconds(hungAfter) ?? 0) < 5 {
            throw ValidationError("--hung-after takes 5s or more, such as 60s or 10m, not '\(hungAfter)'")
        }
        if let name, name.isEmpty || name.contains("/") || name.hasPrefix(".") || name == "latest" {
            throw ValidationError("'\(name)' cannot be the name of a run: use letters, digits and '-'")
        }
    }

    var countable: [String: Int] {
        Dictionary(resources.compactMap(Self.pair), uniquingKeysWith: { $1 })
    }

    private static func pair(_ text: String) -> (String, Int)? {
        let parts = text.split(separator: "=", maxSplits: 1)
        guard parts.count == 2, let count = Int(parts[1]), count >= 0 else { return nil }
        return (String(parts[0]), count)
    }
}

/// Turns a recipe into a run: its folder with record, graph, lock and launch request.
struct NewRun {
    let recipe: RecipeOptions
    let selection: UnitSelection
    let run: RunOptions
    let options: GlobalOptions
    let site: SiteOptions

    /// What a recipe comes to before it has a folder.
    struct Prepared {
        let loaded: LoadedRecipe
        let graph: WorkGraph
        let rerun: Set<Digest>
        let decisions: [UnitDecision]
        let report: PlanReport
        /// What the site file says; `nil` where it says nothing.
        let memoryPerRankBytes: Double?
        fileprivate let store: ArtifactStore
    }

    /// Compiles the recipe and holds it against the store and its limits.
    ///
    /// - Throws: ``OverLimits`` (77) when the recipe's deadline or budget is not kept.
    func prepare(ranks: Int) throws -> Prepared {
        let loaded = try RecipeLoading.load(recipe, options)
        let store = try selection.store(options)
        let chosen = try selection.apply(to: loaded.graph) { unit in
            if case .found = store.find(unit.key) { true } else { false }
        }
        // Before the run has a folder: reasons come from the run before it.
        let decisions = UnitDecision.all(of: chosen.graph, rerun: chosen.rerun, in: store)
        let choice = try site.choice()
        let report = PlanReport(
            loaded, graph: chosen.graph, rerun: chosen.rerun, ranks: [ranks], store: store, options: site,
            choice: choice, decisions: decisions)
        try report.refuseOver(site)
        if !options.quiet {
            for warning in report.warnings where !loaded.compiled.warnings.contains(where: { $0.message == warning }) {
                Narration.line("warning: " + warning)
            }
        }
        return Prepared(
            loaded: loaded, graph: chosen.graph, rerun: chosen.rerun, decisions: decisions, report: report,
            memoryPerRankBytes: choice?.pool.memoryBytes, store: store
        )
    }

    /// Compiles the recipe and makes the run's folder.
    func make(ranks: Int) throws -> RunDirectory { try make(prepare(ranks: ranks), ranks: ranks) }

    /// Makes the run's folder.
    ///
    /// - Parameters:
    ///   - launcher: what starts the ranks.
    ///   - countable: countable resources where the user names none.
    func make(
        _ prepared: Prepared, ranks: Int, launcher: SlurmDefaults.Launcher? = nil, countable: [String: Int] = [:]
    ) throws -> RunDirectory {
        let (loaded, report) = (prepared.loaded, prepared.report)
        try prepared.store.prepare()
        try prepared.store.remember(alternates: selection.alternates)
        let directory = try RunDirectory.create(
            RunRecord(
                name: run.name ?? "", recipe: loaded.recipe.name, recipePath: loaded.path,
                parameters: loaded.parameters, seed: loaded.recipe.seed, started: Date().timeIntervalSince1970),
            in: prepared.store.layout)
        do {
            let graph = try FrozenFiles.freeze(
                prepared.graph, ofKinds: [CommandKind.description.name], projectDirectory: loaded.projectDirectory,
                for: directory)
            try directory.writeGraph(graph)
            try lock(loaded, prepared.graph).write(to: directory.lockFile)
            var request = LaunchRequest(rankCount: ranks, projectDirectory: loaded.projectDirectory)
            request.reasons = Dictionary(
                zip(graph.units, prepared.decisions).map { ($0.key.hexDigits, $1.reason) },
                uniquingKeysWith: { first, _ in first })
            request.rerun = prepared.rerun.sorted()
            request.failsFast = run.failFast
            request.speculates = run.speculate ? true : nil
            request.countable = countable.merging(run.countable) { $1 }
            request.launcher = launcher
            request.hangSeconds = run.hungAfter.flatMap(SpanText.seconds)
            request.policy = site.policy.rawValue
            request.memoryPerRankBytes = prepared.memoryPerRankBytes
            request.budgetRankSeconds = site.allowOver ? nil : report.limits.budgetRankSeconds
            try request.write(to: directory)
            try report.forecastRecord.write(to: directory)
        } catch {
            // A run that never began is none.
            try? directory.remove()
            throw error
        }
        return directory
    }

    private func lock(_ loaded: LoadedRecipe, _ graph: WorkGraph) -> LockFile {
        var inputs: [String: LockFile.Input] = [:]
        for source in graph.units.flatMap(\.sources) {
            inputs[source.path] = LockFile.Input(path: source.path, digest: source.digest, bytes: source.bytes)
        }
        let text = loaded.path.isEmpty ? "" : (try? String(contentsOfFile: loaded.path, encoding: .utf8)) ?? ""
        return LockFile(
            recipe: loaded.recipe.name, recipePath: loaded.path, recipeText: text, parameters: loaded.parameters,
            seed: loaded.recipe.seed, inputs: inputs.keys.sorted().compactMap { inputs[$0] },
            units: graph.units.map { LockFile.Unit(name: $0.name, key: $0.key) },
            numericsVersion: NumericsVersion.current, toolchain: Self.toolchain, programVersion: "0.1.0",
            libraries: ["mpi": MPIEnvironment.libraryVersion, "hdf5": HDF5Version.text], processor: Self.processor,
            git: GitState(projectDirectory: loaded.projectDirectory))
    }

    private static var toolchain: String {
        #if compiler(>=6.4)
            return "Swift 6.4 or newer"
        #elseif compiler(>=6.3)
            return "Swift 6.3"
        #else
            return "Swift 6.2"
        #endif
    }

    private static var processor: String { HostClass.own.isEmpty ? "unknown" : HostClass.own }
}
