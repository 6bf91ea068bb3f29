/// What is left of a run, scheduled in thought on ranks that might be rented.
///
/// - Complexity: one schedule is O(units × ranks + edges).
struct RentalOutlook {
    /// One rank in thought.
    struct Rank {
        /// When it can take its next unit.
        var free: Double
        /// Seconds of its time for a second of work, told for a rank of speed 1.
        let pace: Double
        let pricePerSecond: Double
        /// Seconds that every rental is paid for beside those from its first to its last unit.
        let startup: Double
        /// A unit has run on it since it was rented.
        var isUsed: Bool
        /// Interruptions a second, and the seconds for which the rank is then away.
        let interruptions: Double
        let outage: Double
    }

    /// When everything has ended, and what the ranks cost from now on.
    struct Outcome {
        var end: Double
        var cost: Double
    }

    private let now: Double
    /// When the last of the units that run now ends.
    private let runningEnd: Double
    /// For each unit that is left when its running parents have ended.
    private var earliest: [Double] = []
    /// The parents of unit *i* that are left as well: `parents[firstParent[i]..<firstParent[i + 1]]`, positions in the order.
    private var firstParent: [Int] = [0]
    private var parents: [Int] = []
    private var ends: [Double] = []

    /// - Parameters:
    ///   - order: units that have not been started, every one after its parents, the most urgent first.
    ///   - busyUntil: when running units are expected to end.
    init(_ precedence: Precedence, order: [Int], busyUntil: [Int: Double], now: Double) {
        self.now = now
        runningEnd = busyUntil.values.reduce(now) { max($0, $1) }
        var place = [Int](repeating: -1, count: precedence.parents.count)
        for (position, unit) in order.enumerated() { place[unit] = position }
        earliest.reserveCapacity(order.count)
        for unit in order {
            var start = now
            for parent in precedence.parents[unit] {
                if place[parent] >= 0 {
                    parents.append(place[parent])
                } else if let end = busyUntil[parent] {
                    start = max(start, end)
                }
            }
            earliest.append(start)
            firstParent.append(parents.count)
        }
        ends = earliest
    }

    /// The schedule in which each unit takes the rank where it ends first; of equal ones the first, so the cheapest goes first in `ranks`.
    ///
    /// - Parameter seconds: of the units in the order, told for a rank of speed 1.
    mutating func outcome(on ranks: [Rank], seconds: [Double]) -> Outcome {
        var ranks = ranks
        var last = runningEnd
        var cost = 0.0
        for place in earliest.indices {
            var ready = earliest[place]
            for index in firstParent[place]..<firstParent[place + 1] { ready = max(ready, ends[parents[index]]) }
            var best = -1
            var bestEnd = Double.infinity
            var bestTime = 0.0
            for index in ranks.indices {
                let rank = ranks[index]
                var time = seconds[place] * rank.pace
                time *= 1 + (time / 2 + rank.outage) * rank.interruptions
                let end = max(ready, rank.free) + time
                if end < bestEnd { (best, bestEnd, bestTime) = (index, end, time) }
            }
            guard best >= 0 else { return Outcome(end: .infinity, cost: .infinity) }
            // A rank that would wait for longer than a new one takes to start is given back in between.
            let gap = ranks[best].isUsed ? bestEnd - bestTime - ranks[best].free : .infinity
            cost += ranks[best].pricePerSecond * (bestTime + min(gap, ranks[best].startup))
            ranks[best].isUsed = true
            ranks[best].free = bestEnd
            ends[place] = bestEnd
            last = max(last, bestEnd)
        }
        return Outcome(end: last, cost: cost)
    }
}
