import DurableFiles
import Foundation
public import Ledger
public import Scheduling
public import WorkGraph

/// What a run has spent, beside what was expected.
public struct RunAccount: Hashable, Sendable, Codable {
    public var ranks: Int
    /// Seconds from the first start of a unit to the last end, over all sessions of the run.
    public var makespanSeconds: Double
    /// Ranks times seconds of the attempts whose outputs were kept.
    public var usefulRankSeconds: Double
    /// Of attempts that failed or were cut off, as far as their ends are known.
    public var repeatedRankSeconds: Double
    /// Of ranks that had nothing to do.
    public var idleRankSeconds: Double
    /// What units whose outputs existed were expected to take.
    public var savedRankSeconds: Double
    /// No schedule of what the units took, on as many ranks each as they had, is shorter; `nil` for a run that was taken up again, and
    /// when nothing ran.
    public var bound: LowerBound?
    public var forecast: ForecastRecord?

    /// Ranks times seconds from the first start to the last end.
    public var spentRankSeconds: Double { Double(ranks) * makespanSeconds }

    /// What the ranks cost; `nil` where no price is given.
    public var price: Double? {
        forecast?.pricePerHour.map { $0 * (spentRankSeconds + Double(ranks) * (forecast?.startupSeconds ?? 0)) / 3600 }
    }

    /// - Parameters:
    ///   - attempts: every attempt of the run.
    ///   - graph: of the run; what reuse has saved is not known without it.
    public init(_ summary: RunSummary, attempts: [AttemptRecord], graph: WorkGraph?, forecast: ForecastRecord?) {
        ranks = max(1, summary.rankCount)
        self.forecast = forecast
        let ended = attempts.filter { $0.endSeconds != nil }
        let start = attempts.reduce(Double.infinity) { min($0, $1.startSeconds) }
        let end = ended.reduce(0) { max($0, $1.endSeconds ?? 0) }
        makespanSeconds = max(0, end - min(start, end))
        var (useful, repeated) = (0.0, 0.0)
        for attempt in ended {
            let spent = Double(attempt.ranks.count) * max(0, (attempt.endSeconds ?? 0) - attempt.startSeconds)
            if attempt.outcome == "ran" { useful += spent } else { repeated += spent }
        }
        usefulRankSeconds = useful
        repeatedRankSeconds = repeated
        idleRankSeconds = max(0, Double(ranks) * makespanSeconds - useful - repeated)
        savedRankSeconds = 0
        for (position, unit) in summary.units.enumerated() where unit.state == .reused {
            guard let graph, position < graph.units.count else { continue }
            let wanted = graph.units[position].resources.ranks
            let width = max(wanted.lowerBound, min(wanted.upperBound, ranks))
            savedRankSeconds += Double(width) * (unit.predictedSeconds ?? 0)
        }
        bound = Self.bound(summary, ranks: ranks, isWhole: Set(attempts.map(\.session)).count == 1)
    }

    /// That of a recorded run; `nil` when its journal cannot be read.
    public static func read(_ summary: RunSummary, in directory: RunDirectory) -> RunAccount? {
        guard let attempts = try? RunJournal.attempts(of: directory) else { return nil }
        return RunAccount(
            summary, attempts: attempts, graph: summary.count(.reused) > 0 ? try? directory.graph() : nil,
            forecast: ForecastRecord.read(from: directory))
    }

    private static func bound(_ summary: RunSummary, ranks: Int, isWhole: Bool) -> LowerBound? {
        guard isWhole else { return nil }
        var positions: [WorkUnit.Key: Int] = [:]
        for (position, unit) in summary.units.enumerated() { positions[unit.key] = position }
        let seconds = summary.units.map { $0.state == .ran ? max(0, $0.seconds ?? 0) : 0 }
        guard seconds.contains(where: { $0 > 0 }) else { return nil }
        let areas = zip(summary.units, seconds).map { Double(max(1, $0.ranks.count)) * $1 }
        let parents = summary.units.map { unit in Set(unit.parents.compactMap { positions[$0] }).sorted() }
        return LowerBound(areas: areas, shortest: seconds, precedence: Precedence(parents: parents), ranks: ranks)
    }

    /// How many times longer than the bound the run took; at least 1, up to the rounding of times.
    public var distanceFromBound: Double? {
        guard let bound, bound.seconds > 0 else { return nil }
        return max(1, makespanSeconds / bound.seconds)
    }

    // MARK: Text

    /// What the end of a run says; empty when nothing ran.
    public var lines: [String] {
        guard makespanSeconds > 0 else {
            return savedRankSeconds > 0 ? ["saved by reuse: \(Self.hours(savedRankSeconds)) rank-hours"] : []
        }
        var lines: [String] = []
        if let bound, let distance = distanceFromBound {
            lines.append(
                "makespan \(HumanText.duration(makespanSeconds)) = \(HumanText.fixed(distance, 2)) × lower bound "
                    + "(\(bound.reason.rawValue))")
        }
        if let forecast, forecast.runCount > 0 {
            var text =
                "time: forecast \(HumanText.duration(forecast.seconds.median)) "
                + "[\(HumanText.duration(forecast.seconds.p10)) - \(HumanText.duration(forecast.seconds.p90))], "
                + "spent \(HumanText.duration(makespanSeconds))"
            if forecast.assumedCount > 0 {
                text += " (\(forecast.assumedCount) of \(forecast.runCount) units were guessed: no history)"
            }
            lines.append(text)
        }
        var parts = ["useful \(Self.hours(usefulRankSeconds))"]
        if repeatedRankSeconds > 0 { parts.append("repeated after faults \(Self.hours(repeatedRankSeconds))") }
        parts.append("idle \(Self.hours(idleRankSeconds))")
        let expected = forecast.map { "forecast \(Self.hours($0.rankSeconds.median)), " } ?? ""
        lines.append(
            "rank-hours: \(expected)spent \(Self.hours(spentRankSeconds)) (\(parts.joined(separator: ", ")))"
                + (savedRankSeconds > 0 ? "; saved by reuse \(Self.hours(savedRankSeconds))" : ""))
        if let forecast, let price, let rate = forecast.pricePerHour {
            let occupied = Double(ranks) * forecast.seconds.median / 3600 * rate
            let currency = forecast.currency.map { " " + $0 } ?? ""
            lines.append("price: forecast \(Self.money(occupied))\(currency), spent \(Self.money(price))\(currency)")
        }
        return lines
    }

    /// Rank-hours with as many digits as say something.
    public static func hours(_ rankSeconds: Double) -> String {
        let hours = rankSeconds / 3600
        return HumanText.fixed(hours, hours < 0.1 ? 4 : 2)
    }

    /// An amount in the site's currency; small ones keep two digits that are not 0.
    public static func money(_ amount: Double) -> String {
        if amount == 0 || amount >= 0.1 { return HumanText.fixed(amount, 2) }
        return amount >= 0.0001 ? HumanText.fixed(amount, 4) : "under 0.0001"
    }
}
