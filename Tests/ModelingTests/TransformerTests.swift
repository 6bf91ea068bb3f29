import Kernels
import Modeling
import Testing

@Suite("Transformer")
struct TransformerTests {
    static let tiny = TransformerConfiguration(
        vocabularySize: 11, width: 8, layers: 2, heads: 2, keyValueHeads: 1, hiddenWidth: 12, context: 16)

    static func configurations() -> [TransformerConfiguration] {
        var untied = tiny
        untied.tiedHead = false
        untied.keyValueHeads = 2
        return [tiny, untied]
    }

    @Test("initial weights do not depend on anything but seed and index")
    func initial() throws {
        let weights = initialWeights(Self.tiny, seed: 7)
        let layout = ParameterLayout(Self.tiny)
        #expect(weights.count == layout.count)
        #expect(weights.array == initialWeights(Self.tiny, seed: 7).array)
        #expect(weights.array != initialWeights(Self.tiny, seed: 8).array)
        let gains = try #require(layout.tensor(named: "model.layers.1.input_layernorm.weight"))
        #expect(weights[gains.range].array == Array(repeating: 1, count: 8))
        #expect(
            layout.tensors.map(\.offset)
                == layout.tensors.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }.dropLast())
        #expect(layout.tensor(at: gains.offset) == gains)
    }

    @Test(
        "gradients agree with differences of an fp64 oracle to 1e-4 of each tensor's norm", arguments: configurations())
    func gradient(configuration: TransformerConfiguration) throws {
        let transformer = try Transformer(configuration)
        let leaf = Samples.leaf(configuration, sequences: 2, length: 7, seed: 1)
        let weights = Samples.weights(configuration, seed: 3)
        let gradient = FloatBuffer(count: weights.count)
        let loss = try transformer.gradient(of: leaf, weights: weights, into: gradient)
        let oracle = DoubleTransformer(configuration)
        var exact = weights.array.map(Double.init)
        #expect(abs(loss.weightedSum - oracle.loss(leaf, exact)) < 1e-5 * loss.weightedSum)
        #expect(loss.weight == leaf.weight)
        for tensor in transformer.layout.tensors {
            var error = 0.0
            var norm = 0.0
            for index in tensor.range {
                let value = exact[index]
                exact[index] = value + 1e-5
                let above = oracle.loss(leaf, exact)
                exact[index] = value - 1e-5
                let below = oracle.loss(leaf, exact)
                exact[index] = value
                let slope = (above - below) / 2e-5
                error += (slope - Double(gradient[index])) * (slope - Double(gradient[index]))
                norm += slope * slope
            }
            #expect(error.squareRoot() <= 1e-4 * norm.squareRoot(), "\(tensor.name)")
        }
    }

    @Test("all kernel sets give the same bits of loss and gradient")
    func kernelSets() throws {
        let c = TransformerConfiguration(
            vocabularySize: 67, width: 36, layers: 2, heads: 6, keyValueHeads: 2, hiddenWidth: 50, context: 64)
        let leaf = Samples.leaf(c, sequences: 2, length: 53, seed: 4)
        let weights = Samples.weights(c, seed: 5)
        var first: (LeafLoss, [UInt32])?
        for set in KernelSet.available {
            let gradient = FloatBuffer(count: weights.count)
            let transformer = try Transformer(c, kernels: Kernels(set))
            let loss = try transformer.gradient(of: leaf, weights: weights, into: gradient)
            #expect(try transformer.loss(of: leaf, weights: weights) == loss)
            let bits = gradient.array.map(\.bitPattern)
            if let first {
                #expect(first.0 == loss && first.1 == bits, "\(set)")
            } else {
                first = (loss, bits)
            }
        }
    }

    @Test("a second leaf of another shape does not see the first, and a gradient is overwritten")
    func reuse() throws {
        let transformer = try Transformer(Self.tiny)
        let weights = Samples.weights(Self.tiny, seed: 3)
        let leaf = Samples.leaf(Self.tiny, sequences: 2, length: 7, seed: 1)
        let other = Samples.leaf(Self.tiny, sequences: 1, length: 16, seed: 2)
        let (a, b) = (FloatBuffer(count: weights.count), FloatBuffer(count: weights.count))
        let loss = try transformer.gradient(of: leaf, weights: weights, into: a)
        _ = try transformer.gradient(of: other, weights: weights, into: b)
        #expect(try transformer.gradient(of: leaf, weights: weights, into: b) == loss)
        #expect(a.array.map(\.bitPattern) == b.array.map(\.bitPattern))
    }

    @Test("leaves of half the size add up to the same gradient within 1e-5 of its norm")
    func leafSize() throws {
        let transformer = try Transformer(Self.tiny)
        let weights = Samples.weights(Self.tiny, seed: 3)
        let whole = Samples.leaf(Self.tiny, sequences: 2, length: 9, seed: 6)
        func part(_ s: Int) -> Leaf {
            let rows = s * 9..<(s + 1) * 9
            return Leaf(
                sequences: 1, length: 9, inputs: Array(whole.inputs[rows]), targets: Array(whole.targets[rows]),
                weights: Array(whole.weights[rows]), modalities: Array(whole.modalities[rows]))
        }
        let (a, b, c) = (
            FloatBuffer(count: weights.count), FloatBuffer(count: weights.count), FloatBuffer(count: weights.count)
        )
        let loss = try transformer.gradient(of: whole, weights: weights, into: a)
        var parts = try transformer.gradient(of: part(0), weights: weights, into: b)
        parts += try transformer.gradient(of: part(1), weights: weights, into: c)
        #expect(abs(parts.weightedSum - loss.weightedSum) < 1e-6 * loss.weightedSum && parts.weight == loss.weight)
        for tensor in transformer.layout.tensors {
            var (error, norm) = (0.0, 0.0)
            for i in tensor.range {
                let difference = Double(a[i]) - Double(b[i] + c[i])
                error += difference * difference
                norm += Double(a[i]) * Double(a[i])
            }
            #expect(error.squareRoot() <= 1e-5 * norm.squareRoot(), "\(tensor.name)")
        }
    }

    @Test("a leaf without targets has no loss and a zero gradient")
    func noTargets() throws {
        for c in Self.configurations() {
            var leaf = Samples.leaf(c, sequences: 1, length: 5, seed: 1)
            leaf.targets = Array(repeating: -1, count: 5)
            let gradient = FloatBuffer(count: ParameterLayout(c).count)
            gradient.fill(3)
            let loss = try Transformer(c).gradient(of: leaf, weights: Samples.weights(c, seed: 1), into: gradient)
            #expect(loss == LeafLoss())
            #expect(gradient.array.allSatisfy { $0 == 0 })
        }
    }

    @Test("a decoder's logits are those of the whole sequence, bit for bit")
    func decoder() throws {
        for c in Self.configurations() {
            let transformer = try Transformer(c)
            let weights = Samples.weights(c, seed: 3)
            let tokens = Samples.leaf(c, sequences: 1, length: 16, seed: 8).inputs
            let whole = try transformer.logits(tokens: tokens, weights: weights).array
            func row(_ i: Int) -> [UInt32] { whole[i * 11..<(i + 1) * 11].map(\.bitPattern) }
            var stepped = try transformer.makeDecoder(weights: weights)
            for (i, token) in tokens.enumerated() {
                #expect(try stepped.step(token).array.map(\.bitPattern) == row(i), "step \(i)")
            }
            var prefilled = try transformer.makeDecoder(weights: weights)
            #expect(try prefilled.prefill(Array(tokens[0..<9])).array.map(\.bitPattern) == row(8))
            var fork = prefilled.fork()
            _ = try prefilled.step(0)
            #expect(try fork.step(tokens[9]).array.map(\.bitPattern) == row(9))
            prefilled.rewind(to: 9)
            #expect(try prefilled.prefill(Array(tokens[9...])).array.map(\.bitPattern) == row(15))
            #expect(prefilled.position == 16)
            #expect(throws: ModelingError.self) { try prefilled.step(0) }
        }
    }

    @Test("what does not fit is refused with the value that is wrong")
    func refusals() throws {
        let transformer = try Transformer(Self.tiny)
        let weights = Samples.weights(Self.tiny, seed: 3)
        let gradient = FloatBuffer(count: weights.count)
        var leaf = Samples.leaf(Self.tiny, sequences: 1, length: 4, seed: 1)
        leaf.inputs[2] = 11
        #expect { try transformer.gradient(of: leaf, weights: weights, into: gradient) } throws: {
            "\($0)".contains("input 2 is token 11")
        }
        let long = Samples.leaf(Self.tiny, sequences: 1, length: 17, seed: 1)
        #expect(throws: ModelingError.self) { try transformer.loss(of: long, weights: weights) }
        #expect(throws: ModelingError.self) { try transformer.logits(tokens: [1], weights: FloatBuffer(count: 3)) }
        var odd = Self.tiny
        odd.heads = 3
        #expect { try Transformer(odd) } throws: { "\($0)".contains("heads 3") }
    }

    @Test("NaN in the weights is reported with the layer it appears in")
    func nonFinite() throws {
        let transformer = try Transformer(Self.tiny)
        let weights = Samples.weights(Self.tiny, seed: 3)
        let tensor = try #require(transformer.layout.tensor(named: "model.layers.1.mlp.down_proj.weight"))
        weights[tensor.offset] = .nan
        let leaf = Samples.leaf(Self.tiny, sequences: 1, length: 4, seed: 1)
        #expect {
            try transformer.gradient(of: leaf, weights: weights, into: FloatBuffer(count: weights.count))
        } throws: {
            "\($0)".contains("layer 1")
        }
    }
}
