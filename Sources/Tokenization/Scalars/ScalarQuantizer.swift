// T rows, D dimensions.

/// Turns the numbers of one stream, an action or a sensor, into bins: one per dimension.
///
/// - Shapes: a row `[D]` of the stream's own units ↔ bins `[D]`, each in `0..<bins`.
/// - Invariant: inside the bounds, `abs(decode(encode(x)) - x)` is at most half a bin, up to rounding. Outside, values are
///   clamped. A dimension whose bounds coincide has bin 0 only and decodes to its one value.
/// - Errors: ``TokenizationError`` for a wrong width or a value that is not finite; nothing is guessed.
/// - Source: uniform 256-bin actions, RT-1 (arXiv:2212.06817) and RT-2 (arXiv:2307.15818); bounds at the 1st and 99th
///   percentile, OpenVLA (arXiv:2406.09246). OpenVLA's 256 edges make 255 bins; here 256 bins are 256 ids.
public struct ScalarQuantizer: Codable, Hashable, Sendable {
    /// The stream's name, such as `actions` or `agent_pos`.
    public let stream: String
    /// Names of the dimensions.
    public let names: [String]
    /// Lower bound of each dimension.
    public let low: [Double]
    /// Upper bound of each dimension; never below ``low``.
    public let high: [Double]
    /// Bins of each dimension.
    public let bins: Int
    /// The scale on which bins are equal, bounds and widths then being on it; `nil` for the stream's own.
    public let companding: Companding?

    /// A quantizer with given bounds.
    ///
    /// - Throws: ``TokenizationError`` when bounds are not finite, out of order or of different counts.
    public init(
        stream: String, names: [String], low: [Double], high: [Double], bins: Int, companding: Companding? = nil
    ) throws {
        self.stream = stream
        self.names = names
        self.low = low
        self.high = high
        self.bins = bins
        self.companding = companding
        try validate()
    }

    /// A quantizer of any values on a companded scale.
    public init(stream: String, names: [String], companding: Companding, bins: Int = 1024) throws {
        try self.init(
            stream: stream, names: names, low: names.map { _ in -1 }, high: names.map { _ in 1 }, bins: bins,
            companding: companding)
    }

    /// Fits bounds to rows of a stream.
    ///
    /// Bounds are the quantiles `lower` and `upper` of each dimension. Where they coincide although the dimension moves, as with
    /// a gripper that is rarely used, the extremes take their place, so that no value is lost.
    ///
    /// - Parameter values: T rows of D values, row-major.
    /// - Throws: ``TokenizationError`` when there is no row or a value is not finite.
    public init(
        fitting values: [Float], stream: String, names: [String], bins: Int = 256, lower: Double = 0.01,
        upper: Double = 0.99
    ) throws {
        let width = names.count
        guard width > 0, !values.isEmpty, values.count % width == 0 else {
            throw TokenizationError(
                .badValue,
                "'\(stream)' has \(values.count) values for rows of \(width); at least one whole row is needed to fit bins"
            )
        }
        var low: [Double] = []
        var high: [Double] = []
        for dimension in 0..<width {
            var column: [Double] = []
            column.reserveCapacity(values.count / width)
            for position in stride(from: dimension, to: values.count, by: width) {
                guard values[position].isFinite else {
                    throw TokenizationError(
                        .badValue,
                        "'\(stream)' has \(values[position]) in dimension '\(names[dimension])', row \(position / width); screen such episodes out before fitting bins"
                    )
                }
                column.append(Double(values[position]))
            }
            column.sort()
            var bounds = (Quantiles.linear(column, lower), Quantiles.linear(column, upper))
            if bounds.0 >= bounds.1 { bounds = (column[0], column[column.count - 1]) }
            // -0 and +0 compare equal in the sort; one of them is chosen, whatever their order was.
            low.append(bounds.0 + 0)
            high.append(bounds.1 + 0)
        }
        try self.init(stream: stream, names: names, low: low, high: high, bins: bins)
    }

    /// Dimensions, which is also the number of tokens of a row.
    public var width: Int { names.count }

