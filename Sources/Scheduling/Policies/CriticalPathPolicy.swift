/// Longest remaining path first: what the end of the run waits for is started as early as possible.
public struct CriticalPathPolicy: SchedulingPolicy {
    public static let name = "critical-path"
    public let placement: PlacementRule

    public var ties: TieRule { .readiness }
    public var readsPredictions: Bool { true }

    public init(placement: PlacementRule = .earliestFinish) { self.placement = placement }

    public func priorities(_ graph: Precedence, predictedSeconds: [Double]) -> [Double] {
        graph.tails(predictedSeconds)
    }
}
