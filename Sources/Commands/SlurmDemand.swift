import Foundation
import Launch
import Observatory
import Sites
import WorkGraph

/// What a run asks Slurm for: what was said, and what its units and its forecast need.
struct SlurmDemand {
    let options: SlurmOptions
    /// What the user should know of it.
    let notices: [String]

    /// - Parameters:
    ///   - asked: of command line and site.
    ///   - report: the plan, for walltimes that follow from it.
    init(_ asked: SlurmDefaults, ranks: Int, nodes: Int?, graph: WorkGraph, report: PlanReport) {
        var options = SlurmOptions(ranks: ranks)
        var notices: [String] = []
        options.nodes = nodes
        options.partition = asked.partition
        options.account = asked.account
        options.further = asked.options
        options.prologue = asked.prologue
        options.requeueLimit = asked.requeueLimit ?? options.requeueLimit
        options.cpus = graph.units.reduce(1) { max($0, $1.resources.cpus) }
        let partition = SlurmPartition(asked.partition)
        switch asked.walltime {
        case nil: break
        case .seconds(let seconds)?: options.seconds = seconds
        case .fromForecast?:
            let wanted = Self.walltime(report.estimate.p90Seconds, warning: options.warningSeconds)
            options.seconds = min(wanted, partition?.limitSeconds ?? wanted)
            if let limit = partition?.limitSeconds, wanted > limit {
                notices.append(
                    "the run may take \(HumanText.duration(Double(wanted))), longer than the partition allows: it asks for "
                        + "\(HumanText.duration(Double(limit))), and goes back to the queue with what it has")
            }
        }
        let memory = graph.units.reduce(0) { max($0, $1.resources.memoryBytes) }
        // Where nodes have no memory configured, Slurm refuses jobs that ask for any.
        if memory > 0, let partition, partition.hasMemory {
            options.memoryBytes = max(memory + memory / 4 + Self.programBytes, Self.leastMemoryBytes)
        }
        for unit in graph.units {
            for (name, amount) in unit.resources.countable {
                guard let generic = Self.genericNames[name] else { continue }
                options.generic[generic] = max(options.generic[generic] ?? 0, amount)
            }
        }
        self.options = options
        self.notices = notices
    }

    /// So much of each countable resource the job's nodes have, where the user has not said.
    var countable: [String: Int] {
        var result: [String: Int] = [:]
        for (name, generic) in Self.genericNames {
            if let amount = options.generic[generic] { result[name] = amount * (options.nodes ?? 1) }
        }
        return result
    }

    /// Slurm's names of resources that units count.
    private static let genericNames = ["gpu": "gpu", "gpus": "gpu"]

    /// What a rank needs beside its unit.
    private static let programBytes = 256 << 20
    /// Units that declare nothing must not get less than they would without the others.
    private static let leastMemoryBytes = 2 << 30

    /// Seconds to ask for when so many are expected: a tenth more, the time that the last checkpoint has, and whole minutes.
    static func walltime(_ seconds: Double, warning: Int) -> Int {
        let wanted = min(max(seconds, 0) * 1.1 + Double(warning) + 60, 1e9)
        return max(5, Int((wanted / 60).rounded(.up))) * 60
    }
}
