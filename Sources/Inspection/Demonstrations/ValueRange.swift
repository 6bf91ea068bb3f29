/// What numbers lie between, NaN and infinities counted apart.
public struct ValueRange: Hashable, Sendable, Encodable {
    /// Finite numbers.
    public private(set) var count = 0
    /// NaN and infinities.
    public private(set) var notFinite = 0
    /// The least finite number; `nil` when there is none.
    public var least: Double? { count > 0 ? low : nil }
    /// The greatest finite number; `nil` when there is none.
    public var greatest: Double? { count > 0 ? high : nil }
    /// The mean of the finite numbers; `nil` when there is none.
    public var mean: Double? { count > 0 && sum.isFinite ? sum / Double(count) : nil }
    /// Root of the sum of squares of the finite numbers; `nil` when it is beyond a double.
    public var norm: Double? { squares.isFinite ? squares.squareRoot() : nil }

    private var low = Double.infinity
    private var high = -Double.infinity
    private var sum = 0.0
    private var squares = 0.0

    public init() {}

    /// Takes in one number.
    @inline(__always)
    public mutating func add(_ value: Double) {
        guard value.isFinite else {
            notFinite += 1
            return
        }
        count += 1
        if value < low { low = value }
        if value > high { high = value }
        sum += value
        squares += value * value
    }

    /// Takes in the numbers of another range.
    mutating func merge(_ other: ValueRange) {
        count += other.count
        notFinite += other.notFinite
        low = min(low, other.low)
        high = max(high, other.high)
        sum += other.sum
        squares += other.squares
    }

    private enum CodingKeys: String, CodingKey { case count, notFinite, least, greatest, mean, norm }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(count, forKey: .count)
        try container.encode(notFinite, forKey: .notFinite)
        try container.encodeIfPresent(least, forKey: .least)
        try container.encodeIfPresent(greatest, forKey: .greatest)
        try container.encodeIfPresent(mean, forKey: .mean)
        try container.encodeIfPresent(norm, forKey: .norm)
    }
}
