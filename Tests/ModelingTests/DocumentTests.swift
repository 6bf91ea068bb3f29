import Kernels
import Modeling
import Testing

@Suite("Documents in one sequence")
struct DocumentTests {
    static let configuration = TransformerConfiguration(
        vocabularySize: 67, width: 36, layers: 2, heads: 6, keyValueHeads: 2, hiddenWidth: 51, context: 128)

    @Test("logits of a document among others are those it has alone, bit for bit", arguments: Precision.allCases)
    func alone(precision: Precision) throws {
        let c = Self.configuration
        let weights = Samples.weights(c, seed: 5)
        let transformer = try Transformer(c, precision: precision)
        let lengths = [17, 1, 60, 31]
        let starts = lengths.indices.map { lengths[..<$0].reduce(0, +) }
        let tokens = Samples.leaf(c, sequences: 1, length: lengths.reduce(0, +), seed: 6).inputs
        let packed = try transformer.logits(tokens: tokens, documentStarts: starts, weights: weights).array
        for (start, length) in zip(starts, lengths) {
            let own = try transformer.logits(tokens: Array(tokens[start..<start + length]), weights: weights).array
            let among = packed[start * c.vocabularySize..<(start + length) * c.vocabularySize]
            #expect(among.map(\.bitPattern) == own.map(\.bitPattern), "\(length) tokens at \(start)")
        }
    }

    @Test("a repeated document is no more predictable than the first time")
    func repeated() throws {
        let c = Self.configuration
        let weights = Samples.weights(c, seed: 7)
        let transformer = try Transformer(c)
        let document = Samples.leaf(c, sequences: 1, length: 20, seed: 8).inputs
        let tokens = document + document + document
        let apart = try transformer.logits(tokens: tokens, documentStarts: [0, 20, 40], weights: weights).array
        let row = 20 * c.vocabularySize
        #expect(apart[..<row] == apart[row..<2 * row] && apart[..<row] == apart[(2 * row)...])
        // Without the mask the second copy sees the first.
        let together = try transformer.logits(tokens: tokens, weights: weights).array
        #expect(together[..<row] == apart[..<row] && together[row...] != apart[row...])
    }

    @Test(
        "documents of equal length have the loss and gradient of a leaf with a sequence for each, bit for bit",
        arguments: KernelSet.available)
    func gradient(set: KernelSet) throws {
        let c = Self.configuration
        let weights = Samples.weights(c, seed: 9)
        let leaf = Samples.leaf(c, sequences: 6, length: 21, seed: 10)
        var packed = leaf
        (packed.sequences, packed.length) = (2, 63)
        packed.documentStarts = [0, 21, 42, 84, 105]  // the second sequence begins a document by itself
        let kernels = try Kernels(set, threads: 2)
        func compute(_ leaf: Leaf) throws -> (LeafLoss, [UInt32]) {
            let gradient = FloatBuffer(count: weights.count)
            let loss = try Transformer(c, kernels: kernels).gradient(of: leaf, weights: weights, into: gradient)
            return (loss, gradient.array.map(\.bitPattern))
        }
        let (own, other) = (try compute(leaf), try compute(packed))
        #expect(own.0 == other.0 && own.1 == other.1)
        var mixed = packed
        mixed.documentStarts = []
        #expect(try compute(mixed).1 != own.1)
    }

    @Test("the gradient of unequal documents is the sum of theirs, and that of an fp64 oracle")
    func sum() throws {
        let c = TransformerConfiguration(
            vocabularySize: 11, width: 8, layers: 2, heads: 2, keyValueHeads: 1, hiddenWidth: 12, context: 16)
        let weights = Samples.weights(c, seed: 11)
        let transformer = try Transformer(c)
        let lengths = [3, 8, 5]
        var packed = Samples.leaf(c, sequences: 1, length: 16, seed: 12)
        packed.documentStarts = [0, 3, 11]
        let parts = zip(packed.documentStarts, lengths).map { start, length in
            let rows = start..<start + length
            return Leaf(
                sequences: 1, length: length, inputs: Array(packed.inputs[rows]), targets: Array(packed.targets[rows]),
                weights: Array(packed.weights[rows]), modalities: Array(packed.modalities[rows]))
        }
        let gradient = FloatBuffer(count: weights.count)
        let loss = try transformer.gradient(of: packed, weights: weights, into: gradient)
        var sum = [Double](repeating: 0, count: weights.count)
        var losses = 0.0
        for part in parts {
            let own = FloatBuffer(count: weights.count)
            losses += try transformer.gradient(of: part, weights: weights, into: own).weightedSum
            for i in sum.indices { sum[i] += Double(own[i]) }
        }
        #expect(abs(loss.weightedSum - losses) < 1e-5 * losses)
        let oracle = DoubleTransformer(c)
        var exact = weights.array.map(Double.init)
        func oracleLoss() -> Double { parts.reduce(0) { $0 + oracle.loss($1, exact) } }
        for tensor in transformer.layout.tensors {
            var (error, slopeError, norm) = (0.0, 0.0, 0.0)
            for index in tensor.range {
                let value = exact[index]
                exact[index] = value + 1e-5
                let above = oracleLoss()
                exact[index] = value - 1e-5
                let slope = (above - oracleLoss()) / 2e-5
                exact[index] = value
                let got = Double(gradient[index])
                error += (got - sum[index]) * (got - sum[index])
                slopeError += (got - slope) * (got - slope)
                norm += slope * slope
            }
            #expect(error.squareRoot() <= 1e-5 * norm.squareRoot(), "\(tensor.name)")
            #expect(slopeError.squareRoot() <= 1e-4 * norm.squareRoot(), "\(tensor.name)")
        }
    }

    @Test(
        "starts that do not ascend or lie outside are refused",
        arguments: [[0, 0], [5, 3], [-1], [126], [0, 200]])
    func refused(starts: [Int]) throws {
        let c = Self.configuration
        var leaf = Samples.leaf(c, sequences: 2, length: 63, seed: 1)
        leaf.documentStarts = starts
        let error = #expect(throws: ModelingError.self) {
            try Transformer(c).loss(of: leaf, weights: Samples.weights(c, seed: 1))
        }
        #expect(error?.code == .shape)
    }
}
