import Kernels
import Modeling
import Testing

@Suite("Transformer on threads and kernel sets")
struct ThreadedTransformerTests {
    /// Nothing in it is a multiple of a tile, a lane or a number of threads.
    static let awkward = TransformerConfiguration(
        vocabularySize: 1003, width: 72, layers: 2, heads: 6, keyValueHeads: 3, hiddenWidth: 101, context: 97)

    @Test("losses and gradients are the same bits on any threads and any kernel set", arguments: [true, false])
    func sameBits(tied: Bool) throws {
        var configuration = Self.awkward
        configuration.tiedHead = tied
        let leaf = Samples.leaf(configuration, sequences: 3, length: 97, seed: 1)
        let weights = Samples.weights(configuration, seed: 3)
        func compute(_ kernels: Kernels) throws -> (LeafLoss, [UInt32]) {
            let gradient = FloatBuffer(count: weights.count)
            let loss = try Transformer(configuration, kernels: kernels).gradient(
                of: leaf, weights: weights, into: gradient)
            return (loss, gradient.array.map(\.bitPattern))
        }
        let truth = try compute(try Kernels(.scalar))
        for set in KernelSet.available {
            for threads in [1, 2, 3] {
                let other = try compute(try Kernels(set, threads: threads))
                #expect(other.0 == truth.0, "\(set) \(threads)")
                #expect(other.1 == truth.1, "\(set) \(threads)")
            }
        }
    }

    @Test("the loss alone has the bits of the loss with its gradient")
    func lossAlone() throws {
        let leaf = Samples.leaf(Self.awkward, sequences: 2, length: 41, seed: 2)
        let weights = Samples.weights(Self.awkward, seed: 3)
        let model = try Transformer(Self.awkward, kernels: Kernels.current(threads: 2))
        let gradient = FloatBuffer(count: weights.count)
        let loss = try model.gradient(of: leaf, weights: weights, into: gradient)
        #expect(try Transformer(Self.awkward).loss(of: leaf, weights: weights) == loss)
    }
}
