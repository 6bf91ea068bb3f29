import Kernels

// R rows of a leaf.

/// How much memory a leaf takes.
public enum TransformerMemory {
    /// Bytes of activations, gradients of activations, logits and scratch for leaves of `sequences` x `length`.
    ///
    /// - Parameter recomputes: as ``Transformer/recomputes``.
    public static func bytes(
        _ c: TransformerConfiguration, sequences: Int, length: Int, threads: Int, recomputes: Bool = false
    ) -> Int {
        let rows = sequences * length
        let shape = AttentionShape(
            sequences: sequences, length: length, heads: c.heads, keyValueHeads: c.keyValueHeads,
            headDimension: c.headDimension)
        let keyWidth = c.keyValueHeads * c.headDimension
        let layer = rows * (5 * c.width + 2 * keyWidth + 3 * c.hiddenWidth + 2) + shape.statistics
        let back = rows * (5 * c.width + 2 * keyWidth + 3 * c.hiddenWidth)
        let streams = rows * (c.width * (c.layers + 1) + 2 * c.width + 1)
        let logits = min(TransformerWorkspace.chunkRows, rows) * c.vocabularySize
        return 4 * ((recomputes ? 1 : c.layers) * layer + back + streams + logits + shape.scratch * threads)
    }
}
