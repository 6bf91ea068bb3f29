import CKernels

// B sequences, T positions, H query heads, G key-value heads, D head dimension, N width.

/// The shape of one attention call: at most so many documents' rows.
public struct AttentionShape: Hashable, Sendable {
    public var sequences: Int
    public var length: Int
    public var heads: Int
    public var keyValueHeads: Int
    public var headDimension: Int

    public init(sequences: Int, length: Int, heads: Int, keyValueHeads: Int, headDimension: Int) {
        precondition(
            sequences >= 0 && length > 0 && headDimension > 0 && keyValueHeads > 0 && heads % keyValueHeads == 0,
            "attention of \(heads) heads over \(keyValueHeads) key-value heads of \(headDimension), \(length) positions"
        )
        self.sequences = sequences
        self.length = length
        self.heads = heads
        self.keyValueHeads = keyValueHeads
        self.headDimension = headDimension
    }

    var queries: Int { sequences * length * heads * headDimension }
    var keys: Int { sequences * length * keyValueHeads * headDimension }
    /// Floats that remember each row's maximum and inverse sum for the way back.
    public var statistics: Int { sequences * heads * 2 * length }
    /// Floats of scratch that either direction needs for each thread; a multiple of 16.
    public var scratch: Int {
        (max(orc_attention_scratch(length, headDimension), orc_attention_backward_scratch(length, headDimension)) + 15)
            / 16 * 16
    }
    /// The scores' factor, 1 / sqrt(D).
    var scale: Float { Float(1 / Double(headDimension).squareRoot()) }
}

extension Kernels {
    /// y = x / rms(x) · gain by rows; `inverse` keeps 1 / rms.
    ///
    /// - Shapes: x, y `[rows, N]`, gain `[N]`, inverse `[rows]`.
    public func rmsNorm(_ x: FloatView, gain: FloatView, epsilon: Float, into y: FloatView, inverse: FloatView) {
        precondition(x.count == y.count && x.count == inverse.count * gain.count, "norm of \(x.count) floats")
        let n = gain.count
        split(inverse.count, least: Self.leastElements / max(1, n)) { rows in
            let start = rows.lowerBound * n
            unsafe table.pointee.rms_norm(
                x.base + start, gain.base, y.base + start, inverse.base + rows.lowerBound, rows.count, n, epsilon)
        }
    }

    /// Gradients of ``rmsNorm(_:gain:epsilon:into:inverse:)``: `dgain` is continued, rows ascending; `dx` is overwritten, or added
    /// to when `accumulating`.
    public func rmsNormBackward(
        _ dy: FloatView, x: FloatView, gain: FloatView, inverse: FloatView, into dx: FloatView, gain dgain: FloatView,
        accumulating: Bool
    ) {
        precondition(x.count == dy.count && dx.count == dy.count && dgain.count == gain.count)
        precondition(x.count == inverse.count * gain.count, "norm of \(x.count) floats")
        let n = gain.count
        guard threads > 1 else {
            return unsafe table.pointee.rms_norm_backward(
                dy.base, x.base, gain.base, inverse.base, dx.base, dgain.base, inverse.count, n, accumulating ? 1 : 0)
        }
        // A gain's chain runs over all rows: threads divide columns there, and rows for the rest.
        split(n, grain: 16, least: Self.leastElements / max(1, inverse.count)) { columns in
            unsafe table.pointee.rms_norm_gain(
                dy.base, x.base, inverse.base, dgain.base, inverse.count, n, columns.lowerBound, columns.upperBound)
        }
        split(inverse.count, least: Self.leastElements / max(1, n)) { rows in
            let start = rows.lowerBound * n
            unsafe table.pointee.rms_norm_backward(
                dy.base + start, x.base + start, gain.base, inverse.base + rows.lowerBound, dx.base + start, nil,
                rows.count, n, accumulating ? 1 : 0)
        }
    }

    /// Rotates every head of `x` in place by its row's position; `inverse` turns back.
    ///
    /// - Shapes: x `[rows, heads, D]`, positions `[rows]`, tables `[positions, D / 2]`.
    public func rotate(
        _ x: FloatView, heads: Int, headDimension d: Int, cosines: FloatView, sines: FloatView, positions: [UInt32],
        inverse: Bool = false
    ) {
        let rows = positions.count
        precondition(d % 2 == 0 && x.count == rows * heads * d, "\(x.count) floats of \(rows) rows")
        let known = cosines.count / (d / 2)
        precondition(
            cosines.count == sines.count && positions.allSatisfy { $0 < known },
            "rotary tables end before position \(positions.max() ?? 0)")
        unsafe positions.withUnsafeBufferPointer { positions in
            guard let first = positions.baseAddress else { return }
            split(rows, least: Self.leastElements / (heads * d)) { part in
                unsafe table.pointee.rope(
                    x.base, part.lowerBound, part.upperBound, heads, d, cosines.base, sines.base, first,
                    inverse ? -1 : 1)
            }
        }
    }