    /// Width of a bin of a dimension, on the scale of its bounds; 0 for a constant dimension.
    public func binWidth(_ dimension: Int) -> Double { (high[dimension] - low[dimension]) / Double(bins) }

    /// Lower edge of a bin: `low + bin·(high - low)/bins`.
    func edge(_ bin: Int, _ dimension: Int) -> Double { low[dimension] + Double(bin) * binWidth(dimension) }

    /// The bin of a value: the one whose lower edge is at most the value and whose upper edge is above it; clamped.
    public func bin(_ value: Float, dimension: Int) throws -> Int {
        guard value.isFinite else {
            throw TokenizationError(
                .badValue, "'\(stream)' has \(value) in dimension '\(names[dimension])'; only finite values have a bin")
        }
        let x = companding?.compressed(Double(value)) ?? Double(value)
        let width = binWidth(dimension)
        guard width > 0, x > low[dimension] else { return 0 }
        if x >= high[dimension] { return bins - 1 }
        var bin = min(bins - 1, Int((x - low[dimension]) / width))
        while bin > 0, x < edge(bin, dimension) { bin -= 1 }
        while bin < bins - 1, x >= edge(bin + 1, dimension) { bin += 1 }
        return bin
    }

    /// The bins of rows, row-major.
    public func encode(_ values: [Float]) throws -> [Int] {
        guard values.count % width == 0 else {
            throw TokenizationError(
                .badValue, "'\(stream)' must have rows of \(width) values; \(values.count) were given")
        }
        var result: [Int] = []
        result.reserveCapacity(values.count)
        var dimension = 0
        for value in values {
            result.append(try bin(value, dimension: dimension))
            dimension = dimension + 1 == width ? 0 : dimension + 1
        }
        return result
    }

    /// The centre of a bin; the one value of a constant dimension.
    ///
    /// - Precondition: `bin` is in `0..<bins`.
    public func centre(_ bin: Int, dimension: Int) -> Double {
        precondition(bin >= 0 && bin < bins, "bin \(bin) of \(bins)")
        return value(at: Double(bin) + 0.5, dimension: dimension)
    }

    /// The value in the stream's units at a place between bins: `bin` is a bin's lower edge, `bin + 0.5` its centre.
    public func value(at place: Double, dimension: Int) -> Double {
        let x = low[dimension] + place * binWidth(dimension)
        return companding?.expanded(x) ?? x
    }

    /// The values of rows of bins, row-major, in the stream's units.
    public func decode(_ bins: [Int]) throws -> [Float] {
        guard bins.count % width == 0 else {
            throw TokenizationError(.badValue, "'\(stream)' must have rows of \(width) bins; \(bins.count) were given")
        }
        if let wrong = bins.first(where: { $0 < 0 || $0 >= self.bins }) {
            throw TokenizationError(.badValue, "bin \(wrong) of '\(stream)' is outside 0..<\(self.bins)")
        }
        return bins.enumerated().map { Float(centre($1, dimension: $0 % width)) }
    }

    private func validate() throws {
        guard low.count == width, high.count == width, width > 0, bins > 0 else {
            throw TokenizationError(
                .badValue, "'\(stream)' needs one pair of bounds for each of \(width) dimensions and at least one bin")
        }
        for dimension in 0..<width {
            guard low[dimension].isFinite, high[dimension].isFinite, low[dimension] <= high[dimension] else {
                throw TokenizationError(
                    .badValue,
                    "'\(stream)' has bounds \(low[dimension])…\(high[dimension]) in dimension '\(names[dimension])'; they must be finite and ascending"
                )
            }
        }
    }

    private enum CodingKeys: String, CodingKey { case stream, names, low, high, bins, companding }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            stream: try values.decode(String.self, forKey: .stream),
            names: try values.decode([String].self, forKey: .names),
            low: try values.decode([Double].self, forKey: .low), high: try values.decode([Double].self, forKey: .high),
            bins: try values.decode(Int.self, forKey: .bins),
            companding: try values.decodeIfPresent(Companding.self, forKey: .companding))
    }
}
