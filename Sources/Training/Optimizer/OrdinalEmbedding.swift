import Determinism
import Kernels
import Modeling

// N width, V vocabulary.

/// Starts the embeddings of numbers so that neighbouring bins are alike.
///
/// A bin's row is cosines and sines of its place at frequencies from half a period over the block to one in eight bins, over a part of the
/// random start. With a tied head a model then spreads what it learns of a bin to the bins beside it, which otherwise
/// takes many times the steps.
enum OrdinalEmbedding {
    /// How much of the random start is kept, which tells blocks apart.
    private static let randomShare: Float = 0.3
    /// As large as the random start's deviation.
    private static let deviation = 0.02

    /// Rewrites the rows of `blocks` in the embedding (and in the head when it is its own).
    static func apply(_ blocks: [Range<Int>], to weights: FloatBuffer, layout: ParameterLayout) {
        for name in ["model.embed_tokens.weight", "lm_head.weight"] {
            guard let tensor = layout.tensor(named: name) else { continue }
            let width = tensor.shape[1]
            let pairs = width / 2
            for block in blocks where block.count > 1 && pairs > 0 {
                let fastest = max(1, Double(block.count) / 8)
                let ratio = ExactMath.log(fastest / 0.5) / Double(max(1, pairs - 1))
                let frequencies = (0..<pairs).map { 0.5 * ExactMath.exp(ratio * Double($0)) }
                for token in block {
                    let place = (Double(token - block.lowerBound) + 0.5) / Double(block.count)
                    let row = weights[tensor.offset + token * width..<tensor.offset + (token + 1) * width]
                    for (pair, frequency) in frequencies.enumerated() {
                        let angle = 2 * Double.pi * frequency * place
                        let size = deviation * 2.0.squareRoot()
                        row[2 * pair] = row[2 * pair] * randomShare + Float(size * ExactMath.cos(angle))
                        row[2 * pair + 1] = row[2 * pair + 1] * randomShare + Float(size * ExactMath.sin(angle))
                    }
                }
            }
        }
    }
}
