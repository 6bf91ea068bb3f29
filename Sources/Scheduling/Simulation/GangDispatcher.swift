import HeapModule

/// Starts units that may use several identical ranks, and chooses how many each gets.
///
/// Widths are found so that the expected longest path and the expected work per rank are in balance, and found again as the run
/// teaches. Ranks that would stay idle make gangs wider.
///
/// - Source: Radulescu and van Gemund, "A low-cost approach towards mixed task and data parallel scheduling" (CPA), ICPP 2001.
public struct GangDispatcher<Estimates: RunEstimates>: Dispatcher {
    private let workload: Workload
    private var estimates: Estimates
    private var widths: [Int]
    private var priorities: [Double]
    private var ready: [Int] = []
    private var isDone: [Bool]
    private var version: Int
    private var finishedSinceBalance = 0
    private let rankCount: Int

    public init(_ workload: Workload, ranks: Int, estimates: Estimates) {
        self.workload = workload
        self.estimates = estimates
        rankCount = ranks
        widths = Array(repeating: 1, count: workload.count)
        priorities = Array(repeating: 0, count: workload.count)
        isDone = Array(repeating: false, count: workload.count)
        version = estimates.version
        balance()
    }

    private func seconds(_ unit: Int, ranks: Int) -> Double {
        isDone[unit] ? 0 : estimates.seconds(unit) * workload.gang(of: unit).share(ranks: ranks)
    }

    /// Widens units of the longest path while it is longer than the work of all, spread over the ranks.
    private mutating func balance() {
        version = estimates.version
        finishedSinceBalance = 0
        widths = Array(repeating: 1, count: workload.count)
        var times = (0..<workload.count).map { seconds($0, ranks: 1) }
        var area = times.reduce(0, +)
        for _ in 0..<4 * workload.count {
            let tails = workload.precedence.tails(times)
            guard let first = tails.indices.max(by: { (tails[$0], -$0) < (tails[$1], -$1) }),
                tails[first] > area / Double(rankCount)
            else { break }
            // Of the units on the path the one that gains most by another rank.
            var best: (unit: Int, gain: Double)?
            var unit = first
            while true {
                let most = min(workload.gang(of: unit).maximumRanks, rankCount)
                if widths[unit] < most {
                    let gain =
                        times[unit] / Double(widths[unit]) - seconds(unit, ranks: widths[unit] + 1)
                        / Double(widths[unit] + 1)
                    if gain > best?.gain ?? 0 { best = (unit, gain) }
                }
                guard let next = workload.precedence.children[unit].max(by: { (tails[$0], -$0) < (tails[$1], -$1) }),
                    tails[next] > 0
                else { break }
                unit = next
            }
            guard let chosen = best?.unit else { break }
            area -= times[chosen] * Double(widths[chosen])
            widths[chosen] += 1
            times[chosen] = seconds(chosen, ranks: widths[chosen])
            area += times[chosen] * Double(widths[chosen])
        }
        priorities = workload.precedence.tails(times)
    }

    public mutating func becameReady(_ unit: Int, in cluster: Cluster) {
        estimates.becameReady(unit)
        ready.append(unit)
    }

    public mutating func started(_ unit: Int, ranks: [Int], in cluster: Cluster) {
        guard let rank = ranks.first else { return }
        estimates.started(unit, at: cluster.computingSince[rank], rate: cluster.rate(of: unit, on: rank))
    }

    public mutating func finished(_ unit: Int, seconds: Double?, in cluster: Cluster) {
        estimates.finished(unit, seconds: seconds)
        if seconds != nil { isDone[unit] = true }
        finishedSinceBalance += 1
    }

    public mutating func decide(in cluster: Cluster) -> [SimulatedDecision] {
        guard !cluster.idleRanks.isEmpty, !ready.isEmpty else { return [] }
        estimates.timePassed(to: cluster.now)
        // Balancing costs the square of the units: some dozens of times in a run are enough.
        if estimates.version != version, finishedSinceBalance > workload.count / 40 { balance() }
        ready.sort { (priorities[$1], $0) < (priorities[$0], $1) }
        var idle = cluster.idleRanks.count
        /// When so many ranks are expected to be free, in seconds from now, ascending.
        let free = (0..<cluster.rankCount).compactMap { cluster.secondsUntilFree($0, estimates) }.sorted()
        var given: [(unit: Int, width: Int)] = []
        /// While a unit waits for more ranks: others on idle ones must end before it starts.
        var heldFor: Double?
        for unit in ready {
            guard idle > 0 else { break }
            let most = min(widths[unit], free.count)
            var best = (width: 1, end: Double.infinity)
            for width in 1...most {
                // Ranks that were given to others above are not free as early as the list says.
                let place = width <= idle ? 0 : min(width + cluster.idleRanks.count - idle, free.count) - 1
                let end = (width <= idle ? 0 : free[place]) + seconds(unit, ranks: width)
                if end < best.end { best = (width, end) }
            }
            if best.width > idle {
                heldFor = min(heldFor ?? .infinity, best.end - seconds(unit, ranks: best.width))
                continue
            }
            if let held = heldFor, best.end > held { continue }
            given.append((unit, best.width))
            idle -= best.width
        }
        // What is left over makes the units wider that the end waits for longest.
        var isWidening = idle > 0 && heldFor == nil
        while isWidening, idle > 0 {
            isWidening = false
            for place in given.indices where idle > 0 {
                let most = min(workload.gang(of: given[place].unit).maximumRanks, rankCount)
                guard given[place].width < most else { continue }
                given[place].width += 1
                idle -= 1
                isWidening = true
            }
        }
        let starting = Set(given.map(\.unit))
        ready.removeAll(where: starting.contains)
        var next = 0
        return given.map { unit, width in
            defer { next += width }
            return .start(unit: unit, ranks: Array(cluster.idleRanks[next..<next + width]))
        }
    }
}
