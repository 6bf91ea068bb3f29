/// The shape of a decoder-only transformer in the manner of Llama: RMSNorm, rotary positions, SwiGLU, grouped queries.
public struct TransformerConfiguration: Hashable, Sendable, Codable {
    /// Token ids are `0..<vocabularySize`.
    public var vocabularySize: Int
    /// Width of the residual stream.
    public var width: Int
    public var layers: Int
    /// Query heads; each is `width / heads` wide.
    public var heads: Int
    /// Key and value heads, a divisor of ``heads``.
    public var keyValueHeads: Int
    /// Width inside the gated feed-forward part.
    public var hiddenWidth: Int
    /// The longest sequence in tokens.
    public var context: Int
    public var ropeBase: Double
    public var normEpsilon: Double
    /// Whether the output head is the embedding.
    public var tiedHead: Bool

    /// A configuration; what is left out follows Llama's customs.
    public init(
        vocabularySize: Int, width: Int, layers: Int, heads: Int, keyValueHeads: Int? = nil, hiddenWidth: Int? = nil,
        context: Int, ropeBase: Double = 10000, normEpsilon: Double = 1e-5, tiedHead: Bool = true
    ) {
        self.vocabularySize = vocabularySize
        self.width = width
        self.layers = layers
        self.heads = heads
        self.keyValueHeads = keyValueHeads ?? heads
        // Two thirds of four widths, up to the next multiple of 32.
        self.hiddenWidth = hiddenWidth ?? (width * 8 / 3 + 31) / 32 * 32
        self.context = context
        self.ropeBase = ropeBase
        self.normEpsilon = normEpsilon
        self.tiedHead = tiedHead
    }

    /// Width of one head.
    public var headDimension: Int { width / max(1, heads) }

    /// Floating-point operations of forward and backward for one sequence of `length` tokens, counting an fma as two.
    public func trainingOperations(length: Int) -> Double {
        let t = Double(length)
        let kv = Double(keyValueHeads * headDimension)
        let w = Double(width)
        let linear =
            Double(layers) * (2 * w * w + 2 * w * kv + 3 * w * Double(hiddenWidth)) + w * Double(vocabularySize)
        let attention = Double(layers) * w * t
        return 6 * t * linear + 6 * t * attention
    }

    /// Checks that a transformer can have this shape.
    ///
    /// - Throws: ``ModelingError`` naming the first field that is wrong and what it must be.
    public func validate() throws {
        func require(_ holds: Bool, _ message: @autoclosure () -> String) throws {
            guard holds else { throw ModelingError(.configuration, message()) }
        }
        try require(vocabularySize > 1, "vocabularySize is \(vocabularySize); it must be at least 2")
        try require(width > 0, "width is \(width); it must be positive")
        try require(layers > 0, "layers is \(layers); it must be positive")
        try require(heads > 0, "heads is \(heads); it must be positive")
        try require(width % heads == 0, "width \(width) is not a multiple of heads \(heads)")
        try require(
            headDimension % 2 == 0, "width \(width) over \(heads) heads is \(headDimension) a head; it must be even")
        try require(
            keyValueHeads > 0 && heads % max(1, keyValueHeads) == 0,
            "keyValueHeads \(keyValueHeads) does not divide heads \(heads)")
        try require(hiddenWidth > 0, "hiddenWidth is \(hiddenWidth); it must be positive")
        try require(context > 0, "context is \(context); it must be positive")
        try require(ropeBase > 1 && ropeBase.isFinite, "ropeBase is \(ropeBase); it must be greater than 1")
        try require(normEpsilon > 0 && normEpsilon < 1, "normEpsilon is \(normEpsilon); it must be in 0..<1")
    }
}
