import Determinism
public import Kernels

/// The weights before the first step: normal with deviation 0.02, residual projections smaller by sqrt(2 · layers), gains 1.
///
/// Every number is a pure function of seed and global flat index (stream `init.weights`), so shards of it can be made anywhere.
public func initialWeights(_ configuration: TransformerConfiguration, seed: UInt64) -> FloatBuffer {
    let layout = ParameterLayout(configuration)
    let field = RandomField(seed: seed, purpose: RandomPurpose("init.weights"))
    let weights = FloatBuffer(count: layout.count)
    let residual = 0.02 / (2 * Double(configuration.layers)).squareRoot()
    for tensor in layout.tensors {
        guard tensor.shape.count > 1 else {
            weights[tensor.range].fill(1)
            continue
        }
        let isResidual = tensor.name.hasSuffix("o_proj.weight") || tensor.name.hasSuffix("down_proj.weight")
        let deviation = isResidual ? residual : 0.02
        for index in tensor.range {
            weights[index] = Float(field.normal(at: UInt64(index)) * deviation)
        }
    }
    return weights
}

extension RandomField {
    /// The normal deviate of one position (Box-Muller on the 128 bits there).
    func normal(at position: UInt64) -> Double {
        let block = block(0, 0, position: position)
        func unit(_ low: UInt32, _ high: UInt32) -> Double {
            Double((UInt64(high) << 32 | UInt64(low)) >> 11) * 0x1p-53
        }
        let radius = (-2 * ExactMath.log(1 - unit(block.x, block.y))).squareRoot()
        return radius * ExactMath.cos(2 * Double.pi * unit(block.z, block.w))
    }
}
