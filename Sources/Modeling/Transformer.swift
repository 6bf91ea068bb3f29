public import Kernels

// B sequences, T positions, R rows (B · T), N width, V vocabulary.

/// A decoder-only transformer: losses and gradients of leaves, logits, decoding.
///
/// It holds scratch memory that its calls reuse, so one object serves one thread at a time. Weights and gradients are flat buffers
/// in the order of ``layout``. Bits depend on nothing but the leaf and the weights.
public final class Transformer {
    public let configuration: TransformerConfiguration
    public let layout: ParameterLayout
    /// What operands of the dense products are rounded to; attention is fp32 in any case.
    public let precision: Precision
    /// Whether the way back computes a layer's activations again instead of keeping those of all layers; no part of the bits.
    public let recomputes: Bool
    let kernels: Kernels
    let rotary: RotaryTables
    private var workspace: TransformerWorkspace?

    /// A transformer of this shape, computed by `kernels` (by default what ``Kernels/current()`` gives).
    ///
    /// - Throws: ``ModelingError`` for an impossible configuration, ``KernelError`` when the kernel set is not there.
    public init(
        _ configuration: TransformerConfiguration, precision: Precision = .fp32, kernels: Kernels? = nil,
        recomputes: Bool = false
    ) throws {
        try configuration.validate()
        self.recomputes = recomputes
        self.configuration = configuration
        self.precision = precision
        layout = ParameterLayout(configuration)
        self.kernels = try kernels ?? Kernels.current()
        rotary = RotaryTables(configuration)
    }

    /// The gradient of the leaf's weighted loss *sum* (weights in units of 1/256), which overwrites `gradient`.
    ///
    /// - Throws: ``ModelingError`` for a leaf that does not fit, or NaN or infinity, with the layer or tensor named.
    public func gradient(of leaf: Leaf, weights: FloatBuffer, into gradient: FloatBuffer) throws -> LeafLoss {
        try check(weights, "weights")
        try check(gradient, "gradient")
        try leaf.validate(configuration)
        try kernels.checkFloatEnvironment()
        let space = space(leaf, keepingLayers: true)
        try forward(leaf.inputs, weights, space)
        let loss = try head(leaf, weights, space, gradient: gradient)
        backward(leaf.inputs, weights, space, gradient)
        if let index = kernels.firstNonFinite(in: gradient.all) {
            let name = layout.tensor(at: index)?.name ?? "?"
            throw ModelingError.nonFinite(
                gradient[index], in: "the gradient of \(name)[\(index - (layout.tensor(at: index)?.offset ?? 0))]",
                remedy: "lower the learning rate or look at the leaf's samples")
        }
        return loss
    }

    /// The leaf's loss, with the same bits as ``gradient(of:weights:into:)`` gives.
    public func loss(of leaf: Leaf, weights: FloatBuffer) throws -> LeafLoss {
        try check(weights, "weights")
        try leaf.validate(configuration)
        try kernels.checkFloatEnvironment()
        let space = space(leaf, keepingLayers: false)
        try forward(leaf.inputs, weights, space)
        return try head(leaf, weights, space, gradient: nil)
    }

    /// Logits `[T, V]` of every position of one sequence, in which documents begin at `documentStarts`.
    public func logits(tokens: [Int32], documentStarts: [Int] = [], weights: FloatBuffer) throws -> FloatBuffer {
        try check(weights, "weights")
        let none = [Int32](repeating: 0, count: tokens.count)
        let leaf = Leaf(
            sequences: 1, length: tokens.count, inputs: tokens, targets: none, weights: none,
            modalities: Array(repeating: 0, count: tokens.count), documentStarts: documentStarts)
        try leaf.validate(configuration)
        try kernels.checkFloatEnvironment()
        let space = space(leaf, keepingLayers: false)
        try forward(tokens, weights, space)
        let logits = FloatBuffer(count: tokens.count * configuration.vocabularySize)
        product(
            .plain(space.finalNormed), .transposed(tensor(layout.head, weights)), into: logits.all, rows: tokens.count,
            columns: configuration.vocabularySize, inner: configuration.width)
        return logits
    }

    /// A decoder with an empty cache over these weights, which it copies.
    public func makeDecoder(weights: FloatBuffer) throws -> Decoder {
        try check(weights, "weights")
        return Decoder(transformer: self, weights: weights)
    }

    // MARK: Parts

    /// A dense product in the model's precision.
    func product(
        _ a: MatrixOperand, _ b: MatrixOperand, into c: FloatView, rows: Int, columns: Int, inner: Int,
        accumulating: Bool = false
    ) {
        kernels.matmul(
            a, b, into: c, rows: rows, columns: columns, inner: inner, accumulating: accumulating, precision: precision)
    }

    func tensor(_ index: Int, _ flat: FloatBuffer) -> FloatView { flat[layout.tensors[index].range] }

    private func check(_ buffer: FloatBuffer, _ name: String) throws {
        guard buffer.count == layout.count else {
            throw ModelingError(
                .shape, "\(name) have \(buffer.count) floats; this configuration has \(layout.count) parameters")
        }
    }

