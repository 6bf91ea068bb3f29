extension RunStateMachine {
    /// Starts every ready unit that fits, the most urgent first.
    ///
    /// A gang takes as many ranks as its range allows. When fewer are free it waits for more as long as that pays, and
    /// units that are expected to end before then fill the idle ranks.
    mutating func dispatch(at seconds: Double, into actions: inout [RunAction]) {
        guard !isStopping else { return }
        var closed = [Bool](repeating: false, count: lines.count)
        /// While a gang waits: units on idle ranks must end before this time.
        var heldUntil: Double?
        while let line = mostUrgentLine(closed: closed), let entry = lines[line].ready.first {
            let unit = entry.unit
            if holdBack(unit, ofLine: line, at: seconds) { continue }
            let demand = lines[line].demand
            let expected = expectedSeconds(unit)
            if let end = heldUntil, seconds + expected > end {
                closed[line] = true
                continue
            }
            switch place(demand, unit: unit, at: seconds) {
            case .ranks(let ranks):
                _ = lines[line].ready.removeFirst()
                launch(unit, demand: demand, ranks: ranks, expectedSeconds: expected, at: seconds, into: &actions)
            case .waitsForRanks(let until):
                closed[line] = true
                heldUntil = min(heldUntil ?? until, until)
            case .doesNotFit:
                closed[line] = true
            }
        }
        if !straggling.isEmpty { duplicateStragglers(at: seconds, into: &actions) }
    }

    /// Gives units that straggle a second attempt, as wide as the first, where nothing else waits for ranks.
    private mutating func duplicateStragglers(at seconds: Double, into actions: inout [RunAction]) {
        guard lines.allSatisfy({ $0.ready.first == nil }) else { return }
        for unit in straggling.sorted() {
            guard let first = running[unit], duplicates[unit] == nil, outdone[unit] == nil else {
                straggling.remove(unit)
                continue
            }
            let demand = lines[first.line].demand
            let fitting = occupancy.fittingRanks(for: demand)
            guard fitting.count >= first.ranks.count else { continue }
            let ranks = fitting.prefix(first.ranks.count).sorted()
            straggling.remove(unit)
            occupancy.occupy(demand, ranks: ranks, expectedSeconds: first.expectedSeconds)
            attempts[unit] += 1
            duplicates[unit] = Running(
                attempt: attempts[unit], ranks: ranks, startedSeconds: seconds, expectedSeconds: first.expectedSeconds,
                line: first.line)
            actions.append(.duplicate(unit: unit, attempt: attempts[unit], ranks: ranks))
        }
    }

    private enum Placement {
        case ranks([Int])
        /// It could start on fewer ranks, or has too few, and is worth holding ranks for until about then.
        case waitsForRanks(until: Double)
        case doesNotFit
    }

    private func mostUrgentLine(closed: [Bool]) -> Int? {
        var best: Int?
        for line in lines.indices where !closed[line] {
            guard let entry = lines[line].ready.first else { continue }
            if let other = best, let rival = lines[other].ready.first, entry < rival { continue }
            best = line
        }
        return best
    }

    private func place(_ demand: Demand, unit: Int, at seconds: Double) -> Placement {
        if demand.isLight {
            guard runningLightCount + committingCount < max(options.unwrittenLimit, capacity.rankCount),
                syncingCount < options.unsyncedLimit
            else { return .doesNotFit }
            let known = durations[kindOf[unit]]
            let queueing =
                known.count >= 8 && known.mean <= options.backlogSeconds / 4
                ? Occupancy.Queueing(
                    expectedSeconds: known.mean, limitSeconds: options.backlogSeconds, limit: options.backlogLimit,
                    ownLimit: capacity.rankCount > 1 ? options.ownBacklogLimit : options.backlogLimit) : nil
            return occupancy.lightRank(queueing: queueing).map { .ranks([$0]) } ?? .doesNotFit
        }
        let fitting = occupancy.fittingRanks(for: demand)
        if demand.ranks == 1...1 { return fitting.first.map { .ranks([$0]) } ?? .doesNotFit }
        let target = occupancy.largestGang(for: demand)
        if fitting.count >= target { return .ranks(fitting.prefix(target).sorted()) }
        let wait = secondsUntilIdle(atLeast: target, at: seconds)
        if fitting.count < demand.ranks.lowerBound { return .waitsForRanks(until: seconds + wait) }
        // Waiting costs `wait`; starting now costs the work done on fewer ranks.
        let gain = expectedSeconds(unit) * (Double(target) / Double(fitting.count) - 1)
        if !running.isEmpty, wait <= max(gain, options.gangPatienceSeconds) {
            return .waitsForRanks(until: seconds + wait)
        }
        return .ranks(fitting.sorted())
    }

    /// When so many ranks will be idle, as far as predictions tell.
    private func secondsUntilIdle(atLeast wanted: Int, at seconds: Double) -> Double {
        var busyUntil = [Double](repeating: 0, count: capacity.rankCount)
        for (unit, attempt) in running {
            let elapsed = seconds - attempt.startedSeconds
            // A unit that is late is expected to take a fifth of its time more.
            let left = max(expectedSeconds(unit) - elapsed, elapsed * 0.2)
            for rank in attempt.ranks { busyUntil[rank] = max(busyUntil[rank], left) }
        }
        let sorted = busyUntil.sorted()
        return sorted[min(wanted, sorted.count) - 1]
    }

    /// What the unit is expected to take: the mean of short attempts of its kind in this run, else the prediction.
    func expectedSeconds(_ unit: Int) -> Double {
        let known = durations[kindOf[unit]]
        return known.count >= 8 && known.mean <= options.backlogSeconds ? known.mean : predictedSeconds[unit]
    }

    private mutating func launch(
        _ unit: Int, demand: Demand, ranks: [Int], expectedSeconds: Double, at seconds: Double,
        into actions: inout [RunAction]
    ) {
        if demand.isLight { runningLightCount += 1 }
        occupancy.occupy(demand, ranks: ranks, expectedSeconds: expectedSeconds)
        attempts[unit] += 1
        states[unit] = .running
        running[unit] = Running(
            attempt: attempts[unit], ranks: ranks, startedSeconds: seconds, expectedSeconds: expectedSeconds,
            line: lineOf[unit])
        winners[unit] = nil
        actions.append(.launch(unit: unit, attempt: attempts[unit], ranks: ranks))
    }
}
