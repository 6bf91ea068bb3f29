import Foundation
import Processes
import Ranks
import Scheduling

/// What one rank knows of the machine it stands on.
struct RankFacts: Sendable {
    /// The node as Slurm calls it, or else the host's name.
    var host: String
    /// Ids of the processors it may use.
    var processors: [Int]
    var memoryBytes: Int

    static var ownHost: String {
        ProcessInfo.processInfo.environment["SLURMD_NODENAME"] ?? ProcessInfo.processInfo.hostName
    }

    static var own: RankFacts {
        RankFacts(
            host: ownHost, processors: ProcessControl.allowedCpus(),
            memoryBytes: ProcessControl.memoryBytes())
    }

    var encoded: [UInt8] {
        var writer = WireWriter()
        writer.append(host)
        writer.append(count: processors.count)
        for processor in processors { writer.append(count: processor) }
        writer.append(memoryBytes)
        return writer.bytes
    }

    init(host: String, processors: [Int], memoryBytes: Int) {
        self.host = host
        self.processors = processors
        self.memoryBytes = memoryBytes
    }

    init(_ bytes: [UInt8]) throws(ExecutionError) {
        var reader = WireReader(bytes)
        host = try reader.text()
        processors = try reader.list { reader throws(ExecutionError) in try reader.count() }
        memoryBytes = try reader.int()
    }

    /// The site that ranks with these facts make up, and the processors of each machine.
    ///
    /// - Parameter memoryPerRankBytes: what ranks may use by the site file; `nil` for all their machines have.
    static func site(_ facts: [RankFacts], countable: [String: Int], memoryPerRankBytes: Double? = nil) -> (
        capacity: SiteCapacity, processors: [[Int]]
    ) {
        var hosts: [String] = []
        for fact in facts where !hosts.contains(fact.host) { hosts.append(fact.host) }
        var machines: [SiteCapacity.Machine] = []
        var processors: [[Int]] = []
        for host in hosts {
            let ranks = facts.indices.filter { facts[$0].host == host }
            // A launcher may bind each rank to a processor of its own: together they have all of these.
            let ids = Set(ranks.flatMap { facts[$0].processors }).sorted()
            processors.append(ids)
            var memory = ranks.map { facts[$0].memoryBytes }.max() ?? 0
            if let most = memoryPerRankBytes { memory = min(memory, Int(min(most * Double(ranks.count), 1e18))) }
            machines.append(SiteCapacity.Machine(ranks: ranks, cpus: ids.count, memoryBytes: memory))
        }
        return (SiteCapacity(machines: machines, countable: countable), processors)
    }
}
