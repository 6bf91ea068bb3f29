import Determinism
import DurableFiles
import Foundation
import Ledger
import Observatory
import Prediction
import Recipes
import Scheduling
import WorkGraph

/// What a run would do; also the JSON form of `plan`.
struct PlanReport: Encodable {
    let schema = 1
    let recipe: String
    let seed: UInt64
    let parameters: [String: String]
    let units: [Unit]
    let totals: Totals
    let estimate: Estimate
    /// The same on every number of ranks that was asked for; empty when it was one.
    let choices: [Estimate]
    let bytes: Bytes
    let warnings: [String]
    /// When and where the units that run are expected to; empty when nothing runs.
    let schedule: [PlanForecast.Bar]

    /// One unit.
    struct Unit: Encodable {
        typealias Action = UnitDecision.Action

        let name: String
        let kind: String
        let key: Digest
        let action: Action
        /// Why it runs, or why it need not.
        let reason: String
        let ranks: Ranks
        /// Seconds on the most ranks it may have; `nil` when it is reused.
        let estimate: DurationEstimate?
        let bytesWritten: Double
        let location: String?

        struct Ranks: Encodable {
            let min: Int
            let max: Int
        }
    }

    struct Totals: Encodable {
        let units: Int
        let run: Int
        let reuse: Int
    }

    struct Estimate: Encodable {
        let ranks: Int
        let medianSeconds: Double
        let p10Seconds: Double
        let p90Seconds: Double
        /// Seconds of the schedule in which every unit takes its median.
        let scheduleSeconds: Double
        let rankHours: Double
        let p10RankHours: Double
        let p90RankHours: Double
        /// Part of all ranks' time in which they have nothing to do.
        let idleShare: Double
        /// No schedule of the median durations is shorter; 0 when nothing runs.
        let boundSeconds: Double
        let boundReason: String

        init(_ forecast: PlanForecast, ranks: Int) {
            self.ranks = ranks
            medianSeconds = forecast.seconds.median
            p10Seconds = forecast.seconds.p10
            p90Seconds = forecast.seconds.p90
            scheduleSeconds = forecast.scheduleSeconds
            rankHours = forecast.rankSeconds.median / 3600
            p10RankHours = forecast.rankSeconds.p10 / 3600
            p90RankHours = forecast.rankSeconds.p90 / 3600
            idleShare = forecast.idleShare
            boundSeconds = forecast.bound.seconds
            boundReason = forecast.bound.reason.rawValue
        }
    }

    struct Bytes: Encodable {
        let toWrite: Double
        /// `nil` when the file system does not say.
        let free: Double?
    }

    /// What a run's end is compared with.
    var forecastRecord: ForecastRecord {
        ForecastRecord(
            ranks: estimate.ranks,
            seconds: .init(p10: estimate.p10Seconds, median: estimate.medianSeconds, p90: estimate.p90Seconds),
            rankSeconds: .init(
                p10: estimate.p10RankHours * 3600, median: estimate.rankHours * 3600,
                p90: estimate.p90RankHours * 3600),
            runCount: totals.run, assumedCount: units.count { $0.estimate?.basis == .prior })
    }

    /// Compares a graph with the store.
    ///
    /// - Parameters:
    ///   - rerun: keys that run although they are stored.
    ///   - ranks: how many ranks the run would have; several numbers are compared, the first is planned.
    init(
        _ loaded: LoadedRecipe, graph: WorkGraph, rerun: Set<Digest>, ranks choices: [Int], store: ArtifactStore,
        decisions known: [UnitDecision]? = nil
    ) {
        let ranks = choices.first ?? 1
        let decisions = known ?? UnitDecision.all(of: graph, rerun: rerun, in: store)
        let past = History(store.layout).observations()
        let predictor = LearnedPredictor(observations: past.observations)
        var units: [Unit] = []
        for (unit, decision) in zip(graph.units, decisions) {
            let range = unit.resources.ranks
            units.append(
                Unit(
                    name: unit.name, kind: unit.kind, key: unit.key, action: decision.action, reason: decision.reason,
                    ranks: .init(min: range.lowerBound, max: range.upperBound),
                    estimate: decision.action == .run ? predictor.estimate(unit, available: ranks) : nil,
                    bytesWritten: unit.estimate.bytesWritten, location: unit.location?.description))
        }
        let running = units.filter { $0.action == .run }
        let runs = units.map { $0.action == .run }
        func forecast(_ ranks: Int) -> PlanForecast {
            PlanForecast(graph: graph, runs: runs, ranks: ranks, predictor: predictor, policy: CriticalPathPolicy())
        }
        let first = forecast(ranks)
        recipe = graph.recipe
        seed = graph.seed
        parameters = loaded.parameters
        totals = Totals(units: units.count, run: running.count, reuse: units.count - running.count)
        estimate = Estimate(first, ranks: ranks)
        self.choices =
            choices.count < 2
            ? []
            : choices.map { Estimate($0 == ranks ? first : forecast($0), ranks: $0) }
        bytes = Bytes(
            toWrite: running.reduce(0) { $0 + $1.bytesWritten },
            free: (try? FileSystem(of: store.layout.root)).map { Double($0.freeBytes) })
        schedule = first.bars
        self.units = units
        var warnings = loaded.compiled.warnings.map(\.message)
        if let free = bytes.free, bytes.toWrite > free {
            warnings.append("the run writes more than there is free space for")
        }
        if let notice = past.notice { warnings.append(notice) }
        self.warnings = warnings
    }
}
