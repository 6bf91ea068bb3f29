import Observatory

/// How often numbers of one dimension fall into bins of equal width.
public struct ValueHistogram: Hashable, Sendable, Encodable {
    private static let binCount = 16
    private static let barWidth = 40

    /// Such as `actions[1]`, or the dimension's name.
    public let name: String
    /// Edges of the bins, one more than counts.
    public let edges: [Double]
    public let counts: [Int]

    /// A histogram of finite numbers; `nil` of none.
    init?(_ name: String, _ values: [Double]) {
        let finite = values.filter(\.isFinite)
        guard let low = finite.min(), let high = finite.max() else { return nil }
        self.name = name
        let bins = high > low ? Self.binCount : 1
        let width = (high - low) / Double(bins)
        edges = (0...bins).map { $0 == bins ? high : low + Double($0) * width }
        var counts = [Int](repeating: 0, count: bins)
        for value in finite { counts[width > 0 ? min(bins - 1, Int((value - low) / width)) : 0] += 1 }
        self.counts = counts
    }

    /// A heading and a line a bin.
    var lines: [String] {
        let most = max(1, counts.max() ?? 1)
        let labels = counts.indices.map { "\(HumanText.number(edges[$0]))…\(HumanText.number(edges[$0 + 1]))" }
        let wide = labels.map(\.count).max() ?? 0
        return [name]
            + zip(labels, counts).map { label, count in
                let bar = String(repeating: "█", count: count == 0 ? 0 : max(1, count * Self.barWidth / most))
                return "  " + String(repeating: " ", count: wide - label.count) + label + " " + bar
                    + (count > 0 ? " \(count)" : "")
            }
    }
}
