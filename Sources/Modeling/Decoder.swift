public import Kernels

// n new positions, N width, F hidden width, V vocabulary.

/// A transformer that reads tokens one after another and remembers keys and values.
///
/// Its logits have the bits of ``Transformer/logits(tokens:weights:)`` over the same tokens, however they were handed in. A value:
/// ``fork()`` gives an independent one, which is how several continuations of one prompt are drawn.
public struct Decoder {
    public let configuration: TransformerConfiguration
    /// How many tokens were read.
    public private(set) var position = 0
    private let shared: DecoderWeights
    private var caches: [AttentionCache]

    init(transformer: Transformer, weights: FloatBuffer) {
        configuration = transformer.configuration
        shared = DecoderWeights(transformer, weights)
        let c = configuration
        caches = (0..<c.layers).map { _ in
            AttentionCache(
                positions: c.context, heads: c.heads, keyValueHeads: c.keyValueHeads, headDimension: c.headDimension)
        }
    }

    /// A decoder that goes on from the same position on its own.
    public func fork() -> Decoder {
        var other = self
        other.caches = caches.map { $0.copy() }
        return other
    }

    /// Forgets all tokens from `position` on.
    public mutating func rewind(to position: Int) {
        precondition(position >= 0 && position <= self.position, "rewinding from \(self.position) to \(position)")
        for index in caches.indices { caches[index].truncate(to: position) }
        self.position = position
    }

    /// Reads one token; logits `[V]` of what comes after it.
    ///
    /// - Throws: ``ModelingError`` when the context is full or the token is not in the vocabulary.
    public mutating func step(_ token: Int32) throws -> FloatBuffer { try read([token]) }

    /// Reads many tokens at once; logits `[V]` of what comes after the last.
    ///
    /// - Throws: ``ModelingError`` when there are none or more than fit, or one is not in the vocabulary.
    public mutating func prefill(_ tokens: [Int32]) throws -> FloatBuffer { try read(tokens) }

    private mutating func read(_ tokens: [Int32]) throws -> FloatBuffer {
        let c = configuration
        guard !tokens.isEmpty else { throw ModelingError(.shape, "an empty prompt; give at least one token") }
        guard position + tokens.count <= c.context else {
            throw ModelingError(
                .shape, "\(position) + \(tokens.count) tokens do not fit the context of \(c.context); rewind or shorten"
            )
        }
        if let token = tokens.first(where: { $0 < 0 || $0 >= Int32(clamping: c.vocabularySize) }) {
            throw ModelingError(.shape, "token \(token) is outside the vocabulary of \(c.vocabularySize)")
        }
        let logits = shared.read(tokens, at: position, &caches)
        position += tokens.count
        return logits
    }
}

/// Transposed weights `[in, out]`, so that lanes run along outputs without repacking, and scratch.
private final class DecoderWeights {
    private let transformer: Transformer
    private let transposed: FloatBuffer
    private let original: FloatBuffer
    private let head: FloatView
    /// Scratch of the last call, which the next one of equal length uses again.
    private var space: Space?

    /// Buffers for `count` new positions.
    private struct Space {
        let count: Int
        let x, normed, inverse, attended, q, k, v, gate, up, scratch: FloatView

        init(_ c: TransformerConfiguration, count: Int, scratch floats: Int) {
            let keyWidth = c.keyValueHeads * c.headDimension
            func make(_ columns: Int) -> FloatView { FloatBuffer(count: count * columns).all }
            self.count = count
            (x, normed, inverse, attended) = (make(c.width), make(c.width), make(1), make(c.width))
            (q, k, v) = (make(c.width), make(keyWidth), make(keyWidth))
            (gate, up, scratch) = (make(c.hiddenWidth), make(c.hiddenWidth), FloatBuffer(count: floats).all)
        }
    }

    init(_ transformer: Transformer, _ weights: FloatBuffer) {
        self.transformer = transformer
        original = FloatBuffer(count: weights.count)
        original.all.copy(from: weights.all)
        transposed = FloatBuffer(count: weights.count)
        let layout = transformer.layout
        for tensor in layout.tensors where tensor.shape.count == 2 {
            let (rows, columns) = (tensor.shape[0], tensor.shape[1])
            let from = original[tensor.range]
            let to = transposed[tensor.range]
            for row in 0..<rows {
                for column in 0..<columns { to[column * rows + row] = from[row * columns + column] }
            }
        }
        head = transposed[layout.tensors[layout.head].range]
    }

    func read(_ tokens: [Int32], at position: Int, _ caches: inout [AttentionCache]) -> FloatBuffer {
        let c = transformer.configuration
        let kernels = transformer.kernels
        let layout = transformer.layout
        let (n, f, count) = (c.width, c.hiddenWidth, tokens.count)
        let keyWidth = c.keyValueHeads * c.headDimension
        let epsilon = Float(c.normEpsilon)
        let space: Space
        if let last = self.space, last.count == count {
            space = last
        } else {
            space = Space(c, count: count, scratch: caches[0].scratch)
            self.space = space
        }
        let (x, normed, inverse, attended) = (space.x, space.normed, space.inverse, space.attended)
        let (q, k, v, gate, up, scratch) = (space.q, space.k, space.v, space.gate, space.up, space.scratch)
        func linear(
            _ x: FloatView, _ index: Int, into y: FloatView, _ inputs: Int, _ outputs: Int, adding: Bool = false
        ) {
            transformer.product(
                .plain(x), .plain(transformer.tensor(index, transposed)), into: y, rows: count, columns: outputs,
                inner: inputs, accumulating: adding)
        }
        let positions = (0..<UInt32(count)).map { UInt32(position) + $0 }
        transformer.embed(tokens, original, into: x)
        for (layer, block) in layout.blocks.enumerated() {
            kernels.rmsNorm(
                x, gain: transformer.tensor(block.attentionNorm, original), epsilon: epsilon, into: normed,
                inverse: inverse)
            linear(normed, block.query, into: q, n, n)
            linear(normed, block.key, into: k, n, keyWidth)
            linear(normed, block.value, into: v, n, keyWidth)
            for (view, heads) in [(q, c.heads), (k, c.keyValueHeads)] {
                kernels.rotate(
                    view, heads: heads, headDimension: c.headDimension, cosines: transformer.rotary.cosines.all,
                    sines: transformer.rotary.sines.all, positions: positions)
            }
            caches[layer].attend(q: q, k: k, v: v, into: attended, scratch: scratch, kernels: kernels)
            linear(attended, block.output, into: x, n, n, adding: true)
            kernels.rmsNorm(
                x, gain: transformer.tensor(block.feedForwardNorm, original), epsilon: epsilon, into: normed,
                inverse: inverse)
            linear(normed, block.gate, into: gate, n, f)
            linear(normed, block.up, into: up, n, f)
            kernels.swiglu(gate: gate, up: up, into: gate)
            linear(gate, block.down, into: x, f, n, adding: true)
        }
        let last = x[(count - 1) * n..<count * n]
        let lastNormed = normed[0..<n]
        kernels.rmsNorm(
            last, gain: transformer.tensor(layout.norm, original), epsilon: epsilon, into: lastNormed,
            inverse: inverse[0..<1])
        let logits = FloatBuffer(count: c.vocabularySize)
        transformer.product(
            .plain(lastNormed), .plain(head), into: logits.all, rows: 1, columns: c.vocabularySize, inner: n)
        return logits
    }
}
