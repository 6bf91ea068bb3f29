public import ArgumentParser
import Foundation
public import Sites

/// Where `submit` runs a recipe, and what it asks Slurm for.
struct SlurmArguments: ParsableArguments {
    enum Place: String, ExpressibleByArgument, CaseIterable {
        case local, slurm
    }

    @Option(name: .customLong("on"), help: "Ranks of this machine, or a Slurm job.")
    var place: Place = .local

    @Option(help: "Nodes of the Slurm job; default: as many as Slurm needs for the ranks.")
    var nodes: Int?

    @Option(help: "Slurm's partition.")
    var partition: String?

    @Option(help: "The account that Slurm charges.")
    var account: String?

    @Option(
        help: ArgumentHelp(
            "Walltime of the Slurm job: 90m, 2h, 3d, or auto: what nine of ten such runs are expected to take; default: the partition's.",
            valueName: "time"))
    var time: String?

    @Option(help: "What starts the ranks of the Slurm job: mpirun (default), or srun where Slurm has PMIx.")
    var launcher: Launcher?

    @Option(
        name: .customLong("sbatch"),
        help: ArgumentHelp(
            "Any option of sbatch, such as gres=gpu:4 or exclusive; may be repeated.", valueName: "name=value"))
    var further: [String] = []

    @Option(
        help: ArgumentHelp(
            "A line for the batch script before the program, such as 'module load openmpi'; may be repeated.",
            valueName: "line"))
    var prologue: [String] = []

    @Option(
        name: .customLong("max-requeues"),
        help: ArgumentHelp("How often the job may go back to the queue; default 20.", valueName: "times"))
    var requeueLimit: Int?

    @Flag(name: .customLong("dry-run"), help: "Print the batch script and submit nothing.")
    var isDryRun = false

    func validate() throws {
        if let nodes, nodes < 1 { throw ValidationError("--nodes is 1 or more, not \(nodes)") }
        if let requeueLimit, requeueLimit < 0 {
            throw ValidationError("--max-requeues is 0 or more, not \(requeueLimit)")
        }
        if let time, SlurmDefaults.Walltime(time) == nil {
            throw ValidationError("--time takes 90m, 2h, 3d or auto, not '\(time)'")
        }
        for text in further + prologue + [partition, account].compactMap({ $0 }) where text.contains("\n") {
            throw ValidationError("'\(text)' must be one line")
        }
        for option in further where option.isEmpty || option.hasPrefix("-") {
            throw ValidationError(
                "--sbatch takes name=value without dashes, such as --sbatch gres=gpu:4, not '\(option)'")
        }
        guard place == .local else { return }
        let given: [(String, Bool)] = [
            ("--nodes", nodes != nil), ("--partition", partition != nil), ("--account", account != nil),
            ("--time", time != nil), ("--launcher", launcher != nil), ("--sbatch", !further.isEmpty),
            ("--prologue", !prologue.isEmpty),
            ("--dry-run", isDryRun),
        ]
        if let first = given.first(where: \.1) { throw ValidationError("\(first.0) is for --on slurm") }
    }

    /// What the command line asks for, and where it says nothing the site.
    func defaults(_ site: SlurmDefaults) -> SlurmDefaults {
        var given = SlurmDefaults()
        given.partition = partition
        given.account = account
        given.walltime = time.flatMap { SlurmDefaults.Walltime($0) }
        given.launcher = launcher
        given.requeueLimit = requeueLimit
        given.options = further
        given.prologue = prologue
        return given.over(site)
    }

    typealias Launcher = SlurmDefaults.Launcher
}

extension SlurmDefaults.Launcher: ExpressibleByArgument {}
