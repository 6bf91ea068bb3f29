public import WorkGraph

/// Predicts how long work units run.
///
/// Implementations are pure: the same history and unit give the same estimate on every machine, so a schedule can be recomputed when a
/// run is audited. They never read a clock.
public protocol DurationPredictor: Sendable {
    /// Forecasts the run time of `unit` on `slot`, from launch to its last output written. Queueing and transfer are excluded.
    ///
    /// - Returns: a distribution whose `basis` tells whether it was measured, fitted or assumed.
    func forecast(_ unit: WorkUnit, on slot: RankSlot) -> UnitForecast

    /// Variance of the logarithm by which runs as a whole are slower or faster than others; part of every forecast's shared variance.
    var runVariance: Double { get }
}

extension DurationPredictor {
    /// Percentiles of the forecast.
    public func estimate(_ unit: WorkUnit, on slot: RankSlot) -> DurationEstimate { forecast(unit, on: slot).estimate }

    /// The estimate on the most ranks the unit may have among `available`.
    public func estimate(_ unit: WorkUnit, available ranks: Int) -> DurationEstimate {
        forecast(unit, available: ranks).estimate
    }

    /// The forecast on the most ranks the unit may have among `available`.
    public func forecast(_ unit: WorkUnit, available ranks: Int, like slot: RankSlot = RankSlot()) -> UnitForecast {
        let wanted = unit.resources.ranks
        return forecast(unit, on: slot.with(ranks: max(wanted.lowerBound, min(wanted.upperBound, ranks))))
    }
}
