/// First ready, first served.
public struct FIFOPolicy: SchedulingPolicy {
    public static let name = "fifo"
    public let placement: PlacementRule

    public var ties: TieRule { .readiness }
    public var readsPredictions: Bool { false }

    public init(placement: PlacementRule = .any) { self.placement = placement }

    public func priorities(_ graph: Precedence, predictedSeconds: [Double]) -> [Double] {
        [Double](repeating: 0, count: predictedSeconds.count)
    }
}
