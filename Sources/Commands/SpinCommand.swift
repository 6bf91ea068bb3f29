import ArgumentParser
import Determinism
import DurableFiles
import Execution
import Foundation
import Launch
import Ledger
import Recipes
import Training
import WorkGraph

/// Runs one unit of a recorded run by itself.
struct SpinCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "spin",
        abstract: "Run one unit of a recorded run again, here, with its parents' real outputs.",
        discussion: """
            The unit runs in this process on one rank, its log on the terminal; nothing of the run changes. Outputs go to a scratch folder,
            and are compared with what the run recorded. A training can be repeated up to a step, from the nearest checkpoint that is left.

            Examples:
              orchestrate spin evaluation
              orchestrate spin tokens/shard-3 --run brave-heron
              orchestrate spin policy --at-step 20
              orchestrate spin policy --set learningRate=0.0003 --at-step 50
              orchestrate spin codes --persist

            With --set the recipe is read as it is now, with the run's parameters and these; parents that would be others then are taken
            from the run as they are, said aloud.

            Exit codes: 0 done, 1 the unit failed, 2 the result differs from the record, 66 no such run or unit, or an input is no
            longer stored, 73 somebody else spins the unit, 130 Ctrl-C.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The unit's name, or the first digits of its key.")
    var unit: String

    @Option(name: .customLong("run"), help: ArgumentHelp("The run; default: the last one.", valueName: "run"))
    var runName: String = "latest"

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("Set a parameter of the recipe; may be repeated.", valueName: "name=value"))
    var settings: [String] = []

    @Option(help: ArgumentHelp("Stop behind this step of a training, and compare it.", valueName: "step"))
    var atStep: Int?

    @Flag(help: "Store the result under the unit's key, so that runs reuse it.")
    var persist = false

    func validate() throws {
        if let atStep, atStep < 1 { throw ValidationError("--at-step counts from 1, not \(atStep)") }
        if persist, atStep != nil { throw ValidationError("--persist stores whole results; leave out --at-step") }
        for setting in settings where !setting.contains("=") || setting.hasPrefix("=") {
            throw ValidationError("--set takes name=value, such as --set steps=1200, not '\(setting)'")
        }
    }

    func run() throws {
        EndSignals.startCounting()
        let store = try ArtifactStore(options.storePath)
        let directory = try RunDirectory.open(runName, in: store.layout)
        let request = try LaunchRequest.read(from: directory)
        let (unit, graph) = try chosen(directory, request)
        let savesCheckpoints = Program.current.catalogue[unit.kind]?.description.savesCheckpoints == true
        if atStep != nil, !savesCheckpoints {
            throw ValidationError("'\(unit.name)' (\(unit.kind)) has no steps; --at-step is for trainings")
        }
        let spin = try UnitSpin(unit, of: graph, in: directory, store: store)
        let lock = try spin.takeFolder()
        defer { withExtendedLifetime(lock) {} }

        let kept = store.layout.checkpoint(unit.key)
        let resumed = try atStep.flatMap {
            try CheckpointCopies.provide(before: $0, in: spin.checkpoints, others: [kept])
        }
        if atStep == nil { try DurableFiles.removeTree(spin.checkpoints) }
        try DurableFiles.createDirectory(spin.checkpoints)
        introduce(spin, directory)

        let reporter = SpinReporter(isQuiet: options.quiet, completed: resumed ?? 0)
        let limit = atStep
        let start = Date()
        let outcome: UnitSpin.Outcome
        do {
            outcome = try spin(
                catalogue: Program.current.catalogue, projectDirectory: request.projectDirectory,
                keepsOutput: options.json, reporter: reporter
            ) {
                if EndSignals.count > 0 { return .cancel }
                // A step that is under way when this is asked for is still taken.
                if let limit, reporter.completed >= limit - 1 { return .checkpoint }
                return .none
            }
            reporter.clear()
        } catch {
            reporter.clear()
            Narration.error("\(spin.unit.name) failed: \(error)")
            Narration.line("what it left is in \(spin.folder)")
            throw ExitCode(Determinism.ExitCode.unitFailed)
        }
        let seconds = Date().timeIntervalSince(start)
        if EndSignals.count > 0, case .stopped = outcome { throw ExitCode(128 + SIGINT) }
        let report = try report(
            spin, directory, store, outcome: outcome, figures: reporter.figures, seconds: seconds,
            resumed: savesCheckpoints ? resumed ?? 0 : nil)
        if options.json { try JSONOutput.print(report) } else { print(report.lines.joined(separator: "\n")) }
        if report.differs { throw ExitCode(Determinism.ExitCode.differs) }
    }

    // MARK: What is spun

    /// The unit as the run has it, or as the recipe gives it with other parameters.
    private func chosen(_ directory: RunDirectory, _ request: LaunchRequest) throws -> (WorkUnit, WorkGraph) {
        let summary = try RunJournal.summary(of: directory)
        if settings.isEmpty {
            let outcome = try RunArguments.unit(unit, in: summary)
            let graph = try directory.graph()
            guard let found = graph.units.first(where: { $0.key == outcome.key }) else {
                throw LedgerError(.damaged, "'\(directory.graphFile)' does not have unit '\(outcome.name)'")
            }
            return (found, graph)
        }
        let record = try directory.record()
        if !FileManager.default.changeCurrentDirectoryPath(request.projectDirectory) {
            Narration.line(
                "note: the run's project folder '\(request.projectDirectory)' is gone; paths are those of this folder")
        }
        var recipe = RecipeOptions()
        recipe.recipe = record.recipePath.isEmpty ? nil : record.recipePath
        recipe.settings = record.parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" } + settings
        var global = GlobalOptions()
        (global.store, global.json, global.quiet) = (options.storePath, options.json, options.quiet)
        let graph = try RecipeLoading.load(recipe, global).graph
        let named = graph.units.filter { $0.name == unit || UnitSelection.matches($0.name, unit) }
        guard let found = named.first, named.count == 1 || found.name == unit else {
            let names = (named.isEmpty ? graph.units : named).map(\.name)
            let hint =
                named.isEmpty
                ? NearestName.hint(unit, among: names) : " It has parts: \(names.prefix(5).joined(separator: ", "))."
            throw LedgerError(.unknownName, "the recipe has no unit '\(unit)' with these parameters.\(hint)")
        }
        return (found, graph)
    }

    /// Tells what is about to run, before it says anything itself.
    private func introduce(_ spin: UnitSpin, _ directory: RunDirectory) {
        guard !options.quiet else { return }
        let count = spin.inputs.values.reduce(0) { $0 + $1.count } + spin.unit.sources.count
        Narration.line(
            "\(spin.unit.name) (\(spin.unit.kind)) of \(directory.name), \(count) input\(count == 1 ? "" : "s"), in \(spin.folder)"
        )
        for parent in spin.substituted {
            Narration.line(
                "note: '\(parent)' has not run with these parameters; its outputs in \(directory.name) are used")
        }
        if let version = Program.current.catalogue[spin.unit.kind]?.description.version,
            version != spin.unit.kindVersion
        {
            Narration.line(
                "note: the run was made by version \(spin.unit.kindVersion) of \(spin.unit.kind), this program has \(version); results may differ"
            )
        }
        if let numerics = spin.unit.numericsVersion, numerics != NumericsVersion.current {
            Narration.line(
                "note: the run was made by numerics version \(numerics), this program computes by \(NumericsVersion.current); results may differ"
            )
        }
    }

    // MARK: What came out

    private func report(
        _ spin: UnitSpin, _ directory: RunDirectory, _ store: ArtifactStore, outcome: UnitSpin.Outcome,
        figures: [String: Double], seconds: Double, resumed: Int?
    ) throws -> SpinReport {
        let stored: ArtifactManifest? =
            if case .found(let manifest) = store.find(spin.unit.key) { manifest } else { nil }
        var outputs: [SpinReport.Output] = []
        if case .finished = outcome {
            outputs = try spin.unit.outputs.map { declared in
                let path = spin.output(declared.name)
                guard DurableFiles.exists(path) else {
                    throw LedgerError(.badOutput, "'\(spin.unit.name)' did not write its output '\(declared.name)'")
                }
                let digest = try DurableFiles.treeDigest(path).digest
                let recorded = stored?.output(declared.name)?.digest
                return SpinReport.Output(
                    name: declared.name, path: path, digest: digest, recorded: recorded,
                    same: recorded.map { $0 == digest })
            }
        }
        let isWorthStoring = persist && stored == nil && !outputs.isEmpty
        if isWorthStoring { _ = try spin.persist(figures: figures) }
        let steps = try steps(spin, stored, store, from: resumed ?? 0)
        return SpinReport(
            run: directory.name, unit: spin.unit.name, kind: spin.unit.kind, key: spin.unit.key,
            isDeterministic: spin.unit.isDeterministic, finished: !outputs.isEmpty, seconds: seconds,
            folder: spin.folder, substituted: spin.substituted, figures: figures, outputs: outputs,
            resumedAt: resumed, lastStep: steps.last, firstDifference: steps.first { $0.same == false },
            persisted: isWorthStoring)
    }

    /// The steps that were taken, beside those that the run recorded; empty for a unit that is no training.
    private func steps(
        _ spin: UnitSpin, _ stored: ArtifactManifest?, _ store: ArtifactStore, from first: Int
    ) throws -> [SpinReport.Step] {
        let computed = try RecordedSteps(ofCheckpoints: spin.checkpoints)
        guard computed.last > first else { return [] }
        var sources = [try RecordedSteps(ofCheckpoints: store.layout.checkpoint(spin.unit.key))]
        if let stored {
            for output in stored.outputs where output.isFolder {
                sources.append(try RecordedSteps(ofModel: store.outputPath(stored, output.name)))
            }
        }
        return (first + 1...computed.last).compactMap { step in
            computed[step].map { record in
                SpinReport.Step(record, sources.lazy.compactMap { $0[step] }.first)
            }
        }
    }
}
