extension RunStateMachine {
    // MARK: Ends of attempts

    /// Frees what an attempt occupied; false for one that does not run, or that another was faster than.
    ///
    /// Of two attempts of a unit the other is the one in `running` afterwards, if it is not ended too.
    mutating func end(_ unit: Int, attempt: Int) -> Bool {
        if let late = outdone[unit], late.attempt == attempt {
            outdone[unit] = nil
            release(late)
            return false
        }
        if let second = duplicates[unit], second.attempt == attempt {
            duplicates[unit] = running[unit]
            running[unit] = second
        }
        guard let current = running[unit], current.attempt == attempt else { return false }
        running[unit] = nil
        straggling.remove(unit)
        if lines[current.line].demand.isLight { runningLightCount -= 1 }
        release(current)
        return true
    }

    private mutating func release(_ attempt: Running) {
        occupancy.release(lines[attempt.line].demand, ranks: attempt.ranks, expectedSeconds: attempt.expectedSeconds)
    }

    /// Whether an attempt is the one whose outputs are on their way into the store.
    func isCurrent(_ attempt: Int, of unit: Int) -> Bool { (winners[unit] ?? attempts[unit]) == attempt }

    /// After one of two attempts has ended without outputs the other is the unit's only one; false when there is none.
    mutating func takeOver(_ unit: Int) -> Bool {
        guard let other = duplicates.removeValue(forKey: unit) else { return false }
        running[unit] = other
        if lines[other.line].demand.isLight { runningLightCount += 1 }
        return true
    }

    /// Ends the attempt that was not the first.
    mutating func outdo(_ unit: Int, by attempt: Int, at seconds: Double, into actions: inout [RunAction]) {
        if attempts[unit] != attempt || duplicates[unit] != nil { winners[unit] = attempt }
        guard let other = duplicates.removeValue(forKey: unit) else { return }
        outdone[unit] = other
        lastOutdoneSeconds = seconds
        actions.append(.outdone(unit: unit, attempt: other.attempt))
    }

    /// Whether the end of the run waits for attempts that were told to end.
    func waitsForOutdone(at seconds: Double) -> Bool {
        !outdone.isEmpty && seconds - lastOutdoneSeconds <= options.outdonePatienceSeconds
    }

    /// Takes a unit off those on their way into the store; false when it is not.
    mutating func endCommit(_ unit: Int) -> Bool {
        switch states[unit] {
        case .committing: committingCount -= 1
        case .syncing: syncingCount -= 1
        default: return false
        }
        return true
    }
}
