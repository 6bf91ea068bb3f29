import Determinism

// N chunks, H steps of a chunk, D dimensions.

/// Turns chunks of actions into few tokens: what a chunk is made of in frequencies, rounded, then byte pairs over the integers.
///
/// Each dimension is scaled by its 1st and 99th percentile to -1…1, transformed over time by ``CosineTransform``, multiplied by
/// ``scale`` and rounded, ties to even. Integers stand frequency by frequency, all dimensions of a frequency beside each other.
///
/// - Shapes: a chunk `[H, D]` in the stream's own units ↔ ids, of any number.
/// - Invariant: decode(encode(x)) differs from x by the rounding of coefficients: the mean square error in scaled units is at
///   most 1 / (4 · scale²) while coefficients lie in the fitted range; beyond it they are clamped.
/// - Errors: ``TokenizationError`` for chunks of another size, values that are not finite, and ids that are not of one chunk.
/// - Source: Pertsch et al., FAST (arXiv:2501.09747). A dimension whose percentiles coincide has span 1, where the published
///   code divides by almost nothing, or an axis at rest would explode.
public struct FrequencyActionTokenizer: Codable, Hashable, Sendable {
    public static let currentSchema = 1
    static let fileName = "fast.json"

    public let schema: Int
    /// The stream's name.
    public let stream: String
    /// Names of the dimensions.
    public let names: [String]
    /// Steps of a chunk, H.
    public let chunk: Int
    /// What coefficients are multiplied by before they are rounded.
    public let scale: Double
    /// The 1st percentile of each dimension.
    public let low: [Double]
    /// The 99th percentile of each dimension.
    public let high: [Double]
    /// The integer that symbol 0 stands for.
    public let least: Int
    public let pairs: SymbolPairs

    /// - Throws: ``TokenizationError`` when the parts do not belong together.
    init(
        stream: String, names: [String], chunk: Int, scale: Double, low: [Double], high: [Double], least: Int,
        pairs: SymbolPairs
    ) throws {
        schema = Self.currentSchema
        self.stream = stream
        self.names = names
        self.chunk = chunk
        self.scale = scale
        self.low = low
        self.high = high
        self.least = least
        self.pairs = pairs
        guard chunk > 0, chunk <= 1024, scale > 0, scale.isFinite, !names.isEmpty, low.count == names.count,
            high.count == names.count, zip(low, high).allSatisfy({ $0.isFinite && $1.isFinite && $0 <= $1 })
        else {
            throw TokenizationError(
                .badValue,
                "'\(stream)' needs a chunk of 1 to 1024 steps, a scale above 0 and one pair of finite bounds per dimension"
            )
        }
    }

    /// Fits bounds, range and pairs to chunks.
    ///
    /// - Parameters:
    ///   - chunks: each `[H, D]`, row-major.
    ///   - vocabulary: ids to reach at most.
    ///   - minimumFrequency: how often a pair must occur to be merged.
    /// - Throws: ``TokenizationError`` when there is no chunk, one has another size or holds a value that is not finite.
    public init(
        fitting chunks: [[Float]], stream: String, names: [String], chunk: Int, scale: Double, vocabulary: Int = 1024,
        minimumFrequency: Int = 2
    ) throws {
        guard !chunks.isEmpty else {
            throw TokenizationError(
                .badValue, "'\(stream)' has no chunk of \(chunk) steps; choose shorter chunks or longer episodes")
        }
        let width = names.count
        var columns = [[Double]](repeating: [], count: width)
        for values in chunks {
            try Self.check(values, stream, count: chunk * width)
            for (place, value) in values.enumerated() { columns[place % width].append(Double(value)) }
        }
        var low: [Double] = []
        var high: [Double] = []
        for column in columns {
            let sorted = column.sorted()
            low.append(Quantiles.linear(sorted, 0.01) + 0)
            high.append(Quantiles.linear(sorted, 0.99) + 0)
        }
        let bare = try FrequencyActionTokenizer(
            stream: stream, names: names, chunk: chunk, scale: scale, low: low, high: high, least: 0,
            pairs: SymbolPairs(symbols: 1, merges: []))
        let transform = CosineTransform(length: chunk)
        let integers = chunks.map { bare.integers($0, transform) }
        let least = integers.joined().min() ?? 0
        let most = integers.joined().max() ?? 0
        guard most - least < 1 << 16 else {
            throw TokenizationError(
                .badValue,
                "'\(stream)' has coefficients from \(least) to \(most) at scale \(scale); choose a smaller scale, or bins with method: .muLaw for values with outliers"
            )
        }
        try self.init(
            stream: stream, names: names, chunk: chunk, scale: scale, low: low, high: high, least: least,
            pairs: SymbolPairs.learned(
                from: integers.map { $0.map { Int32($0 - least) } }, symbols: most - least + 1,
                vocabulary: vocabulary, minimumFrequency: minimumFrequency))
    }

