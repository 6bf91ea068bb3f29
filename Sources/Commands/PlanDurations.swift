import Determinism
import Foundation
import Prediction
import Scheduling
import Sites
import WorkGraph

/// What the units of a plan may take, as one distribution: what they share stays together in every draw.
struct PlanDurations {
    /// For each unit whether it runs.
    let runs: [Bool]
    let capacity: SiteCapacity
    /// Medians on the most ranks each unit may have; 0 for those that do not run.
    let expected: [Double]
    private let forecasts: [UnitForecast]
    private let widest: [Int]
    private let graph: WorkGraph
    private let ranks: Int
    private let predictor: any DurationPredictor
    private let kindOf: [Int]
    private let precedence: Precedence

    /// What the ranks are like.
    private let slot: RankSlot

    /// - Parameter pool: the site's ranks, for their memory and machines; `nil` for one machine with all memory that units want.
    init(
        graph: WorkGraph, runs: [Bool], ranks: Int, predictor: some DurationPredictor, slot: RankSlot, pool: RankPool?
    ) {
        self.slot = slot
        self.graph = graph
        self.runs = runs
        self.ranks = ranks
        self.predictor = predictor
        precedence = Precedence(parents: graph.parentPositions())
        // What a site has to count is not known here: as much as the greediest unit asks for.
        var countable: [String: Int] = [:]
        for unit in graph.units {
            for (name, amount) in unit.resources.countable { countable[name] = max(countable[name] ?? 0, amount) }
        }
        capacity = SiteCapacity(
            pool: pool, ranks: ranks, cpus: max(ranks, ProcessInfo.processInfo.activeProcessorCount),
            countable: countable)
        widest = graph.units.map { max($0.resources.ranks.lowerBound, min($0.resources.ranks.upperBound, ranks)) }
        let forecasts = zip(graph.units, widest).map { predictor.forecast($0, on: slot.with(ranks: $1)) }
        self.forecasts = forecasts
        expected = runs.indices.map { runs[$0] ? forecasts[$0].duration.medianSeconds : 0 }
        var names: [String: Int] = [:]
        kindOf = graph.units.map { unit in
            let kind = names[unit.kind] ?? names.count
            names[unit.kind] = kind
            return kind
        }
    }

    private func forecast(_ unit: Int, ranks: Int) -> UnitForecast {
        ranks == widest[unit] ? forecasts[unit] : predictor.forecast(graph.units[unit], on: slot.with(ranks: ranks))
    }

    func medianSeconds(_ unit: Int, ranks: Int) -> Double { forecast(unit, ranks: ranks).duration.medianSeconds }

    /// The longest path of medians.
    var medianLongest: Double { precedence.tails(expected).max() ?? 0 }

    /// The bound over every number of ranks that each unit may have.
    var bound: LowerBound {
        var areas = expected
        var shortest = expected
        for (position, unit) in graph.units.enumerated() where runs[position] {
            let least = min(unit.resources.ranks.lowerBound, ranks)
            areas[position] *= Double(widest[position])
            for width in least..<max(least, widest[position]) {
                let seconds = medianSeconds(position, ranks: width)
                areas[position] = min(areas[position], Double(width) * seconds)
                shortest[position] = min(shortest[position], seconds)
            }
        }
        return LowerBound(areas: areas, shortest: shortest, precedence: precedence, ranks: ranks)
    }

    /// One possible run; the same number gives the same one.
    func drawn(_ number: UInt32) -> Draw {
        var shared = Self.field.stream(number, 0)
        let run = shared.normal()
        var own = Self.field.stream(number, 1)
        return Draw(
            model: self, run: run, kinds: (0..<((kindOf.max() ?? 0) + 1)).map { _ in shared.normal() },
            units: runs.map { $0 ? own.normal() : 0 })
    }

    private static let field = RandomField(seed: 0, purpose: RandomPurpose("plan"))

    /// What the units take in one possible run.
    struct Draw {
        fileprivate let model: PlanDurations
        /// Normal deviates of the run, of its kinds and of its units.
        fileprivate let run: Double
        fileprivate let kinds: [Double]
        fileprivate let units: [Double]

        func seconds(_ unit: Int, ranks: Int) -> Double {
            let forecast = model.forecast(unit, ranks: ranks)
            let ofRun = min(model.predictor.runVariance, forecast.sharedVariance)
            let deviation =
                run * ofRun.squareRoot() + kinds[model.kindOf[unit]] * (forecast.sharedVariance - ofRun).squareRoot()
                + units[unit] * forecast.ownVariance.squareRoot()
            return ExactMath.exp(forecast.logMean + deviation)
        }

        /// Seconds of the longest path, and ranks times seconds of all units.
        func longestAndTotal() -> (longest: Double, total: Double) {
            let seconds = units.indices.map { model.runs[$0] ? self.seconds($0, ranks: model.widest[$0]) : 0 }
            let total = zip(seconds, model.widest).reduce(0) { $0 + $1.0 * Double($1.1) }
            return (model.precedence.tails(seconds).max() ?? 0, total)
        }
    }
}
