import Observatory

/// How many steps episodes have.
public struct LengthSummary: Hashable, Sendable, Encodable {
    /// Episodes whose lengths lie in a range.
    public struct Bin: Hashable, Sendable, Encodable {
        /// Least length.
        public let from: Int
        /// Greatest length.
        public let through: Int
        public let episodes: Int
    }

    private static let binCount = 8
    private static let barWidth = 30

    public let least: Int
    /// Half of the episodes are at most this long; between two, their mean.
    public let median: Double
    public let greatest: Int
    /// Ranges of equal width but for the last, shortest first.
    public let histogram: [Bin]

    /// A summary; `nil` of no lengths.
    init?(_ lengths: [Int]) {
        let sorted = lengths.sorted()
        guard let first = sorted.first, let last = sorted.last else { return nil }
        least = first
        greatest = last
        median = Double(sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
        let width = max(1, (last - first + Self.binCount) / Self.binCount)
        histogram = stride(from: first, through: last, by: width).map { from in
            let through = min(last, from + width - 1)
            return Bin(from: from, through: through, episodes: sorted.count { $0 >= from && $0 <= through })
        }
    }

    /// `14…201, median 144`, or the one length there is.
    var text: String {
        least == greatest ? "\(least)" : "\(least)…\(greatest), median \(HumanText.number(median))"
    }

    /// The histogram as bars of text; empty when all episodes are equally long.
    var bars: [String] {
        guard least != greatest else { return [] }
        let most = histogram.map(\.episodes).max() ?? 1
        let labels = histogram.map { $0.from == $0.through ? "\($0.from)" : "\($0.from)…\($0.through)" }
        let width = labels.map(\.count).max() ?? 0
        return zip(histogram, labels).map { bin, label in
            let length = bin.episodes == 0 ? 0 : max(1, bin.episodes * Self.barWidth / max(1, most))
            let bar = String(repeating: "█", count: length)
            return String(repeating: " ", count: width - label.count) + label + " " + bar
                + (bin.episodes > 0 ? " \(bin.episodes)" : "")
        }
    }
}