    /// Ids there are.
    public var count: Int { pairs.count }

    /// Coefficients of a chunk, H·D; the ids of a chunk stand for exactly so many.
    public var coefficientCount: Int { chunk * names.count }

    /// How many coefficients `id` stands for.
    ///
    /// - Precondition: `id` is in `0..<count`.
    public func coefficients(of id: Int) -> Int { pairs.length(of: id) }

    private static func check(_ values: [Float], _ stream: String, count: Int) throws {
        guard values.count == count else {
            throw TokenizationError(.badValue, "a chunk of '\(stream)' has \(count) values; \(values.count) were given")
        }
        if let wrong = values.first(where: { !$0.isFinite }) {
            throw TokenizationError(.badValue, "'\(stream)' has \(wrong); screen such episodes out")
        }
    }

    /// What a dimension is divided by.
    private func span(_ dimension: Int) -> Double {
        let span = high[dimension] - low[dimension]
        return span < 1e-6 ? 1 : span + 1e-6
    }

    /// A chunk scaled to -1…1 between its dimensions' percentiles.
    func scaled(_ values: [Float]) -> [Double] {
        let width = names.count
        return values.enumerated().map { place, value in
            (Double(value) - low[place % width]) / span(place % width) * 2 - 1
        }
    }

    private func integers(_ values: [Float], _ transform: CosineTransform) -> [Int] {
        transform.forward(scaled(values), width: names.count).map {
            Int(max(-0x1p31, min(0x1p31, ($0 * scale).rounded(.toNearestOrEven))))
        }
    }

    /// The rounded coefficients of a chunk, frequency by frequency.
    public func integers(of values: [Float]) throws -> [Int] {
        try Self.check(values, stream, count: chunk * names.count)
        return integers(values, CosineTransform(length: chunk))
    }

    /// The ids of a chunk.
    public func encode(_ values: [Float]) throws -> [Int32] {
        pairs.encode(try integers(of: values).map { Int32(max(0, min(pairs.symbols - 1, $0 - least))) })
    }

    /// The actions `[H, D]` that ids stand for.
    ///
    /// - Throws: ``TokenizationError`` when the ids are not those of exactly one chunk.
    public func decode(_ ids: [Int32]) throws -> [Float] {
        let symbols = try pairs.decode(ids)
        guard symbols.count == chunk * names.count else {
            throw TokenizationError(
                .badValue,
                "\(ids.count) action tokens stand for \(symbols.count) coefficients; a chunk of \(chunk) steps in \(names.count) dimensions has \(chunk * names.count)"
            )
        }
        return values(of: symbols.map { Int($0) + least })
    }

    /// The actions `[H, D]` of rounded coefficients.
    func values(of integers: [Int]) -> [Float] {
        let width = names.count
        let rows = CosineTransform(length: chunk).inverse(integers.map { Double($0) / scale }, width: width)
        return rows.enumerated().map { place, value in
            Float((value + 1) / 2 * span(place % width) + low[place % width])
        }
    }

    /// Mean square difference of chunks and what their tokens stand for, in scaled units, and mean tokens of a chunk.
    public func measured(on chunks: [[Float]]) throws -> (error: Double, tokens: Double) {
        var squares = 0.0
        var tokens = 0
        for values in chunks {
            let ids = try encode(values)
            tokens += ids.count
            for (a, b) in zip(scaled(values), scaled(try decode(ids))) { squares += (a - b) * (a - b) }
        }
        let count = Double(max(1, chunks.count))
        return (squares / (count * Double(chunk * names.count)), Double(tokens) / count)
    }

    func files() throws -> TokenizerFiles { TokenizerFiles([Self.fileName: try StableJSON.encode(self)]) }

    /// Writes `fast.json` into `folder`, which is created.
    public func write(to folder: String) throws { try files().write(to: folder) }

    /// Reads `fast.json` of `folder`.
    public static func read(_ folder: String) throws -> FrequencyActionTokenizer {
        let path = folder + "/" + fileName
        let stored = try StableJSON.decode(FrequencyActionTokenizer.self, from: path)
        guard stored.schema == currentSchema else {
            throw TokenizationError(
                .damaged, "'\(path)' has schema \(stored.schema); this program reads \(currentSchema)")
        }
        return try FrequencyActionTokenizer(
            stream: stored.stream, names: stored.names, chunk: stored.chunk, scale: stored.scale, low: stored.low,
            high: stored.high, least: stored.least, pairs: stored.pairs)
    }
}
