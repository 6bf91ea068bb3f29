/// Airflow's order: the weight of a unit is one for itself and one for every distinct unit of the chosen direction.
public struct AirflowPolicy: SchedulingPolicy {
    /// Airflow's `weight_rule`.
    public enum WeightRule: String, Hashable, Sendable {
        /// Those that wait for it count: Airflow's default.
        case downstream
        /// Those it has waited for count: what is nearly done goes first.
        case upstream
    }

    public static let name = "airflow"
    public let rule: WeightRule
    public let placement: PlacementRule

    public var ties: TieRule { .position }
    public var readsPredictions: Bool { false }

    public init(rule: WeightRule = .downstream, placement: PlacementRule = .any) {
        self.rule = rule
        self.placement = placement
    }

    public func priorities(_ graph: Precedence, predictedSeconds: [Double]) -> [Double] {
        let counted = rule == .downstream ? graph : Precedence(parents: graph.children)
        return counted.descendantCounts().map(Double.init)
    }
}
