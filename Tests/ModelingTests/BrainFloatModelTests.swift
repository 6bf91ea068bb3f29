import Kernels
import Modeling
import Testing

@Suite("A transformer in bf16")
struct BrainFloatModelTests {
    /// Dimensions that are odd or no multiples of anything, so that pairs are padded.
    static let awkward = TransformerConfiguration(
        vocabularySize: 67, width: 36, layers: 2, heads: 6, keyValueHeads: 2, hiddenWidth: 51, context: 64)

    @Test("losses and gradients are the same bits on every kernel set and any threads")
    func sets() throws {
        let c = Self.awkward
        let leaf = Samples.leaf(c, sequences: 2, length: 53, seed: 4)
        let weights = Samples.weights(c, seed: 5)
        var first: (LeafLoss, [UInt32])?
        for set in KernelSet.available {
            for threads in [1, 3] {
                let gradient = FloatBuffer(count: weights.count)
                let transformer = try Transformer(c, precision: .bf16, kernels: Kernels(set, threads: threads))
                let loss = try transformer.gradient(of: leaf, weights: weights, into: gradient)
                #expect(try transformer.loss(of: leaf, weights: weights) == loss)
                let bits = gradient.array.map(\.bitPattern)
                if let first {
                    #expect(first.0 == loss && first.1 == bits, "\(set), \(threads) threads")
                } else {
                    first = (loss, bits)
                }
            }
        }
    }

    /// Rounding to 8 bits is off by at most 2^-9 of a value, and a dozen products lie between a weight's gradient and the loss.
    @Test("gradients are those of fp32 within 3 % of each tensor's norm, and not the same", arguments: UInt64(0)..<4)
    func near(seed: UInt64) throws {
        let c = Self.awkward
        let leaf = Samples.leaf(c, sequences: 3, length: 41, seed: seed)
        let weights = Samples.weights(c, seed: seed + 10)
        // Smaller matrices, as a model has them.
        for tensor in ParameterLayout(c).tensors where tensor.shape.count == 2 {
            for i in tensor.range { weights[i] *= 0.4 }
        }
        let (exact, rounded) = (FloatBuffer(count: weights.count), FloatBuffer(count: weights.count))
        let precise = try Transformer(c).gradient(of: leaf, weights: weights, into: exact)
        let transformer = try Transformer(c, precision: .bf16)
        let loss = try transformer.gradient(of: leaf, weights: weights, into: rounded)
        #expect(abs(loss.weightedSum - precise.weightedSum) < 3e-3 * precise.weightedSum)
        #expect(loss.weightedSum != precise.weightedSum)
        for tensor in transformer.layout.tensors {
            var error = 0.0
            var norm = 0.0
            for index in tensor.range {
                let difference = Double(exact[index]) - Double(rounded[index])
                error += difference * difference
                norm += Double(exact[index]) * Double(exact[index])
            }
            #expect(error.squareRoot() <= 0.03 * norm.squareRoot(), "\(tensor.name): \((error / norm).squareRoot())")
            #expect(error > 0, "\(tensor.name) is computed in fp32")
        }
    }

    @Test("a decoder's logits are those of the whole sequence, bit for bit")
    func decoder() throws {
        let c = Self.awkward
        let weights = Samples.weights(c, seed: 8)
        let transformer = try Transformer(c, precision: .bf16)
        let tokens = Samples.leaf(c, sequences: 1, length: 19, seed: 9).inputs
        let whole = try transformer.logits(tokens: tokens, weights: weights)
        var decoder = try transformer.makeDecoder(weights: weights)
        var last = try decoder.prefill(Array(tokens[0..<7]))
        for (position, token) in tokens.enumerated().dropFirst(7) {
            last = try decoder.step(token)
            let row = whole[position * c.vocabularySize..<(position + 1) * c.vocabularySize].array
            #expect(last.array.map(\.bitPattern) == row.map(\.bitPattern), "position \(position)")
        }
    }
}
