import CKernels

// H query heads, G key-value heads, D head dimension, C capacity in positions.

/// Keys and values of the positions seen so far, laid out for attention by new positions.
public struct AttentionCache: Sendable {
    /// How many positions fit, a multiple of 32.
    public let capacity: Int
    /// How many positions are held.
    public private(set) var count = 0
    let heads: Int
    let keyValueHeads: Int
    let headDimension: Int
    /// Keys `[G, D, C]`: positions side by side.
    private let keys: FloatBuffer
    /// Values `[G, C, padded D]`.
    private let values: FloatBuffer

    /// An empty cache for at least `positions` positions.
    public init(positions: Int, heads: Int, keyValueHeads: Int, headDimension: Int) {
        capacity = orc_padded(max(1, positions))
        self.heads = heads
        self.keyValueHeads = keyValueHeads
        self.headDimension = headDimension
        keys = FloatBuffer(count: keyValueHeads * headDimension * capacity)
        values = FloatBuffer(count: keyValueHeads * capacity * orc_padded(headDimension))
    }

    /// Floats of scratch that ``attend(q:k:v:into:scratch:kernels:)`` needs.
    public var scratch: Int { orc_attention_cached_scratch(capacity, headDimension) }

    /// A cache of its own with the same content.
    public func copy() -> AttentionCache {
        var result = AttentionCache(
            positions: capacity, heads: heads, keyValueHeads: keyValueHeads, headDimension: headDimension)
        result.keys.all.copy(from: keys.all)
        result.values.all.copy(from: values.all)
        result.count = count
        return result
    }

    /// Forgets the positions from `count` on.
    public mutating func truncate(to count: Int) {
        precondition(count >= 0 && count <= self.count)
        self.count = count
    }

    /// Appends the keys and values of new positions and lets their queries attend to all that came before and to themselves.
    ///
    /// - Shapes: q, out `[n, H, D]`, k, v `[n, G, D]`, already rotated.
    public mutating func attend(
        q: FloatView, k: FloatView, v: FloatView, into out: FloatView, scratch: FloatView, kernels: Kernels
    ) {
        let d = headDimension
        let n = k.count / (keyValueHeads * d)
        precondition(k.count == n * keyValueHeads * d && v.count == k.count && q.count == n * heads * d)
        precondition(out.count == q.count && scratch.count >= self.scratch)
        precondition(count + n <= capacity, "\(count + n) positions in a cache of \(capacity)")
        let padded = orc_padded(d)
        for i in 0..<n {
            for g in 0..<keyValueHeads {
                for x in 0..<d {
                    unsafe keys.base[(g * d + x) * capacity + count + i] = k.base[(i * keyValueHeads + g) * d + x]
                    unsafe values.base[(g * capacity + count + i) * padded + x] =
                        v.base[(i * keyValueHeads + g) * d + x]
                }
            }
        }
        unsafe kernels.table.pointee.attention_cached(
            q.base, keys.base, values.base, out.base, scratch.base, n, count, capacity, heads, keyValueHeads, d,
            Float(1 / Double(d).squareRoot()))
        count += n
    }
}
