import Determinism
import Foundation
import Observatory
import Recipes
import Sites

/// What a recipe allows a run to take, held against what is expected of it.
struct RunLimits {
    let limits: RecipeLimits
    let choice: SiteChoice?

    /// Whether anything is limited.
    var isEmpty: Bool { limits.deadline == nil && limits.budget == nil }

    private var currency: String { choice?.site.currency.map { " " + $0 } ?? "" }

    /// Expected spending in the budget's own measure; `nil` without a budget, or when no price is given.
    private func spending(_ rankHours: Double) -> (amount: Double, limit: Double, measure: String)? {
        switch limits.budget {
        case nil: return nil
        case .rankHours(let limit)?: return (rankHours, limit, "rank-hours")
        case .price(let limit)?:
            guard let rate = choice?.pool.pricePerHour else { return nil }
            return (rate * rankHours, limit, choice?.site.currency ?? "of money")
        }
    }

    /// What the limits say of an estimate: what is over with even chances, and what is over in one of ten runs.
    func judge(_ estimate: PlanReport.Estimate) -> (over: [String], warnings: [String]) {
        var over: [String] = []
        var warnings: [String] = []
        if let deadline = limits.deadline?.seconds {
            let limit = "the deadline of \(HumanText.duration(deadline))"
            if estimate.medianSeconds > deadline {
                over.append("\(HumanText.duration(estimate.medianSeconds)) are expected, over \(limit)")
            } else if estimate.p90Seconds > deadline {
                warnings.append(
                    "one run in ten takes \(HumanText.duration(estimate.p90Seconds)) or more, over \(limit)")
            }
        }
        if let (median, limit, measure) = spending(estimate.occupiedRankHours) {
            let allowed = "the budget of \(RunAccount.money(limit)) \(measure)"
            if median > limit {
                over.append("\(RunAccount.money(median)) \(measure) are expected, over \(allowed)")
            } else if let (most, _, _) = spending(estimate.p90OccupiedRankHours), most > limit {
                warnings.append("one run in ten costs \(RunAccount.money(most)) \(measure) or more, over \(allowed)")
            }
        } else if case .price(let limit)? = limits.budget {
            warnings.append(
                "the budget of \(RunAccount.money(limit)) cannot be checked: no price is given for "
                    + (choice.map { "the pool '\($0.pool.name)' in \($0.file)" } ?? "these ranks; write a site.yaml"))
        }
        return (over, warnings)
    }

    /// Ranks times seconds after which a run stops; `nil` for no limit.
    var budgetRankSeconds: Double? {
        switch limits.budget {
        case nil: nil
        case .rankHours(let hours)?: hours * 3600
        case .price(let amount)?: choice?.pool.pricePerHour.flatMap { $0 > 0 ? amount / $0 * 3600 : nil }
        }
    }

    /// The number of ranks with which a run keeps its limits at the least cost.
    ///
    /// - Parameters:
    ///   - most: ranks that there are.
    ///   - estimate: of the run on so many ranks.
    func cheapest(most: Int, _ estimate: (Int) -> PlanReport.Estimate) -> PlanReport.Estimate? {
        var counts: [Int] = []
        var count = 1
        while count < most {
            counts.append(count)
            count *= 2
        }
        return (counts + [most]).map(estimate).filter { judge($0).over.isEmpty }
            .min { ($0.occupiedRankHours, $0.ranks) < ($1.occupiedRankHours, $1.ranks) }
    }
}

extension Determinism.ExitCode {
    /// The run is expected to take or cost more than its recipe allows.
    static let overLimits: Int32 = 77
}

/// A run that is expected to take or cost more than its recipe allows.
struct OverLimits: ExitCoded, CustomStringConvertible {
    let recipe: String
    let ranks: Int
    let over: [String]
    let cheapest: PlanReport.Estimate?
    let most: Int

    var exitCode: Int32 { Determinism.ExitCode.overLimits }

    var description: String {
        var text = "'\(recipe)' on \(ranks) rank\(ranks == 1 ? "" : "s"): " + over.joined(separator: "; ") + ". "
        if let cheapest {
            text +=
                "The cheapest that fits: --ranks \(cheapest.ranks), \(HumanText.duration(cheapest.medianSeconds)), "
                + "\(RunAccount.hours(cheapest.occupiedRankHours * 3600)) rank-hours. "
        } else {
            text += "No number of ranks up to \(most) fits. "
        }
        return text + "--allow-over goes on all the same."
    }
}

/// A unit that cannot end within the walltime of a job, and cannot go on in the next.
struct OverWalltime: ExitCoded, CustomStringConvertible {
    let unit: String
    /// What nine of ten runs of it are expected to take.
    let seconds: Double
    let limit: Double
    let others: Int

    var exitCode: Int32 { Determinism.ExitCode.overLimits }

    var description: String {
        "'\(unit)'\(others > 0 ? " (and \(others) other unit\(others == 1 ? "" : "s"))" : "") may take "
            + "\(HumanText.duration(seconds)) and saves no checkpoints, but the walltime leaves \(HumanText.duration(limit)). "
            + "Give more --time or another --partition; --allow-over goes on all the same."
    }
}
