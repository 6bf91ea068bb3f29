import Foundation
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
    func reviseForecast(at time: Double) {
        let running = machine.runningUnits
        for unit in running where !stragglers.contains(unit) {
            guard let launch = launches[unit], time - launch.at > Self.stragglerSeconds else { continue }
            // 99 of 100 are expected to have ended by then.
            let latest = forecast.forecast(unit, ranks: launch.ranks.count).duration.seconds(deviations: 2.326)
            guard time - launch.at > latest else { continue }
            stragglers.insert(unit)
            tell(
                "\(graph.units[unit].name) has run for \(Int(time - launch.at)) s on rank"
                    + "\(launch.ranks.count == 1 ? "" : "s") \(launch.ranks.map(String.init).joined(separator: ", ")); "
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
    }

    /// Of shorter units nothing is said: to look at them takes longer than they do.
    private static let stragglerSeconds = 5.0
}
