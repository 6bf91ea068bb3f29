/// What the units of one kind took in the run that goes on, kept so that the next can be told from them.
struct KindRecord: Sendable {
    private struct Unit: Sendable {
        let x: Double
        let order: Int
        let y: Double
    }

    /// A line through what one kind of relatives took, by sums that fade.
    private struct Kinship: Sendable {
        let kind: Int
        var weight = 0.0
        var x = 0.0
        var y = 0.0
        var xx = 0.0
        var xy = 0.0
        var yy = 0.0

        mutating func observe(_ newX: Double, _ newY: Double) {
            let fading = 0.98
            weight = weight * fading + 1
            // Moments around the means, after Welford.
            let (dx, dy) = (newX - x, newY - y)
            x += dx / weight
            y += dy / weight
            xx = xx * fading + dx * (newX - x)
            xy = xy * fading + dx * (newY - y)
            yy = yy * fading + dy * (newY - y)
        }

        /// What the line expects at `place`, and the variance around it.
        func value(at place: Double) -> (mean: Double, variance: Double) {
            let slope = (xy + 0.15) / (xx + 0.3)
            let residual = max(0, yy - 2 * slope * xy + slope * slope * xx) / weight
            return (y + slope * (place - x), residual + 0.5 / weight + 0.01)
        }
    }

    /// How many units have ended.
    private(set) var count = 0
    /// The last few, the latest at the end.
    private var recent: [Double] = []
    /// By the logarithm of their bytes, equals in the order of their ends.
    private var byBytes: [Unit] = []
    private var kinships: [Kinship] = []
    private static let recentCount = 5

    mutating func observe(_ y: Double, at place: DurationFeatures.Place) {
        if recent.count == Self.recentCount { recent.removeFirst() }
        recent.append(y)
        if place.isComplete {
            byBytes.insert(Unit(x: place.x.x, order: count, y: y), at: firstAbove(place.x.x))
            for relative in place.relatives {
                if let known = kinships.firstIndex(where: { $0.kind == relative.kind }) {
                    kinships[known].observe(relative.logSeconds, y)
                } else {
                    var kinship = Kinship(kind: relative.kind)
                    kinship.observe(relative.logSeconds, y)
                    kinships.append(kinship)
                }
            }
        }
        count += 1
    }

    /// Position of the first unit with more bytes.
    private func firstAbove(_ x: Double) -> Int {
        var (low, high) = (0, byBytes.count)
        while low < high {
            let middle = (low + high) / 2
            if byBytes[middle].x <= x { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// What the last unit took.
    var last: Double? { recent.last }

    /// The median of the last few.
    var median: Double? { Self.median(recent) }

    /// The median of those that read about as many bytes; of equally many the latest.
    func alike(_ x: Double) -> Double? {
        var high = firstAbove(x)
        var low = high - 1
        var nearest: [Double] = []
        while nearest.count < Self.recentCount, low >= 0 || high < byBytes.count {
            let takesLow = high >= byBytes.count || (low >= 0 && x - byBytes[low].x <= byBytes[high].x - x)
            nearest.append(byBytes[takesLow ? low : high].y)
            if takesLow { low -= 1 } else { high += 1 }
        }
        return Self.median(nearest)
    }

    /// What the durations of its relatives say of a unit; kinds of relatives that told much count most.
    func kin(_ relatives: [DurationFeatures.Relative]) -> Double? {
        var sum = 0.0
        var weight = 0.0
        for relative in relatives {
            guard let kinship = kinships.first(where: { $0.kind == relative.kind }), kinship.weight > 1.5 else {
                continue
            }
            let value = kinship.value(at: relative.logSeconds)
            let certainty = 1 / (value.variance * value.variance)
            sum += certainty * value.mean
            weight += certainty
        }
        return weight > 0 ? sum / weight : nil
    }

    private static func median(_ values: [Double]) -> Double? {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }
}
