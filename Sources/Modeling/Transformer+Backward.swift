import Kernels

// R rows, N width, F hidden width. d… is the gradient of the loss sum by that activation.

extension Transformer {
    /// Goes back from the gradient of the final norm's output in `space.normed`; the head's gradient is already there.
    func backward(_ tokens: [Int32], _ weights: FloatBuffer, _ space: TransformerWorkspace, _ gradient: FloatBuffer) {
        let c = configuration
        let rows = tokens.count
        tensor(layout.norm, gradient).fill(0)
        kernels.rmsNormBackward(
            space.normed, x: space.stream(before: c.layers), gain: tensor(layout.norm, weights),
            inverse: space.finalInverse, into: space.stream, gain: tensor(layout.norm, gradient), accumulating: false)
        for layer in layout.blocks.indices.reversed() {
            // Of the last layer the activations are still there.
            if recomputes, layer < c.layers - 1 { activate(layer, weights, space, rows: rows, into: nil) }
            feedForwardBackward(layer, weights, space, gradient, rows: rows)
            attentionBackward(layer, weights, space, gradient, rows: rows)
        }
        embeddingBackward(tokens, space, gradient)
    }

    private func feedForwardBackward(
        _ layer: Int, _ weights: FloatBuffer, _ space: TransformerWorkspace, _ gradient: FloatBuffer, rows: Int
    ) {
        let (n, f) = (configuration.width, configuration.hiddenWidth)
        let block = layout.blocks[layer]
        let a = space.activations(of: layer)
        back(space.stream, block.down, weights, into: space.activated, rows: rows, inputs: f, outputs: n)
        weightGradient(block.down, space.stream, a.activated, gradient, rows: rows, inputs: f, outputs: n)
        kernels.swigluBackward(space.activated, gate: a.gate, up: a.up, intoGate: space.gate, intoUp: space.up)
        weightGradient(block.gate, space.gate, a.feedNormed, gradient, rows: rows, inputs: n, outputs: f)
        weightGradient(block.up, space.up, a.feedNormed, gradient, rows: rows, inputs: n, outputs: f)
        back(space.gate, block.gate, weights, into: space.normed, rows: rows, inputs: n, outputs: f)
        back(space.up, block.up, weights, into: space.normed, rows: rows, inputs: n, outputs: f, accumulating: true)
        tensor(block.feedForwardNorm, gradient).fill(0)
        kernels.rmsNormBackward(
            space.normed, x: a.middle, gain: tensor(block.feedForwardNorm, weights), inverse: a.feedNormInverse,
            into: space.stream, gain: tensor(block.feedForwardNorm, gradient), accumulating: true)
    }

    private func attentionBackward(
        _ layer: Int, _ weights: FloatBuffer, _ space: TransformerWorkspace, _ gradient: FloatBuffer, rows: Int
    ) {
        let c = configuration
        let n = c.width
        let keyWidth = c.keyValueHeads * c.headDimension
        let block = layout.blocks[layer]
        let a = space.activations(of: layer)
        back(space.stream, block.output, weights, into: space.attended, rows: rows, inputs: n, outputs: n)
        weightGradient(block.output, space.stream, a.attended, gradient, rows: rows, inputs: n, outputs: n)
        kernels.attentionBackward(
            space.shape, documents: space.documents, q: a.q, k: a.k, v: a.v, out: a.attended, dout: space.attended,
            statistics: a.statistics, dq: space.q, dk: space.k, dv: space.v, scratch: space.scratch)
        for (view, heads) in [(space.q, c.heads), (space.k, c.keyValueHeads)] {
            kernels.rotate(
                view, heads: heads, headDimension: c.headDimension, cosines: rotary.cosines.all,
                sines: rotary.sines.all, positions: space.documents.positions, inverse: true)
        }
        weightGradient(block.query, space.q, a.normed, gradient, rows: rows, inputs: n, outputs: n)
        weightGradient(block.key, space.k, a.normed, gradient, rows: rows, inputs: n, outputs: keyWidth)
        weightGradient(block.value, space.v, a.normed, gradient, rows: rows, inputs: n, outputs: keyWidth)
        back(space.q, block.query, weights, into: space.normed, rows: rows, inputs: n, outputs: n)
        back(
            space.k, block.key, weights, into: space.normed, rows: rows, inputs: n, outputs: keyWidth,
            accumulating: true)
        back(
            space.v, block.value, weights, into: space.normed, rows: rows, inputs: n, outputs: keyWidth,
            accumulating: true)
        tensor(block.attentionNorm, gradient).fill(0)
        kernels.rmsNormBackward(
            space.normed, x: space.stream(before: layer), gain: tensor(block.attentionNorm, weights),
            inverse: a.normInverse, into: space.stream, gain: tensor(block.attentionNorm, gradient), accumulating: true)
    }

    /// Rows of equal tokens are summed in position order (stable sort by token); with a tied head that sum is added once to the
    /// head's gradient.
    private func embeddingBackward(_ tokens: [Int32], _ space: TransformerWorkspace, _ gradient: FloatBuffer) {
        let n = configuration.width
        let table = tensor(layout.embedding, gradient)
        if !configuration.tiedHead { table.fill(0) }
        let order = tokens.indices.sorted { (tokens[$0], $0) < (tokens[$1], $1) }
        var start = 0
        while start < order.count {
            let token = tokens[order[start]]
            var end = start
            while end < order.count, tokens[order[end]] == token {
                let row = space.stream[order[end] * n..<(order[end] + 1) * n]
                if end == start { space.embeddingRow.copy(from: row) } else { kernels.add(row, to: space.embeddingRow) }
                end += 1
            }
            let target = table[Int(token) * n..<(Int(token) + 1) * n]
            if configuration.tiedHead {
                kernels.add(space.embeddingRow, to: target)
            } else {
                target.copy(from: space.embeddingRow)
            }
            start = end
        }
    }

    /// dx = dy · W, or dx += it.
    private func back(
        _ dy: FloatView, _ index: Int, _ weights: FloatBuffer, into dx: FloatView, rows: Int, inputs: Int, outputs: Int,
        accumulating: Bool = false
    ) {
        product(
            .plain(dy), .plain(tensor(index, weights)), into: dx, rows: rows, columns: inputs, inner: outputs,
            accumulating: accumulating)
    }

    /// dW = dyᵀ · x, rows ascending.
    private func weightGradient(
        _ index: Int, _ dy: FloatView, _ x: FloatView, _ gradient: FloatBuffer, rows: Int, inputs: Int, outputs: Int
    ) {
        product(
            .transposed(dy), .plain(x), into: tensor(index, gradient), rows: outputs, columns: inputs, inner: rows)
    }
}
