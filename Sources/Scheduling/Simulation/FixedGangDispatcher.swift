/// Starts gangs of the most ranks their units may have, in a policy's order; narrower units pass those that do not fit.
public struct FixedGangDispatcher: Dispatcher {
    private let priorities: [Double]
    private let ties: TieRule
    private var ready: [(unit: Int, since: Int)] = []
    private var readyCount = 0

    public init(_ workload: Workload, policy: any SchedulingPolicy) {
        priorities = policy.priorities(
            workload.precedence, predictedSeconds: Array(repeating: 1, count: workload.count))
        ties = policy.ties
    }

    public mutating func becameReady(_ unit: Int, in cluster: Cluster) {
        readyCount += 1
        ready.append((unit, ties == .position ? unit : readyCount))
    }

    public mutating func started(_ unit: Int, ranks: [Int], in cluster: Cluster) {}
    public mutating func finished(_ unit: Int, seconds: Double?, in cluster: Cluster) {}

    public mutating func decide(in cluster: Cluster) -> [SimulatedDecision] {
        var idle = cluster.idleRanks[...]
        var decisions: [SimulatedDecision] = []
        ready.sort { (priorities[$1.unit], $0.since) < (priorities[$0.unit], $1.since) }
        ready.removeAll { entry in
            let width = min(cluster.workload.gang(of: entry.unit).maximumRanks, cluster.rankCount)
            guard width <= idle.count else { return false }
            decisions.append(.start(unit: entry.unit, ranks: Array(idle.prefix(width))))
            idle = idle.dropFirst(width)
            return true
        }
        return decisions
    }
}
