import ArgumentParser
import Determinism
import Execution
import Foundation
import Launch
import Ledger
import Ranks
import Scheduling

/// Runs a recipe in this process and those `mpirun` started beside it.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a recipe on the ranks this process is one of; alone it is one rank.",
        discussion: """
            Inside an allocation mpirun or srun starts the ranks; without a launcher MPI is not touched. Nobody starts dead
            ranks again here: submit the recipe again, or let the batch script repeat the line.

            Examples:
              orchestrate run recipes/hello.swift
              mpirun -n 8 orchestrate run recipes/pusht.swift
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var recipe: RecipeOptions
    @OptionGroup var selection: UnitSelection
    @OptionGroup var runOptions: RunOptions
    @OptionGroup var site: SiteOptions

    /// A run that exists already; what `submit` starts its ranks with.
    @Option(help: .hidden)
    var resume: String?

    /// When the time of the allocation is up, in seconds since 1970.
    @Option(help: .hidden)
    var walltimeEnd: Double?

    func run() throws {
        Narration.hold()
        let process = RankProcess(catalogue: Program.current.catalogue)
        if let resume {
            // The supervisor reads the journal: any end in order is a success of this process.
            _ = try process.run {
                let directory = try RunDirectory.open(resume, in: StoreLayout(options.storePath))
                var prepared = try LaunchRequest.read(from: directory).prepared(directory)
                prepared.endsAt = walltimeEnd
                return prepared
            }
            return
        }
        var made: RunDirectory?
        var following: RunFollowing?
        let outcome = try process.run {
            let directory = try NewRun(
                recipe: recipe, selection: selection, run: runOptions, options: options, site: site
            )
            .make(ranks: MPIEnvironment.launchedCount)
            made = directory
            if !options.quiet { following = RunFollowing(directory) }
            return try LaunchRequest.read(from: directory).prepared(directory)
        }
        following?.stop()
        guard outcome != nil, let made else { return }
        try RunEnding(summary: try RunJournal.summary(of: made), directory: made, options: options).tell()
    }
}

/// Follows a run of this very process from a thread beside it.
private final class RunFollowing: @unchecked Sendable {
    private let condition = NSCondition()
    private var isOver = false
    private let ended = DispatchSemaphore(value: 0)

    init(_ directory: RunDirectory) {
        let thread = Thread { [self] in
            let follower = RunFollower(directory, isQuiet: false)
            condition.lock()
            while !isOver {
                _ = condition.wait(until: Date(timeIntervalSinceNow: 0.2))
                follower.look()
            }
            condition.unlock()
            follower.finish()
            ended.signal()
        }
        thread.start()
    }

    func stop() {
        condition.lock()
        isOver = true
        condition.signal()
        condition.unlock()
        ended.wait()
    }
}
