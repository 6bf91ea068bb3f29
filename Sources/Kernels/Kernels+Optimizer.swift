import CKernels

/// The constants of one AdamW step; all are computed once by the trainer, in the way the numerics contract says.
public struct AdamWStep: Hashable, Sendable {
    /// What the summed gradient is multiplied by: `Float(min(1, clip / norm) / weight)`.
    public var gradientFactor: Float
    public var learningRate: Float
    public var beta1: Float
    public var beta2: Float
    /// 1 - beta1^t, the power by repeated multiplication.
    public var correction1: Float
    /// 1 - beta2^t.
    public var correction2: Float
    public var epsilon: Float
    public var weightDecay: Float

    public init(
        gradientFactor: Float, learningRate: Float, beta1: Float, beta2: Float, correction1: Float, correction2: Float,
        epsilon: Float, weightDecay: Float
    ) {
        self.gradientFactor = gradientFactor
        self.learningRate = learningRate
        self.beta1 = beta1
        self.beta2 = beta2
        self.correction1 = correction1
        self.correction2 = correction2
        self.epsilon = epsilon
        self.weightDecay = weightDecay
    }
}

extension Kernels {
    /// One AdamW step over a range of the flat index, operation by operation.
    ///
    /// - Parameter firstIndex: global flat index of the first element.
    /// - Returns: this range's part of the state hash: the wrapping sum of a mix of index and new bits. Parts add up (`&+`).
    public func adamW(
        weights: FloatView, firstMoment: FloatView, secondMoment: FloatView, gradient: FloatView, firstIndex: Int,
        step: AdamWStep
    ) -> UInt64 {
        let n = weights.count
        precondition(firstMoment.count == n && secondMoment.count == n && gradient.count == n && firstIndex >= 0)
        let constants = orc_adamw(
            gradient_factor: step.gradientFactor, learning_rate: step.learningRate, beta1: step.beta1,
            one_minus_beta1: 1 - step.beta1, beta2: step.beta2, one_minus_beta2: 1 - step.beta2,
            correction1: step.correction1, correction2: step.correction2, epsilon: step.epsilon,
            weight_decay: step.weightDecay)
        var hashes = [UInt64](repeating: 0, count: threads)
        unsafe hashes.withUnsafeMutableBufferPointer { hashes in
            unsafe withUnsafePointer(to: constants) { constants in
                splitNumbered(n, grain: 4096, least: Self.leastElements) { number, part in
                    let start = part.lowerBound
                    unsafe hashes[number] = table.pointee.adamw(
                        weights.base + start, firstMoment.base + start, secondMoment.base + start,
                        gradient.base + start, part.count, UInt64(firstIndex + start), constants)
                }
            }
        }
        return hashes.reduce(0, &+)
    }

    /// The state hash of weights and moments at rest, as ``adamW(weights:firstMoment:secondMoment:gradient:firstIndex:step:)``
    /// returns it.
    public func stateHash(
        weights: FloatView, firstMoment: FloatView, secondMoment: FloatView, firstIndex: Int
    ) -> UInt64 {
        let n = weights.count
        precondition(firstMoment.count == n && secondMoment.count == n && firstIndex >= 0)
        return unsafe table.pointee.state_hash(
            weights.base, firstMoment.base, secondMoment.base, n, UInt64(firstIndex))
    }

    /// How many elements share one partial sum of the gradient norm.
    public static let normChunk = 4096

    /// Squared norms of the chunks of ``normChunk`` elements, each in 16 fp64 lanes; the norm adds them in index order.
    public func squaredNorms(_ x: FloatView) -> [Double] {
        var chunks = [Double](repeating: 0, count: (x.count + Self.normChunk - 1) / Self.normChunk)
        unsafe chunks.withUnsafeMutableBufferPointer { chunks in
            guard let first = chunks.baseAddress else { return }
            split(x.count, grain: Self.normChunk, least: Self.leastElements) { part in
                unsafe table.pointee.squared_norms(
                    x.base + part.lowerBound, part.count, first + part.lowerBound / Self.normChunk)
            }
        }
        return chunks
    }
}
