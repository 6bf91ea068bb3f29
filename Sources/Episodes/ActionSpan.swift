/// Between what one dimension of an episode's actions lies, and how often it stands at either end.
struct ActionSpan: Hashable, Sendable {
    let low: Float
    let high: Float
    let atLow: Int
    let atHigh: Int

    /// - Precondition: the values are finite.
    init(_ actions: Matrix, column: Int) {
        var (low, high) = (Float.infinity, -Float.infinity)
        var (atLow, atHigh) = (0, 0)
        for row in 0..<actions.rows {
            let value = actions[row, column]
            if value < low { (low, atLow) = (value, 0) }
            if value > high { (high, atHigh) = (value, 0) }
            if value == low { atLow += 1 }
            if value == high { atHigh += 1 }
        }
        self.low = low
        self.high = high
        self.atLow = atLow
        // One value throughout is at one end only.
        self.atHigh = low == high ? 0 : atHigh
    }
}
