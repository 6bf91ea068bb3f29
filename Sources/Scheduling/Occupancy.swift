import WorkGraph

/// What running units occupy of a site.
struct Occupancy: Sendable {
    /// The units assigned to one rank: one runs, light ones may queue behind it.
    struct RankLoad: Sendable {
        var count = 0
        var expectedSeconds = 0.0
        /// Units it was given so far.
        var given = 0
        /// All of them are light.
        var isLight = true
    }

    /// How far light units may queue behind others on a rank.
    struct Queueing {
        /// What one is expected to take.
        var expectedSeconds: Double
        /// Work that may wait on a rank.
        var limitSeconds: Double
        /// Units that may wait on a rank.
        var limit: Int
        /// Units that may wait on rank 0.
        var ownLimit: Int
    }

    let capacity: SiteCapacity
    private(set) var loads: [RankLoad]
    private(set) var freeCpus: [Int]
    private(set) var freeMemory: [Int]
    private(set) var freeCountable: [String: Int]
    private let machineOf: [Int]

    init(capacity: SiteCapacity) {
        self.capacity = capacity
        var machineOf = [Int](repeating: 0, count: capacity.rankCount)
        for (machine, place) in capacity.machines.enumerated() {
            for rank in place.ranks { machineOf[rank] = machine }
        }
        self.machineOf = machineOf
        loads = Array(repeating: RankLoad(), count: capacity.rankCount)
        freeCpus = capacity.machines.map(\.cpus)
        freeMemory = capacity.machines.map(\.memoryBytes)
        freeCountable = capacity.countable
    }

    /// Number of ranks that run nothing.
    var idleRankCount: Int { loads.reduce(0) { $0 + ($1.count == 0 ? 1 : 0) } }

    /// Why the empty site could not hold `demand`; `nil` when it can.
    func refusal(of demand: Demand) -> String? {
        for item in demand.countable {
            let has = capacity.countable[item.name] ?? 0
            if has < item.amount {
                return
                    "needs \(item.amount) \(item.name), this run has \(has); say so with --resource \(item.name)=\(item.amount)"
            }
        }
        let most = Occupancy(capacity: capacity).fittingRanks(for: demand).count
        if most >= demand.ranks.lowerBound { return nil }
        let largest = capacity.machines.map(\.cpus).max() ?? 0
        if demand.cpus > largest {
            return "needs \(demand.cpus) cpus on one machine, the largest here has \(largest); lower cpus:"
        }
        let memory = capacity.machines.map(\.memoryBytes).max() ?? 0
        if demand.memoryBytes > memory {
            return
                "needs \(demand.memoryBytes) bytes of memory on one machine, the largest here has \(memory); lower memory:"
        }
        return "needs \(demand.ranks.lowerBound) ranks with \(demand.cpus) cpus each, this run can give \(most); "
            + "start it with --ranks \(demand.ranks.lowerBound) or more"
    }

    /// What a unit asks for, with the memory it is expected to need where it does not say.
    ///
    /// Little memory does not count: units that need an eighth of a rank's share stay light. What is expected never makes a unit impossible.
    func demand(_ request: ResourceRequest, expectedMemoryBytes: Int) -> Demand {
        let shares = capacity.machines.map { $0.memoryBytes / max(1, $0.ranks.count) }
        var bytes = min(expectedMemoryBytes, capacity.machines.map(\.memoryBytes).max() ?? 0)
        guard bytes > (shares.min() ?? 0) / 8 else { return Demand(request) }
        let plain = Demand(request)
        guard refusal(of: plain) == nil else { return plain }
        while bytes > 0 {
            let demand = Demand(request, expectedMemoryBytes: bytes)
            if refusal(of: demand) == nil { return demand }
            bytes = bytes / 4 * 3
        }
        return plain
    }

    /// Most ranks an empty site could give.
    func largestGang(for demand: Demand) -> Int {
        min(demand.ranks.upperBound, Occupancy(capacity: capacity).fittingRanks(for: demand).count)
    }

    /// Idle ranks that could run `demand` now, machines with most of them first.
    func fittingRanks(for demand: Demand) -> [Int] {
        for item in demand.countable where (freeCountable[item.name] ?? 0) < item.amount { return [] }
        var byMachine: [(machine: Int, ranks: [Int])] = []
        for (machine, place) in capacity.machines.enumerated() {
            var room = freeCpus[machine] / demand.cpus
            if demand.memoryBytes > 0 { room = min(room, freeMemory[machine] / demand.memoryBytes) }
            let idle = place.ranks.filter { loads[$0].count == 0 }
            byMachine.append((machine, Array(idle.prefix(max(0, room)))))
        }
        return byMachine.sorted { ($1.ranks.count, $0.machine) < ($0.ranks.count, $1.machine) }.flatMap(\.ranks)
    }

    /// The rank for a light unit: an idle one, else the one that was given fewest units so far and has room in its queue.
    ///
    /// Lengths of queues say little: they are milliseconds of work, and what is known of them is as old as the last report.
    ///
    /// - Parameter queueing: how long the unit is expected to take and how much may wait on a rank; `nil` for idle ranks only.
    func lightRank(queueing: Queueing?) -> Int? {
        var best: Int?
        for rank in loads.indices {
            let load = loads[rank]
            guard load.count > 0 || freeCpus[machineOf[rank]] > 0 else { continue }
            guard let queueing else {
                if load.count == 0 { return rank }
                continue
            }
            guard load.count == 0 || load.isLight, load.count < (rank == 0 ? queueing.ownLimit : queueing.limit),
                load.expectedSeconds + queueing.expectedSeconds <= queueing.limitSeconds || load.count == 0
            else { continue }
            if best.map({ comesFirst(load, loads[$0]) }) ?? true { best = rank }
        }
        return best
    }

    private func comesFirst(_ left: RankLoad, _ right: RankLoad) -> Bool {
        (left.count == 0) == (right.count == 0) ? left.given < right.given : left.count == 0
    }

    mutating func occupy(_ demand: Demand, ranks: [Int], expectedSeconds: Double) {
        for rank in ranks {
            if !demand.isLight || loads[rank].count == 0 {
                freeCpus[machineOf[rank]] -= demand.cpus
                freeMemory[machineOf[rank]] -= demand.memoryBytes
            }
            loads[rank].isLight = demand.isLight && (loads[rank].count == 0 || loads[rank].isLight)
            loads[rank].count += 1
            loads[rank].given += 1
            loads[rank].expectedSeconds += expectedSeconds
        }
        for item in demand.countable { freeCountable[item.name, default: 0] -= item.amount }
    }

    mutating func release(_ demand: Demand, ranks: [Int], expectedSeconds: Double) {
        for rank in ranks {
            loads[rank].count -= 1
            loads[rank].expectedSeconds = loads[rank].count == 0 ? 0 : loads[rank].expectedSeconds - expectedSeconds
            if !demand.isLight || loads[rank].count == 0 {
                freeCpus[machineOf[rank]] += demand.cpus
                freeMemory[machineOf[rank]] += demand.memoryBytes
            }
        }
        for item in demand.countable { freeCountable[item.name, default: 0] += item.amount }
    }
}
