extension RunStateMachine {
    /// What must hold after every event; each violation as a sentence, none when all is well.
    ///
    /// - Complexity: O(units + edges); for tests.
    package func violations() -> [String] {
        var found: [String] = []
        for unit in states.indices {
            let missing = parents[unit].filter { !states[$0].isDone }.count
            if missing != missingParents[unit], states[unit] != .skipped {
                found.append("unit \(unit) counts \(missingParents[unit]) missing parents, \(missing) are")
            }
            switch states[unit] {
            case .waiting, .skipped: break
            default: if missing > 0 { found.append("unit \(unit) is \(states[unit]) with \(missing) parents missing") }
            }
            if (states[unit] == .running) != (running[unit] != nil) { found.append("unit \(unit) runs and does not") }
            if states[unit] == .skipped,
                !parents[unit].contains(where: { states[$0] == .failed || states[$0] == .skipped })
            {
                found.append("unit \(unit) was skipped though no parent failed")
            }
        }
        let committing = states.filter { $0 == .committing }.count
        if committing != committingCount {
            found.append("\(committing) units are committing, \(committingCount) are counted")
        }
        let syncing = states.filter { $0 == .syncing }.count
        if syncing != syncingCount { found.append("\(syncing) units are syncing, \(syncingCount) are counted") }
        for unit in duplicates.keys where running[unit] == nil {
            found.append("unit \(unit) has a second attempt and no first")
        }
        let light = running.values.filter { lines[$0.line].demand.isLight }.count
        if light != runningLightCount { found.append("\(light) light units run, \(runningLightCount) are counted") }
        found += occupancyViolations()
        let ready = (lines.flatMap(\.ready.units) + held).sorted()
        if ready != states.indices.filter({ states[$0] == .ready }) { found.append("ready units and lines disagree") }
        let final = states.filter(\.isFinal).count
        if final != finalCount { found.append("\(final) units are final, \(finalCount) are counted") }
        return found
    }

    private func occupancyViolations() -> [String] {
        var found: [String] = []
        var byRank = [[Running]](repeating: [], count: capacity.rankCount)
        var countable: [String: Int] = [:]
        let attempts = [running, duplicates, outdone].flatMap { $0.map { ($0.key, $0.value) } }
        for (unit, attempt) in attempts {
            let demand = lines[attempt.line].demand
            if !demand.ranks.contains(attempt.ranks.count) {
                found.append("unit \(unit) has \(attempt.ranks.count) ranks")
            }
            if attempt.ranks != Set(attempt.ranks).sorted() { found.append("unit \(unit) has a rank twice") }
            for rank in attempt.ranks { byRank[rank].append(attempt) }
            for item in demand.countable { countable[item.name, default: 0] += item.amount }
        }
        for (rank, units) in byRank.enumerated() where units.count > 1 {
            if !units.allSatisfy({ lines[$0.line].demand.isLight }) {
                found.append("rank \(rank) runs two units at once")
            }
        }
        for (machine, place) in capacity.machines.enumerated() {
            var cpus = 0
            var memory = 0
            for rank in place.ranks {
                guard let attempt = byRank[rank].first else { continue }
                cpus += lines[attempt.line].demand.cpus
                memory += lines[attempt.line].demand.memoryBytes
            }
            if cpus > place.cpus { found.append("machine \(machine) gives \(cpus) of \(place.cpus) cpus") }
            if memory > place.memoryBytes { found.append("machine \(machine) gives more memory than it has") }
        }
        for (name, amount) in countable where amount > (capacity.countable[name] ?? 0) {
            found.append("\(amount) of \(capacity.countable[name] ?? 0) \(name) are given")
        }
        return found
    }
}