    private func space(_ leaf: Leaf, keepingLayers: Bool) -> TransformerWorkspace {
        let space: TransformerWorkspace
        if let workspace, workspace.shape.sequences == leaf.sequences, workspace.shape.length == leaf.length,
            workspace.keepsLayers || !keepingLayers
        {
            space = workspace
        } else {
            space = TransformerWorkspace(
                configuration, sequences: leaf.sequences, length: leaf.length, keepsLayers: keepingLayers,
                recomputes: recomputes, threads: kernels.threads)
            workspace = space
        }
        space.documents = leaf.documents
        return space
    }

    /// Fills the workspace up to the final norm.
    private func forward(_ tokens: [Int32], _ weights: FloatBuffer, _ space: TransformerWorkspace) throws {
        let c = configuration
        embed(tokens, weights, into: space.stream(before: 0))
        for layer in layout.blocks.indices {
            let next = space.stream(before: layer + 1)
            activate(layer, weights, space, rows: tokens.count, into: next)
            if let index = kernels.firstNonFinite(in: next) {
                throw ModelingError.nonFinite(
                    next[index], in: "layer \(layer), row \(index / c.width) of the leaf",
                    remedy: "lower the learning rate or look at the leaf's samples")
            }
        }
        kernels.rmsNorm(
            space.stream(before: c.layers), gain: tensor(layout.norm, weights), epsilon: Float(c.normEpsilon),
            into: space.finalNormed, inverse: space.finalInverse)
    }

    /// Fills a layer's activations from the residual stream before it.
    ///
    /// - Parameter next: gets the stream behind the layer; `nil` when that is known already.
    func activate(
        _ layer: Int, _ weights: FloatBuffer, _ space: TransformerWorkspace, rows: Int, into next: FloatView?
    ) {
        let c = configuration
        let block = layout.blocks[layer]
        let x = space.stream(before: layer)
        let a = space.activations(of: layer)
        project(x, a, block, weights, rows: rows)
        for (view, heads) in [(a.q, c.heads), (a.k, c.keyValueHeads)] {
            kernels.rotate(
                view, heads: heads, headDimension: c.headDimension, cosines: rotary.cosines.all,
                sines: rotary.sines.all, positions: space.documents.positions)
        }
        kernels.attention(
            space.shape, documents: space.documents, q: a.q, k: a.k, v: a.v, into: a.attended,
            statistics: a.statistics, scratch: space.scratch)
        finish(x, a, block, weights, rows: rows, into: next)
    }

    func embed(_ tokens: [Int32], _ weights: FloatBuffer, into stream: FloatView) {
        let n = configuration.width
        let table = tensor(layout.embedding, weights)
        for (row, token) in tokens.enumerated() {
            stream[row * n..<(row + 1) * n].copy(from: table[Int(token) * n..<(Int(token) + 1) * n])
        }
    }

    /// Norm and the three projections of attention.
    private func project(
        _ x: FloatView, _ a: TransformerWorkspace.Activations, _ block: ParameterLayout.Block, _ weights: FloatBuffer,
        rows: Int
    ) {
        let c = configuration
        let keyWidth = c.keyValueHeads * c.headDimension
        kernels.rmsNorm(
            x, gain: tensor(block.attentionNorm, weights), epsilon: Float(c.normEpsilon), into: a.normed,
            inverse: a.normInverse)
        linear(a.normed, block.query, weights, into: a.q, rows: rows, inputs: c.width, outputs: c.width)
        linear(a.normed, block.key, weights, into: a.k, rows: rows, inputs: c.width, outputs: keyWidth)
        linear(a.normed, block.value, weights, into: a.v, rows: rows, inputs: c.width, outputs: keyWidth)
    }

    /// Output projection and feed-forward part; both chains go on from the residual stream.
    private func finish(
        _ x: FloatView, _ a: TransformerWorkspace.Activations, _ block: ParameterLayout.Block, _ weights: FloatBuffer,
        rows: Int, into next: FloatView?
    ) {
        let c = configuration
        a.middle.copy(from: x)
        linear(
            a.attended, block.output, weights, into: a.middle, rows: rows, inputs: c.width, outputs: c.width,
            accumulating: true)
        kernels.rmsNorm(
            a.middle, gain: tensor(block.feedForwardNorm, weights), epsilon: Float(c.normEpsilon), into: a.feedNormed,
            inverse: a.feedNormInverse)
        linear(a.feedNormed, block.gate, weights, into: a.gate, rows: rows, inputs: c.width, outputs: c.hiddenWidth)
        linear(a.feedNormed, block.up, weights, into: a.up, rows: rows, inputs: c.width, outputs: c.hiddenWidth)
        kernels.swiglu(gate: a.gate, up: a.up, into: a.activated)
        guard let next else { return }
        next.copy(from: a.middle)
        linear(
            a.activated, block.down, weights, into: next, rows: rows, inputs: c.hiddenWidth, outputs: c.width,
            accumulating: true)
    }

    private func linear(
        _ x: FloatView, _ index: Int, _ weights: FloatBuffer, into y: FloatView, rows: Int, inputs: Int, outputs: Int,
        accumulating: Bool = false
    ) {
        product(
            .plain(x), .transposed(tensor(index, weights)), into: y, rows: rows, columns: outputs, inner: inputs,
            accumulating: accumulating)
    }
}
