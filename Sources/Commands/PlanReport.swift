import Determinism
import DurableFiles
import Foundation
import Ledger
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

        /// The same unit with another estimate.
        func with(_ estimate: DurationEstimate?) -> Unit {
            Unit(
                name: name, kind: kind, key: key, action: action, reason: reason, ranks: ranks, estimate: estimate,
                bytesWritten: bytesWritten, location: location)
        }

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
        let rankHours: Double
        /// Part of all ranks' time in which they have nothing to do.
        let idleShare: Double
        /// No schedule of the median durations is shorter; 0 when nothing runs.
        let boundSeconds: Double
        let boundReason: String

        init(_ forecast: PlanForecast, ranks: Int) {
            self.ranks = ranks
            medianSeconds = forecast.seconds
            p10Seconds = forecast.p10Seconds
            p90Seconds = forecast.p90Seconds
            rankHours = forecast.rankSeconds / 3600
            let available = Double(ranks) * forecast.seconds
            idleShare = available > 0 ? max(0, 1 - forecast.rankSeconds / available) : 0
            boundSeconds = forecast.bound.seconds
            boundReason = forecast.bound.reason.rawValue
        }
    }

    struct Bytes: Encodable {
        let toWrite: Double
        /// `nil` when the file system does not say.
        let free: Double?
    }

    /// Compares a graph with the store.
    ///
    /// - Parameters:
    ///   - rerun: keys that run although they are stored.
    ///   - ranks: how many ranks the run would have; several numbers are compared, the first is planned.
    init(
        _ loaded: LoadedRecipe, graph: WorkGraph, rerun: Set<Digest>, ranks choices: [Int], store: ArtifactStore
    ) {
        let ranks = choices.first ?? 1
        let decisions = UnitDecision.all(of: graph, rerun: rerun, in: store)
        let predictor = HistoryPredictor(observations: History(store.layout).observations())
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
        let forecast = PlanForecast(graph: graph, units: units, ranks: ranks, predictor: predictor)
        recipe = graph.recipe
        seed = graph.seed
        parameters = loaded.parameters
        totals = Totals(units: units.count, run: running.count, reuse: units.count - running.count)
        estimate = Estimate(forecast, ranks: ranks)
        self.choices =
            choices.count < 2
            ? []
            : choices.map { count in
                guard count != ranks else { return Estimate(forecast, ranks: ranks) }
                let other = units.enumerated().map { position, unit in
                    unit.with(
                        unit.estimate == nil ? nil : predictor.estimate(graph.units[position], available: count))
                }
                return Estimate(
                    PlanForecast(graph: graph, units: other, ranks: count, predictor: predictor), ranks: count)
            }
        bytes = Bytes(
            toWrite: running.reduce(0) { $0 + $1.bytesWritten },
            free: (try? FileSystem(of: store.layout.root)).map { Double($0.freeBytes) })
        schedule = forecast.bars
        self.units = units
        var warnings = loaded.compiled.warnings.map(\.message)
        if let free = bytes.free, bytes.toWrite > free {
            warnings.append("the run writes more than there is free space for")
        }
        if let notice = History(store.layout).notice { warnings.append(notice) }
        self.warnings = warnings
    }
}
