import Foundation
import Ledger
import Prediction
import Scheduling
import WorkGraph

extension Coordinator {
    /// How far a unit says it is, for the forecast.
    func note(_ progress: ProgressReport) {
        guard let launch = launches[progress.unit] else { return }
        forecast.note(
            progress.unit, completed: progress.completed, total: progress.total,
            elapsedSeconds: progress.atSeconds - runStart - launch.at)
    }

    /// Tells the state machine what is expected now, and the user which units take unusually long.
    ///
    /// Those whose results can be compared may be started a second time, where that was asked for.
    func reviseForecast(at time: Double, into events: inout [RunEvent]) {
        let running = machine.runningUnits
        for unit in running where !stragglers.contains(unit) {
            guard let launch = launches[unit], time - launch.at > Self.stragglerSeconds else { continue }
            // 99 of 100 are expected to have ended by then.
            let latest = forecast.forecast(unit, ranks: launch.ranks.count).duration.seconds(deviations: 2.326)
            guard time - launch.at > latest else { continue }
            stragglers.insert(unit)
            if prepared.speculates, graph.units[unit].isDeterministic { events.append(.straggles(unit: unit)) }
            tell(
                "\(graph.units[unit].name) has run for \(Int(time - launch.at)) s on \(Self.words(launch.ranks)); "
                    + "99 of 100 were expected to end within \(Int(latest.rounded(.up))) s")
        }
        guard forecast.observedCount > expectedFrom || running.contains(where: { launches[$0]?.isJournaled == true })
        else { return }
        expectedFrom = forecast.observedCount
        var seconds = forecast.medianSeconds
        for unit in running {
            guard let launch = launches[unit] else { continue }
            seconds[unit] = forecast.forecast(unit, ranks: launch.ranks.count).duration.medianSeconds
        }
        machine.expect(seconds)
        setClosingTime()
    }

    /// Tells the state machine until when it may start what.
    func setClosingTime() {
        guard let end = prepared.endsAt else { return }
        // In a fresh allocation even what is expected to take longer gets its try.
        let most = max(0, (end - runStart - sessionStart) * 0.9)
        let needed = graph.units.indices.map { unit -> Double in
            // Nine of ten are expected to have ended by then.
            let seconds = forecast.forecast(unit).duration.seconds(deviations: 1.2816)
            return min(seconds, savesCheckpoints[unit] ? Self.checkpointSeconds : most, most)
        }
        machine.close(ClosingTime(atSeconds: end - runStart, neededSeconds: needed))
    }

    /// Says which units wait for another allocation.
    func noteHeldUnits() throws {
        let held = machine.heldUnits
        guard !held.isEmpty else { return }
        let names = held.prefix(5).map { graph.units[$0].name }.joined(separator: ", ")
        tell(
            "\(names)\(held.count > 5 ? " and \(held.count - 5) others" : "") may take longer than what is left of the walltime; "
                + "they wait for the next attempt")
        try control.ask(.moreTime)
    }

    /// A unit that saves checkpoints starts when so many seconds are left: for the way to its first checkpoint, and to save it.
    private static let checkpointSeconds = 120.0

    /// Writes down when the run is expected to end, for those who follow it.
    func foretellEnd(at time: Double) {
        guard time >= nextForetelling else { return }
        let started = now
        let states = machine.unitStates
        var left: [RemainingTime.Unit] = []
        for unit in states.indices {
            switch states[unit] {
            case .ran, .reused, .failed, .skipped, .committing, .syncing: continue
            case .waiting, .examining, .elsewhere, .ready, .pausing, .running: break
            }
            let launch = states[unit] == .running ? launches[unit] : nil
            let ranks = launch?.ranks.count ?? forecast.plannedRanks[unit]
            left.append(
                RemainingTime.Unit(
                    position: unit, kind: forecast.kindOf[unit], forecast: forecast.forecast(unit, ranks: ranks),
                    ranks: ranks, elapsedSeconds: launch.map { max(0, time - $0.at) } ?? 0))
        }
        let rest = RemainingTime(
            left, precedence: precedence, ranks: machineOfRank.count, runVariance: forecast.runVariance,
            draws: left.count > 1000 ? 11 : 31)
        // Losing one is no harm.
        try? ExpectedEnd(
            atSeconds: time, p10Seconds: rest.p10Seconds, medianSeconds: rest.medianSeconds, p90Seconds: rest.p90Seconds
        ).write(to: prepared.directory)
        // Never more than a hundredth of the time.
        nextForetelling = time + max(2, 100 * (now - started))
    }

    /// Asks for a stop when the budget is spent.
    func watchBudget(at time: Double, into events: inout [RunEvent]) {
        guard let budget = prepared.budgetRankSeconds, !isBudgetSpent else { return }
        let ranks = Double(machineOfRank.count)
        guard spentBefore + ranks * (time - sessionStart) >= budget else { return }
        isBudgetSpent = true
        tell(
            "the budget of \(String(format: "%.4g", budget / 3600)) rank-hours is spent: checkpoints are saved and the run stops; "
                + "submitting again goes on, --allow-over without a limit")
        events.append(.stopRequested)
    }

    /// Ranks times seconds of earlier sessions of this run, from the first start to the last end in each.
    static func spentBefore(_ directory: RunDirectory, ranks: Int) -> Double {
        guard let attempts = try? RunJournal.attempts(of: directory) else { return 0 }
        var sessions: [Int: (start: Double, end: Double)] = [:]
        for attempt in attempts {
            let known = sessions[attempt.session] ?? (attempt.startSeconds, attempt.startSeconds)
            let end = attempt.endSeconds ?? attempt.startSeconds
            sessions[attempt.session] = (min(known.start, attempt.startSeconds), max(known.end, end))
        }
        return Double(ranks) * sessions.values.reduce(0) { $0 + $1.end - $1.start }
    }

    /// The policy of that name; the usual one for names that are not known here.
    static func policy(_ name: String?) -> any SchedulingPolicy {
        switch name {
        case FIFOPolicy.name?: FIFOPolicy()
        case AirflowPolicy.name?: AirflowPolicy()
        default: CriticalPathPolicy()
        }
    }

    /// Of shorter units nothing is said: to look at them takes longer than they do.
    private static let stragglerSeconds = 5.0
}
