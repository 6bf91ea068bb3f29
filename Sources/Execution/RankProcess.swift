import Determinism
import DurableFiles
import Foundation
import Ledger
import Processes
import Ranks
public import Recipes
public import Scheduling

/// One process of a run: rank 0 coordinates and works, every other rank works.
///
/// Started by `mpirun` it is one of many; started alone it is the whole run and does not touch MPI.
public struct RankProcess {
    private let catalogue: Catalogue
    private let narrator = Narrator()
    /// The environment variable that says which job a process belongs to; children inherit it.
    public static let jobVariable = "ORCHESTRATE_JOB"

    public init(catalogue: Catalogue) { self.catalogue = catalogue }

    /// Runs to the end of the run.
    ///
    /// - Parameter prepare: compiles the recipe; called on rank 0 alone.
    /// - Returns: how the run ended on rank 0, `nil` on other ranks.
    /// - Throws: what `prepare` throws, on rank 0; or what made the run impossible.
    public func run(prepare: () throws -> PreparedRun) throws -> RunOutcome? {
        guard MPIEnvironment.isLaunched else {
            let prepared = try prepare()
            return try coordinate(prepared, facts: [.own], control: nil, gangs: nil)
        }
        ProcessControl.dieWithParent(getppid())
        let environment = try MPIEnvironment()
        let world = environment.world
        let control = try world.duplicate()
        let gangs = try world.duplicate()
        let facts = try MPIGang(world).allGather(RankFacts.own.encoded).map { try RankFacts($0) }
        // Also when rank 0 finds nothing to run, every rank leaves MPI in order before the reason is told.
        let result = Result { () throws -> RunOutcome? in
            if world.rank == 0 { return try lead(world, control: control, gangs: gangs, facts: facts, prepare) }
            try follow(world, control: control, gangs: gangs)
            return nil
        }
        try MPIGang(world).barrier()
        try environment.finalize()
        return try result.get()
    }

    // MARK: Rank 0

    private func lead(
        _ world: Communicator, control: Communicator, gangs: Communicator, facts: [RankFacts],
        _ prepare: () throws -> PreparedRun
    ) throws -> RunOutcome {
        let prepared: PreparedRun
        do {
            prepared = try prepare()
        } catch {
            // Nothing to run: the other ranks leave quietly, and this one says why.
            _ = try MPIGang(world).broadcast([])
            throw error
        }
        do {
            return try coordinate(prepared, facts: facts, control: control, gangs: gangs, world: world)
        } catch {
            narrator.say("error: \(error)")
            world.abort(code: (error as? any ExitCoded)?.exitCode ?? ExitCode.software)
            throw error
        }
    }

    private func coordinate(
        _ prepared: PreparedRun, facts: [RankFacts], control: Communicator?, gangs: Communicator?,
        world: Communicator? = nil
    ) throws -> RunOutcome {
        let directory = prepared.directory
        guard let live = try directory.lockLive() else {
            throw ExecutionError(
                .inUse, "run \(directory.name) is going already; follow it with `watch \(directory.name)`")
        }
        defer { withExtendedLifetime(live) {} }
        let store = try ArtifactStore(directory.layout.root)
        let session = try StoreSession(store, run: directory.name)
        let record = prepared.record
        let journal = try RunJournal(
            directory.journal,
            run: RunSummary(
                run: directory.name, recipe: record.recipe, recipePath: record.recipePath, status: .running,
                started: record.started, parameters: record.parameters, seed: record.seed, rankCount: facts.count),
            fence: session.fence, host: facts[0].host)
        let briefing = RunBriefing(
            runName: directory.name, storeRoot: directory.layout.root, projectDirectory: prepared.projectDirectory,
            fence: session.fence, graph: prepared.graph)
        if let world { _ = try MPIGang(world).broadcast(briefing.encoded) }
        RunSignals.count(true)
        defer { RunSignals.count(false) }
        let (capacity, processors) = RankFacts.site(
            facts, countable: prepared.countable, memoryPerRankBytes: prepared.memoryPerRankBytes)
        let bay = WorkerBay()
        let pulse = PulseWriter(
            rank: 0, host: facts[0].host, fence: session.fence, run: directory, watch: bay.watch)
        let coordinator = try Coordinator(
            Coordinator.Setup(
                prepared: prepared, store: store, session: session, journal: journal, bay: bay, capacity: capacity,
                processors: processors, communicator: control, catalogue: catalogue,
                narrate: { [narrator] in narrator.say($0) }),
            pulse: pulse)
        let (worker, capture) = try startWorker(briefing, bay: bay, rank: 0, gangs: gangs)
        let outcome: RunOutcome
        do {
            outcome = try coordinator.run()
        } catch {
            capture.restore()
            coordinator.giveUp()
            throw error
        }
        try coordinator.close(outcome)
        worker.join()
        capture.restore()
        try journal.close()
        return outcome
    }

    // MARK: Other ranks

    private func follow(_ world: Communicator, control: Communicator, gangs: Communicator) throws {
        let bytes = try MPIGang(world).broadcast([])
        guard !bytes.isEmpty else { return }
        RunSignals.ignore()
        let briefing = try RunBriefing(bytes)
        let bay = WorkerBay()
        let (worker, capture) = try startWorker(briefing, bay: bay, rank: world.rank, gangs: gangs)
        let directory = RunDirectory(briefing.runName, in: StoreLayout(briefing.storeRoot))
        var rankControl = RankControl(
            control,
            pulse: PulseWriter(
                rank: world.rank, host: RankFacts.ownHost, fence: briefing.fence, run: directory, watch: bay.watch),
            bay: bay)
        try rankControl.run()
        worker.join()
        capture.restore()
    }

    private func startWorker(
        _ briefing: RunBriefing, bay: WorkerBay, rank: Int, gangs: Communicator?
    ) throws -> (WorkerThread, OutputCapture) {
        let store = try ArtifactStore(briefing.storeRoot)
        let directory = RunDirectory(briefing.runName, in: store.layout)
        let capture = try OutputCapture(prefix: "\(directory.logs)/rank-\(rank).\(briefing.fence)")
        let catalogue = catalogue
        // The capture is used by the worker thread alone until that thread has ended.
        nonisolated(unsafe) let shared = capture
        let worker = WorkerThread(bay: bay) {
            UnitRunner(
                briefing: briefing, catalogue: catalogue, store: store, directory: directory, bay: bay, rank: rank,
                gangs: gangs, capture: shared)
        }
        return (worker, capture)
    }
}
