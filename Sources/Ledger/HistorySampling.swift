/// Which units of one run enter the history: of a kind every one at first, then ever fewer.
///
/// The predictor reads the last few thousand rows of a store. Ten thousand units of one kind in one run say hardly more of it than a
/// thousand, and would push out all that is known of the others.
public struct HistorySampling: Sendable {
    /// So many units of a kind enter before the first is left out, and again as often as their number doubles.
    public static let perDoubling = 128

    private var counts: [String: Int] = [:]

    public init() {}

    /// Takes note of one more unit of `kind` that ran; whether it enters.
    public mutating func takes(_ kind: String) -> Bool {
        let count = counts[kind, default: 0] + 1
        counts[kind] = count
        let doublings = Int.bitWidth - 1 - (count / Self.perDoubling | 1).leadingZeroBitCount
        return count & ((1 << doublings) - 1) == 0
    }
}
