/// What a simulation found.
public struct SimulatedRun: Sendable {
    /// One unit on its ranks, from fetching to its end.
    public struct Bar: Hashable, Sendable {
        public let unit: Int
        public let ranks: [Int]
        public let startSeconds: Double
        public let endSeconds: Double
        /// The rank went away before the unit ended.
        public let isLost: Bool
    }

    /// In the order of their starts.
    public var bars: [Bar] = []
    /// From 0 to the end of the last unit.
    public var makespanSeconds = 0.0
    /// For each workflow when its last unit ended.
    public var completionSeconds: [Double]
    /// For each rank the seconds it is paid for, from when it was asked for to its last unit and with its start.
    public var paidSeconds: [Double]
    /// Money for all ranks; `nil` when no pool has a price.
    public var cost: Double?
    /// Times a rank went away from a running unit.
    public var interruptions = 0
    /// Units that were never started because no rank that was asked for could take them.
    public var unfinishedCount = 0

    /// Seconds in which ranks ran units, lost ones included.
    public var busyRankSeconds: Double {
        bars.reduce(0) { $0 + Double($1.ranks.count) * ($1.endSeconds - $1.startSeconds) }
    }
}
