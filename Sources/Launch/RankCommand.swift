import Execution
import Foundation
import Processes
import Sites

/// The command line that starts all ranks of a run.
struct RankCommand: Sendable {
    let program: String
    let arguments: [String]

    /// - Parameters:
    ///   - launcher: what starts the ranks; `srun` serves only within an allocation.
    ///   - executable: this program; each rank runs it with `rankArguments`.
    ///   - environment: in which `mpirun` is looked for.
    ///   - nodes: those of an allocation that has lost some; `nil` to use all that the launcher finds.
    init(
        _ launcher: SlurmDefaults.Launcher, rankCount: Int, executable: String, rankArguments: [String],
        scratch: AttemptScratch, environment: [String: String], nodes: SlurmNodes? = nil
    ) throws {
        guard rankCount > 1 else {
            program = executable
            arguments = rankArguments
            return
        }
        program = try ExecutableSearch.find(
            launcher.rawValue, path: environment["PATH"] ?? "/usr/bin:/bin",
            directory: FileManager.default.currentDirectoryPath)
        let options =
            switch launcher {
            case .mpirun: Self.openMPI(rankCount, scratch, environment, nodes)
            case .srun: Self.slurm(rankCount, environment, nodes)
            }
        arguments = options + [executable] + rankArguments
    }

    private static func openMPI(
        _ rankCount: Int, _ scratch: AttemptScratch, _ environment: [String: String], _ nodes: SlurmNodes?
    ) -> [String] {
        var options = ["--oversubscribe", "--bind-to", "none"]
        if geteuid() == 0 { options.append("--allow-run-as-root") }
        options += [
            // Idle ranks give their core away.
            "--mca", "mpi_yield_when_idle", "1",
            // Reading other processes' memory is forbidden in many containers, and then warns instead of working.
            "--mca", "btl_vader_single_copy_mechanism", "none",
        ]
        if environment["SLURM_JOB_NUM_NODES"].flatMap(Int.init) ?? 1 == 1 {
            // Shared memory and sockets lie where they are found again; other machines do not have these folders.
            options += [
                "--mca", "btl_vader_backing_directory", scratch.sharedMemoryFolder,
                "--mca", "orte_tmpdir_base", scratch.sessionFolder,
            ]
        }
        if let nodes { options += ["--host", nodes.hostList] }
        return options + ["-n", "\(rankCount)"]
    }

    private static func slurm(_ rankCount: Int, _ environment: [String: String], _ nodes: SlurmNodes?) -> [String] {
        // A dead rank ends the others, as with mpirun; processors are handed out by this program.
        var options = ["--mpi=pmix", "--kill-on-bad-exit=1", "--overlap", "--cpu-bind=none", "--ntasks=\(rankCount)"]
        // Steps do not take this over from the job by themselves.
        if let cpus = environment["SLURM_CPUS_PER_TASK"] { options.append("--cpus-per-task=\(cpus)") }
        if let nodes {
            let names = nodes.nodes.filter(\.isUsable).map(\.name)
            options += ["--nodes=\(names.count)", "--nodelist=" + names.joined(separator: ",")]
        }
        return options
    }
}
