import HeapModule

/// Shares ranks between workflows that arrive one after another: least expected remaining work first, with ageing.
///
/// Within a workflow the longest expected path goes first. A workflow that waits counts for less and less work, so that nothing starves.
///
/// - Complexity: O(workflows) a start.
public struct StreamDispatcher<Estimates: RunEstimates>: Dispatcher {
    private struct Entry: Comparable {
        let priority: Double
        let since: Int
        let unit: Int

        static func < (left: Entry, right: Entry) -> Bool {
            left.priority == right.priority ? left.since > right.since : left.priority < right.priority
        }
    }

    private var estimates: Estimates
    private var version: Int
    private var versions: [Int]
    /// The units of each workflow, every one after its parents.
    private let order: [[Int]]
    private let workload: Workload
    private var priorities: [Double]
    private var ready: [Heap<Entry>]
    private var unfinished: [[Int]]
    private var isFinished: [Bool]
    private var remaining: [Double]
    private var readyCount = 0
    private let speed: Double
    /// Waiting for as long as its remaining work takes on all ranks makes a workflow count for this part less.
    public var ageing: Double
    /// Of a workflow that was given less than about this part of its work yet, less is taken to remain.
    ///
    /// Expectations are tried before they are believed: what is thought to be long and is not would wait for long else.
    private let trial: Double
    /// Seconds of each workflow's units that were started, as expected or, where they have ended, as it was.
    private var given: [Double]

    /// - Parameter speed: of all ranks together.
    public init(_ workload: Workload, speed: Double, estimates: Estimates, ageing: Double = 0.1, trial: Double = 0.1) {
        self.trial = trial
        given = Array(repeating: 0, count: workload.arrivals.count)
        self.workload = workload
        self.estimates = estimates
        self.speed = speed
        self.ageing = ageing
        version = estimates.version
        priorities = Array(repeating: 0, count: workload.count)
        let count = workload.arrivals.count
        versions = (0..<count).map { estimates.version(ofWorkflow: $0) }
        var order = [[Int]](repeating: [], count: count)
        for unit in workload.precedence.order { order[workload.workflowOf[unit]].append(unit) }
        self.order = order
        ready = Array(repeating: Heap(), count: count)
        unfinished = Array(repeating: [], count: count)
        for unit in 0..<workload.count { unfinished[workload.workflowOf[unit]].append(unit) }
        isFinished = Array(repeating: false, count: workload.count)
        remaining = Array(repeating: 0, count: count)
        for workflow in 0..<count { prioritize(workflow) }
    }

    /// Finds the order of one workflow's units again.
    private mutating func prioritize(_ workflow: Int) {
        versions[workflow] = estimates.version(ofWorkflow: workflow)
        for unit in order[workflow].reversed() {
            var longest = 0.0
            for child in workload.precedence.children[unit] { longest = max(longest, priorities[child]) }
            priorities[unit] = estimates.seconds(unit) + longest
        }
        ready[workflow] = Heap(
            ready[workflow].unordered.map { Entry(priority: priorities[$0.unit], since: $0.since, unit: $0.unit) })
        unfinished[workflow].removeAll { isFinished[$0] }
        remaining[workflow] = unfinished[workflow].reduce(0) { $0 + estimates.seconds($1) }
    }

    public mutating func becameReady(_ unit: Int, in cluster: Cluster) {
        estimates.becameReady(unit)
        readyCount += 1
        ready[workload.workflowOf[unit]].insert(Entry(priority: priorities[unit], since: readyCount, unit: unit))
    }

    public mutating func started(_ unit: Int, ranks: [Int], in cluster: Cluster) {
        guard let rank = ranks.first else { return }
        given[workload.workflowOf[unit]] += estimates.seconds(unit)
        estimates.started(unit, at: cluster.computingSince[rank], rate: cluster.rate(of: unit, on: rank))
    }

    public mutating func finished(_ unit: Int, seconds: Double?, in cluster: Cluster) {
        let expected = estimates.seconds(unit)
        estimates.finished(unit, seconds: seconds)
        given[workload.workflowOf[unit]] += (seconds ?? 0) - expected
        guard seconds != nil else { return }
        isFinished[unit] = true
        remaining[workload.workflowOf[unit]] -= estimates.seconds(unit)
    }

    public mutating func decide(in cluster: Cluster) -> [SimulatedDecision] {
        guard !cluster.idleRanks.isEmpty else { return [] }
        estimates.timePassed(to: cluster.now)
        if estimates.version != version {
            version = estimates.version
            for workflow in versions.indices where versions[workflow] != estimates.version(ofWorkflow: workflow) {
                prioritize(workflow)
            }
        }
        var idle = cluster.idleRanks.sorted { (cluster.speeds[$1], $0) < (cluster.speeds[$0], $1) }[...]
        var decisions: [SimulatedDecision] = []
        let waiting = ready.indices.filter { !ready[$0].isEmpty }
        let order = waiting.sorted { (urgency($0, cluster), $0) < (urgency($1, cluster), $1) }
        for workflow in order {
            while let rank = idle.first, let entry = ready[workflow].popMax() {
                decisions.append(.start(unit: entry.unit, ranks: [rank]))
                idle = idle.dropFirst()
            }
        }
        return decisions
    }

    /// The lower, the sooner.
    private func urgency(_ workflow: Int, _ cluster: Cluster) -> Double {
        var work = max(remaining[workflow], 0) / speed
        if trial > 0 {
            let known = max(given[workflow], 0)
            work *= known / (known + trial * (known + work * speed) + 1e-9)
        }
        return work - ageing * (cluster.now - workload.arrivals[workflow])
    }
}
