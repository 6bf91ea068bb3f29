package import Kernels
package import Modeling

/// AdamW on the shard of one rank (ZeRO-1): only the owner of a parameter holds its moments.
///
/// Weight decay applies to matrices, not to the gains of norms.
package struct ShardedAdamW {
    package let settings: TrainingSettings
    /// Elements this rank owns.
    package let shard: Range<Int>
    /// Moments of the shard.
    package let firstMoment: FloatBuffer
    package let secondMoment: FloatBuffer
    /// Running average of the shard's weights, where one is kept.
    package let averaged: FloatBuffer?
    private let schedule: LearningRateSchedule
    private let segments: [(range: Range<Int>, decays: Bool)]
    private let kernels: Kernels
    /// beta1^t and beta2^t after `taken` steps, by repeated multiplication.
    private var powers = (first: 1.0, second: 1.0)
    package private(set) var taken = 0

    /// An optimizer at rest after `taken` steps; the caller fills the moments.
    package init(
        _ settings: TrainingSettings, layout: ParameterLayout, shard: Range<Int>, taken: Int, kernels: Kernels
    ) {
        self.settings = settings
        self.shard = shard
        self.kernels = kernels
        schedule = settings.rates
        firstMoment = FloatBuffer(count: shard.count)
        secondMoment = FloatBuffer(count: shard.count)
        averaged = settings.averaging.map { _ in FloatBuffer(count: shard.count) }
        segments = layout.tensors.compactMap { tensor in
            let range = tensor.range.clamped(to: shard)
            return range.isEmpty ? nil : (range, tensor.decays)
        }
        for _ in 0..<taken { advance() }
    }

    private mutating func advance() {
        taken += 1
        powers = (powers.first * settings.beta1, powers.second * settings.beta2)
    }

    /// The learning rate of the next step.
    package var nextLearningRate: Double { schedule.rate(at: taken + 1) }

    /// Takes one step.
    ///
    /// - Parameters:
    ///   - weights: all weights; the shard's are changed.
    ///   - gradient: the summed gradient of the shard.
    ///   - factor: what the sum is multiplied by.
    /// - Returns: the shard's part of the state hash.
    package mutating func step(weights: FloatBuffer, gradient: FloatView, factor: Float) -> UInt64 {
        let rate = nextLearningRate
        advance()
        var constants = AdamWStep(
            gradientFactor: factor, learningRate: Float(rate), beta1: Float(settings.beta1),
            beta2: Float(settings.beta2),
            correction1: Float(1 - powers.first), correction2: Float(1 - powers.second),
            epsilon: Float(settings.epsilon),
            weightDecay: 0)
        var hash: UInt64 = 0
        for (range, decays) in segments {
            let local = range.lowerBound - shard.lowerBound..<range.upperBound - shard.lowerBound
            constants.weightDecay = decays ? Float(settings.weightDecay) : 0
            hash &+= kernels.adamW(
                weights: weights[range], firstMoment: firstMoment[local], secondMoment: secondMoment[local],
                gradient: gradient[local], firstIndex: range.lowerBound, step: constants)
        }
        average(weights)
        return hash
    }

    /// Lets a step pass that changes nothing.
    package mutating func skip() { advance() }

    /// a = fma(1 - d, w, a · d) with d = min(decay, (1 + t) / (10 + t)), so that the first steps do not weigh for long.
    private func average(_ weights: FloatBuffer) {
        guard let averaged, let decay = settings.averaging else { return }
        let d = Float(min(decay, Double(1 + taken) / Double(10 + taken)))
        kernels.scale(averaged.all, by: d)
        kernels.add(weights[shard], times: 1 - d, to: averaged.all)
    }
}
