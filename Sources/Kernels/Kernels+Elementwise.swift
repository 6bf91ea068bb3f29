import CKernels

extension Kernels {
    /// Fewer elements for a thread do not pay for waking it.
    static let leastElements = 1 << 14

    /// y = exp(x), at most 1.02 ulp off; the two may be the same memory.
    public func exp(_ x: FloatView, into y: FloatView) {
        precondition(x.count == y.count)
        unsafe table.pointee.exp(x.base, y.base, x.count)
    }

    /// y = log(x), at most 0.83 ulp off; the two may be the same memory.
    public func log(_ x: FloatView, into y: FloatView) {
        precondition(x.count == y.count)
        unsafe table.pointee.log(x.base, y.base, x.count)
    }

    /// y = tanh(x), at most 1.34 ulp off; the two may be the same memory.
    public func tanh(_ x: FloatView, into y: FloatView) {
        precondition(x.count == y.count)
        unsafe table.pointee.tanh(x.base, y.base, x.count)
    }

    /// y = x rounded to bf16: to nearest even, subnormals to zeros of their sign.
    public func roundToBF16(_ x: FloatView, into y: FloatView) {
        precondition(x.count == y.count)
        unsafe table.pointee.round_bf16(x.base, y.base, x.count)
    }

    /// a += b, one addition per element: the node of the gradient tree.
    public func add(_ b: FloatView, to a: FloatView) {
        precondition(a.count == b.count)
        split(a.count, grain: 4096, least: Self.leastElements) { part in
            unsafe table.pointee.add(a.base + part.lowerBound, b.base + part.lowerBound, part.count)
        }
    }

    /// y = fma(factor, x, y).
    public func add(_ x: FloatView, times factor: Float, to y: FloatView) {
        precondition(x.count == y.count)
        unsafe table.pointee.scale_add(y.base, x.base, factor, x.count)
    }

    /// x *= factor.
    public func scale(_ x: FloatView, by factor: Float) { unsafe table.pointee.scale(x.base, factor, x.count) }

    /// The sum in 16 lanes, folded 8, 4, 2, 1.
    public func sum(_ x: FloatView) -> Float { unsafe table.pointee.sum(x.base, x.count) }

    /// Index of the first element that is NaN or infinite.
    public func firstNonFinite(in x: FloatView) -> Int? {
        var found = [Int](repeating: x.count, count: threads)
        unsafe found.withUnsafeMutableBufferPointer { found in
            splitNumbered(x.count, grain: 1024, least: Self.leastElements) { number, part in
                let index = unsafe table.pointee.first_non_finite(x.base + part.lowerBound, part.count)
                if index < part.count { unsafe found[number] = part.lowerBound + index }
            }
        }
        return found.min().flatMap { $0 < x.count ? $0 : nil }
    }

    /// y = gate · sigmoid(gate) · up.
    public func swiglu(gate: FloatView, up: FloatView, into y: FloatView) {
        precondition(gate.count == y.count && up.count == y.count)
        split(y.count, grain: 64, least: Self.leastElements) { part in
            let start = part.lowerBound
            unsafe table.pointee.swiglu(gate.base + start, up.base + start, y.base + start, part.count)
        }
    }

    /// Gradients of ``swiglu(gate:up:into:)``; outputs may be the memory of the inputs.
    public func swigluBackward(
        _ dy: FloatView, gate: FloatView, up: FloatView, intoGate dgate: FloatView, intoUp dup: FloatView
    ) {
        let n = dy.count
        precondition(gate.count == n && up.count == n && dgate.count == n && dup.count == n)
        split(n, grain: 64, least: Self.leastElements) { part in
            let start = part.lowerBound
            unsafe table.pointee.swiglu_backward(
                dy.base + start, gate.base + start, up.base + start, dgate.base + start, dup.base + start, part.count)
        }
    }

    /// y = x · sigmoid(x).
    public func silu(_ x: FloatView, into y: FloatView) {
        precondition(x.count == y.count)
        unsafe table.pointee.silu(x.base, y.base, y.count)
    }

    /// dx = dy · d silu(x).
    public func siluBackward(_ dy: FloatView, at x: FloatView, into dx: FloatView) {
        precondition(x.count == dy.count && dx.count == dy.count)
        unsafe table.pointee.silu_backward(dy.base, x.base, dx.base, x.count)
    }

    /// For every row of `x` the lowest index of the nearest codeword, by squared distance in fp32 (dimensions ascending).
    ///
    /// - Shapes: x `[rows, dimensions]`.
    /// - Returns: indices and squared distances by row.
    public func nearest(_ x: FloatView, rows: Int, in codebook: TransposedCodebook) -> (
        indices: [UInt32], distances: [Float]
    ) {
        precondition(
            x.count == rows * codebook.dimensions, "\(rows) rows of \(codebook.dimensions) in \(x.count) floats")
        var indices = [UInt32](repeating: 0, count: rows)
        var distances = [Float](repeating: 0, count: rows)
        unsafe indices.withUnsafeMutableBufferPointer { indices in
            unsafe distances.withUnsafeMutableBufferPointer { distances in
                unsafe table.pointee.nearest(
                    x.base, rows, codebook.dimensions, codebook.values.base, codebook.count, codebook.stride,
                    indices.baseAddress, distances.baseAddress)
            }
        }
        return (indices, distances)
    }
}

/// Codewords laid out for ``Kernels/nearest(_:rows:in:)``: dimension by dimension, padded to whole registers.
public struct TransposedCodebook: Sendable {
    /// How many codewords there are.
    public let count: Int
    /// How many dimensions each has.
    public let dimensions: Int
    let stride: Int
    let values: FloatBuffer

    /// The codewords `[count, dimensions]`, at least one.
    public init(_ codes: FloatView, count: Int) {
        precondition(count > 0 && codes.count % count == 0, "\(codes.count) floats are not \(count) codewords")
        self.count = count
        dimensions = codes.count / count
        stride = (count + 31) / 32 * 32
        values = FloatBuffer(count: stride * dimensions)
        for code in 0..<count {
            for d in 0..<dimensions { values[d * stride + code] = codes[code * dimensions + d] }
        }
    }
}
