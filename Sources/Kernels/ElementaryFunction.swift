/// The functions of one float that kernels compute element by element: few enough inputs to try them all.
package enum ElementaryFunction: String, CaseIterable, Sendable {
    case exp, log, tanh, silu
    /// Rounding to bf16.
    case bf16

    /// y = f(x).
    package func apply(_ x: FloatView, into y: FloatView, _ kernels: Kernels) {
        switch self {
        case .exp: kernels.exp(x, into: y)
        case .log: kernels.log(x, into: y)
        case .tanh: kernels.tanh(x, into: y)
        case .silu: kernels.silu(x, into: y)
        case .bf16: kernels.roundToBF16(x, into: y)
        }
    }

    /// Computes the floats whose bits are `inputs`; the two buffers receive them and their values, every NaN the same one.
    ///
    /// - Returns: a wrapping sum over (input, value), so that blocks of inputs add up in any order.
    package func hash(_ inputs: Range<UInt64>, _ x: FloatBuffer, _ y: FloatBuffer, _ kernels: Kernels) -> UInt64 {
        precondition(x.count == inputs.count && y.count == inputs.count && inputs.upperBound <= 1 << 32)
        unsafe x.withUnsafeMutableBufferPointer { x in
            for i in x.indices { unsafe x[i] = Float(bitPattern: UInt32(inputs.lowerBound) + UInt32(i)) }
        }
        apply(x.all, into: y.all, kernels)
        unsafe y.withUnsafeMutableBufferPointer { y in
            for i in y.indices where unsafe y[i].isNaN { unsafe y[i] = Float(bitPattern: 0x7fc0_0000) }
        }
        return kernels.stateHash(
            weights: y.all, firstMoment: y.all, secondMoment: y.all, firstIndex: Int(inputs.lowerBound))
    }
}
