import ArgumentParser
import Foundation
import Launch
import Ledger
import WorkGraph

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

    @Option(help: ArgumentHelp("Walltime of the Slurm job: 90m, 2h, 3d; default: the partition's.", valueName: "time"))
    var time: String?

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
        help: ArgumentHelp("How often the job may go back to the queue.", valueName: "times"))
    var requeueLimit: Int = 20

    @Flag(name: .customLong("dry-run"), help: "Print the batch script and submit nothing.")
    var isDryRun = false

    func validate() throws {
        if let nodes, nodes < 1 { throw ValidationError("--nodes is 1 or more, not \(nodes)") }
        if requeueLimit < 0 { throw ValidationError("--max-requeues is 0 or more, not \(requeueLimit)") }
        if let time, seconds == nil { throw ValidationError("--time takes 90m, 2h or 3d, not '\(time)'") }
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
            ("--time", time != nil), ("--sbatch", !further.isEmpty), ("--prologue", !prologue.isEmpty),
            ("--dry-run", isDryRun),
        ]
        if let first = given.first(where: \.1) { throw ValidationError("\(first.0) is for --on slurm") }
    }

    private var seconds: Int? { time.flatMap(RunArguments.seconds).map { Int($0) }.flatMap { $0 > 0 ? $0 : nil } }

    /// What to ask for, for the units of `graph` on `ranks` ranks.
    func options(ranks: Int, graph: WorkGraph) -> SlurmOptions {
        var options = SlurmOptions(ranks: ranks)
        options.nodes = nodes
        options.partition = partition
        options.account = account
        options.seconds = seconds
        options.further = further
        options.prologue = prologue
        options.requeueLimit = requeueLimit
        options.cpus = graph.units.reduce(1) { max($0, $1.resources.cpus) }
        return options
    }
}
