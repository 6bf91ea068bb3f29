import Execution
import Foundation
import Processes

/// The command line that starts all ranks of a run on this machine.
struct RankCommand: Sendable {
    let program: String
    let arguments: [String]

    /// - Parameters:
    ///   - executable: this program; each rank runs it with `rankArguments`.
    ///   - environment: in which `mpirun` is looked for.
    ///   - nodes: those of an allocation that has lost some; `nil` to use all that the launcher finds.
    init(
        rankCount: Int, executable: String, rankArguments: [String], scratch: AttemptScratch,
        environment: [String: String], nodes: SlurmNodes? = nil
    ) throws {
        guard rankCount > 1 else {
            program = executable
            arguments = rankArguments
            return
        }
        program = try ExecutableSearch.find(
            "mpirun", path: environment["PATH"] ?? "/usr/bin:/bin", directory: FileManager.default.currentDirectoryPath)
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
        options += ["-n", "\(rankCount)"]
        arguments = options + [executable] + rankArguments
    }
}
