public import WorkGraph

/// Predicts how long work units run.
///
/// Implementations are pure: the same history and unit give the same estimate on every machine, so a schedule can be recomputed when a
/// run is audited. They never read a clock.
public protocol DurationPredictor: Sendable {
    /// Estimates the run time of `unit` on `slot`, from launch to its last output written. Queueing and transfer are excluded.
    ///
    /// - Returns: an estimate whose `basis` tells whether it was measured, fitted or assumed.
    func estimate(_ unit: WorkUnit, on slot: RankSlot) -> DurationEstimate
}

extension DurationPredictor {
    /// The estimate on the most ranks the unit may have among `available`.
    public func estimate(_ unit: WorkUnit, available ranks: Int) -> DurationEstimate {
        let wanted = unit.resources.ranks
        return estimate(unit, on: RankSlot(ranks: max(wanted.lowerBound, min(wanted.upperBound, ranks))))
    }
}
