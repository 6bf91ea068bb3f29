import Determinism
import DurableFiles
import Execution
import Foundation
import Ledger
import Observatory
import Prediction
import Recipes
import Scheduling
import Sites
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
    /// What of the recipe's limits is not kept with even chances; a run is refused then.
    let over: [String]
    /// The site's pool that this is for; `nil` without a site file.
    let pool: String?
    /// What prices are told in; `nil` when the site file does not say.
    let currency: String?
    /// When and where the units that run are expected to; empty when nothing runs.
    let schedule: [PlanForecast.Bar]

    private let pricePerHour: Double?
    private let startupSeconds: Double
    let limits: RunLimits
    /// The same on another number of ranks.
    private let estimator: (Int) -> Estimate

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
        /// Ranks times the hours of the run, whether they compute or wait: what is paid for.
        let occupiedRankHours: Double
        let p90OccupiedRankHours: Double
        /// In the site's currency; `nil` where no price is given.
        let price: Double?
        let p90Price: Double?
        /// Part of all ranks' time in which they have nothing to do.
        let idleShare: Double
        /// No schedule of the median durations is shorter; 0 when nothing runs.
        let boundSeconds: Double
        let boundReason: String

        init(_ forecast: PlanForecast, ranks: Int, pool: RankPool?) {
            self.ranks = ranks
            let startup = forecast.scheduleSeconds > 0 ? pool?.startupSeconds ?? 0 : 0
            medianSeconds = forecast.seconds.median + startup
            p10Seconds = forecast.seconds.p10 + startup
            p90Seconds = forecast.seconds.p90 + startup
            occupiedRankHours = Double(ranks) * medianSeconds / 3600
            p90OccupiedRankHours = Double(ranks) * p90Seconds / 3600
            price = pool?.pricePerHour.map { $0 * Double(ranks) * (forecast.seconds.median + startup) / 3600 }
            p90Price = pool?.pricePerHour.map { $0 * Double(ranks) * (forecast.seconds.p90 + startup) / 3600 }
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
            runCount: totals.run, assumedCount: units.count { $0.estimate?.basis == .prior }, pool: pool,
            pricePerHour: pricePerHour, startupSeconds: startupSeconds, currency: currency)
    }

    /// Compares a graph with the store.
    ///
    /// - Parameters:
    ///   - rerun: keys that run although they are stored.
    ///   - ranks: how many ranks the run would have; several numbers are compared, the first is planned.
    init(
        _ loaded: LoadedRecipe, graph: WorkGraph, rerun: Set<Digest>, ranks choices: [Int], store: ArtifactStore,
        options: SiteOptions, choice: SiteChoice?, decisions known: [UnitDecision]? = nil
    ) {
        let pool = choice?.pool
        let ranks = choices.first ?? 1
        let decisions = known ?? UnitDecision.all(of: graph, rerun: rerun, in: store)
        let past = History(store.layout).observations()
        let predictor = LearnedPredictor(observations: past.observations)
        let memory = MemoryPredictor(observations: past.observations)
        // Without a word on the pool's processor its ranks are taken to be like this one.
        let slot = RankSlot(hostClass: pool?.processor ?? HostClass.own, speed: pool?.speed ?? 1)
        var units: [Unit] = []
        for (unit, decision) in zip(graph.units, decisions) {
            let range = unit.resources.ranks
            units.append(
                Unit(
                    name: unit.name, kind: unit.kind, key: unit.key, action: decision.action, reason: decision.reason,
                    ranks: .init(min: range.lowerBound, max: range.upperBound),
                    estimate: decision.action == .run
                        ? predictor.forecast(unit, available: ranks, like: slot).estimate : nil,
                    bytesWritten: unit.estimate.bytesWritten, location: unit.location?.description))
        }
        let running = units.filter { $0.action == .run }
        let runs = units.map { $0.action == .run }
        func forecast(_ ranks: Int) -> PlanForecast {
            PlanForecast(
                graph: graph, runs: runs, ranks: ranks, predictor: predictor, slot: slot, policy: options.policy.policy,
                pool: pool, memoryBytes: memory.expectedBytes(graph.units, ranks: ranks))
        }
        let first = forecast(ranks)
        func estimate(_ count: Int) -> Estimate {
            Estimate(count == ranks ? first : forecast(count), ranks: count, pool: pool)
        }
        recipe = graph.recipe
        seed = graph.seed
        parameters = loaded.parameters
        totals = Totals(units: units.count, run: running.count, reuse: units.count - running.count)
        self.estimate = estimate(ranks)
        self.choices =
            choices.count < 2
            ? []
            : choices.map(estimate)
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
        let judgement = RunLimits(limits: loaded.recipe.limits, choice: choice).judge(self.estimate)
        over = running.isEmpty ? [] : judgement.over
        if !running.isEmpty { warnings += judgement.warnings }
        if let pool, ranks > pool.count {
            warnings.append("the pool '\(pool.name)' has \(pool.count) ranks, not \(ranks)")
        }
        self.warnings = warnings
        self.pool = pool?.name
        currency = choice?.site.currency
        pricePerHour = pool?.pricePerHour
        startupSeconds = pool?.startupSeconds ?? 0
        limits = RunLimits(limits: loaded.recipe.limits, choice: choice)
        self.estimator = estimate
    }

    /// Refuses a run that is expected to break the recipe's limits, with the cheapest that keeps them.
    func refuseOver(_ options: SiteOptions) throws {
        guard !over.isEmpty, !options.allowOver else { return }
        let most = max(limits.choice?.pool.count ?? ProcessInfo.processInfo.activeProcessorCount, estimate.ranks)
        throw OverLimits(
            recipe: recipe, ranks: estimate.ranks, over: over,
            cheapest: limits.cheapest(most: min(most, 1024), estimator), most: min(most, 1024))
    }

    /// Refuses units that save no checkpoints and are known to take longer than any attempt of the run may.
    ///
    /// What is only assumed of a unit refuses nothing.
    func refuseLongUnits(over seconds: Double) throws {
        let long = units.filter { unit in
            guard let estimate = unit.estimate, estimate.basis != .prior else { return false }
            return !Self.savesCheckpoints(unit.kind) && estimate.p90Seconds > seconds
        }
        guard let worst = long.max(by: { $0.estimate?.p90Seconds ?? 0 < $1.estimate?.p90Seconds ?? 0 }) else { return }
        throw OverWalltime(
            unit: worst.name, seconds: worst.estimate?.p90Seconds ?? 0, limit: seconds, others: long.count - 1)
    }

    private static func savesCheckpoints(_ kind: String) -> Bool {
        Program.current.catalogue[kind]?.description.savesCheckpoints ?? false
    }

    private enum CodingKeys: String, CodingKey {
        case schema, recipe, seed, parameters, units, totals, estimate, choices, bytes, warnings, over, pool, currency
        case schedule
    }
}