    /// Causal attention inside documents, by default each sequence one: two-pass softmax, keys ascending.
    ///
    /// A document's bits are those it has alone.
    ///
    /// - Shapes: q, out `[B, T, H, D]`, k, v `[B, T, G, D]`; `statistics` and `scratch` as ``AttentionShape`` says.
    public func attention(
        _ shape: AttentionShape, documents: DocumentRows? = nil, q: FloatView, k: FloatView, v: FloatView,
        into out: FloatView, statistics: FloatView, scratch: FloatView
    ) {
        let booking = beginBooking(.attention)
        defer { endBooking(booking) }
        precondition(q.count == shape.queries && out.count == shape.queries, "queries of \(shape)")
        precondition(k.count == shape.keys && v.count == shape.keys, "keys of \(shape)")
        precondition(statistics.count == shape.statistics && scratch.count >= shape.scratch, "scratch of \(shape)")
        unsafe splitPairs(shape, documents, scratch) { starts, number, pairs in
            unsafe table.pointee.attention(
                q.base, k.base, v.base, out.base, statistics.base, scratch.base + number * shape.scratch, starts,
                pairs.lowerBound, pairs.upperBound, shape.heads, shape.keyValueHeads, shape.headDimension, shape.scale)
        }
    }

    /// Runs `body` over parts of all pairs of a document and a key-value head, with the documents' bounds and a number for scratch.
    private func splitPairs(
        _ shape: AttentionShape, _ documents: DocumentRows?, _ scratch: FloatView,
        _ body: (UnsafePointer<Int>, Int, Range<Int>) -> Void
    ) {
        let documents = documents ?? DocumentRows(sequences: shape.sequences, length: shape.length)
        precondition(
            documents.rows == shape.sequences * shape.length && documents.longest <= shape.length,
            "\(documents.count) documents of up to \(documents.longest) rows in \(shape)")
        unsafe documents.bounds.withUnsafeBufferPointer { bounds in
            guard let first = bounds.baseAddress else { return }
            splitNumbered(documents.count * shape.keyValueHeads, parts: scratch.count / shape.scratch) {
                unsafe body(first, $0, $1)
            }
        }
    }

    /// Gradients of attention; `dq`, `dk`, `dv` are overwritten.
    public func attentionBackward(
        _ shape: AttentionShape, documents: DocumentRows? = nil, q: FloatView, k: FloatView, v: FloatView,
        out: FloatView, dout: FloatView,
        statistics: FloatView, dq: FloatView, dk: FloatView, dv: FloatView, scratch: FloatView
    ) {
        let booking = beginBooking(.attention)
        defer { endBooking(booking) }
        precondition(q.count == shape.queries && out.count == shape.queries && dout.count == shape.queries)
        precondition(dq.count == shape.queries && dk.count == shape.keys && dv.count == shape.keys)
        precondition(k.count == shape.keys && v.count == shape.keys, "keys of \(shape)")
        precondition(statistics.count == shape.statistics && scratch.count >= shape.scratch, "scratch of \(shape)")
        unsafe splitPairs(shape, documents, scratch) { starts, number, pairs in
            unsafe table.pointee.attention_backward(
                q.base, k.base, v.base, out.base, dout.base, statistics.base, dq.base, dk.base, dv.base,
                scratch.base + number * shape.scratch, starts, pairs.lowerBound, pairs.upperBound, shape.heads,
                shape.keyValueHeads, shape.headDimension, shape.scale)
        }
    }

    /// Softmax cross-entropy of rows, which become `weight · (softmax - one hot)` when `gradient`.
    ///
    /// - Shapes: logits `[rows, V]`, targets and weights `[rows]`.
    /// - Returns: for each row the negative log likelihood of its target in nats, and whether the target is the lowest index of the
    ///   row's maximum.
    public func crossEntropy(
        _ logits: FloatView, targets: [Int], weights: [Float], gradient: Bool
    ) -> [(nats: Double, correct: Bool)] {
        guard !targets.isEmpty else { return [] }
        let n = logits.count / targets.count
        precondition(logits.count == n * targets.count && weights.count == targets.count, "rows of \(n) logits")
        precondition(targets.allSatisfy { $0 >= 0 && $0 < n }, "a target that is not one of \(n) logits")
        var rows = zip(targets, weights).map { orc_scored_row(target: $0, weight: $1, correct: 0, nats: 0) }
        unsafe rows.withUnsafeMutableBufferPointer { rows in
            guard let first = rows.baseAddress else { return }
            split(targets.count, least: Self.leastElements / n) { part in
                unsafe table.pointee.cross_entropy(
                    logits.base + part.lowerBound * n, first + part.lowerBound, part.count, n, gradient ? 1 : 0)
            }
        }
        return rows.map { ($0.nats, $0.correct != 0) }
    }

    /// The same of one row.
    public func crossEntropy(
        _ logits: FloatView, target: Int, weight: Float, gradient: Bool
    ) -> (nats: Double, correct: Bool) {
        crossEntropy(logits, targets: [target], weights: [weight], gradient: gradient)[0]
    }
}
