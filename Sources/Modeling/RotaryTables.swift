import Determinism
import Kernels

/// Cosines and sines of rotary positions, `[positions, D / 2]`.
///
/// Angles are computed in fp64 with ``ExactMath`` and rounded once.
struct RotaryTables: Sendable {
    let cosines: FloatBuffer
    let sines: FloatBuffer

    init(_ configuration: TransformerConfiguration) {
        let half = configuration.headDimension / 2
        cosines = FloatBuffer(count: configuration.context * half)
        sines = FloatBuffer(count: configuration.context * half)
        let logBase = ExactMath.log(configuration.ropeBase)
        let frequencies = (0..<half).map { ExactMath.exp(-logBase * Double($0) / Double(half)) }
        for position in 0..<configuration.context {
            for (i, frequency) in frequencies.enumerated() {
                let angle = Double(position) * frequency
                cosines[position * half + i] = Float(ExactMath.cos(angle))
                sines[position * half + i] = Float(ExactMath.sin(angle))
            }
        }
    }
}
