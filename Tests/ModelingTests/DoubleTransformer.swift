import Determinism
import Foundation
import Kernels
import Modeling

/// The same transformer written plainly in fp64: the oracle of losses.
struct DoubleTransformer {
    let c: TransformerConfiguration
    let layout: ParameterLayout

    init(_ configuration: TransformerConfiguration) {
        c = configuration
        layout = ParameterLayout(configuration)
    }

    private func matrix(_ name: String, _ weights: [Double]) -> ArraySlice<Double> {
        layout.tensor(named: name).map { weights[$0.range] } ?? []
    }

    private func linear(_ x: [Double], _ w: ArraySlice<Double>) -> [Double] {
        let inputs = x.count
        return (0..<w.count / inputs).map { row in
            (0..<inputs).reduce(0) { $0 + x[$1] * w[w.startIndex + row * inputs + $1] }
        }
    }

    private func norm(_ x: [Double], _ gain: ArraySlice<Double>) -> [Double] {
        let inverse = 1 / (x.reduce(0) { $0 + $1 * $1 } / Double(x.count) + c.normEpsilon).squareRoot()
        return x.indices.map { x[$0] * inverse * gain[gain.startIndex + $0] }
    }

    private func rotate(_ x: [Double], position: Int) -> [Double] {
        let d = c.headDimension
        var y = x
        for head in stride(from: 0, to: x.count, by: d) {
            for i in 0..<d / 2 {
                let angle = Double(position) * pow(c.ropeBase, -Double(2 * i) / Double(d))
                let (a, b) = (x[head + i], x[head + i + d / 2])
                y[head + i] = a * cos(angle) - b * sin(angle)
                y[head + i + d / 2] = b * cos(angle) + a * sin(angle)
            }
        }
        return y
    }

    func logits(_ tokens: [Int32], _ weights: [Double]) -> [[Double]] {
        let d = c.headDimension
        let table = matrix("model.embed_tokens.weight", weights)
        var x = tokens.map {
            Array(table[table.startIndex + Int($0) * c.width..<table.startIndex + (Int($0) + 1) * c.width])
        }
        for layer in 0..<c.layers {
            let p = "model.layers.\(layer)."
            let normed = x.map { norm($0, matrix(p + "input_layernorm.weight", weights)) }
            let q = normed.enumerated().map {
                rotate(linear($1, matrix(p + "self_attn.q_proj.weight", weights)), position: $0)
            }
            let k = normed.enumerated().map {
                rotate(linear($1, matrix(p + "self_attn.k_proj.weight", weights)), position: $0)
            }
            let v = normed.map { linear($0, matrix(p + "self_attn.v_proj.weight", weights)) }
            for i in x.indices {
                var out = [Double](repeating: 0, count: c.width)
                for h in 0..<c.heads {
                    let g = h / (c.heads / c.keyValueHeads)
                    let scores = (0...i).map { j in
                        (0..<d).reduce(0.0) { $0 + q[i][h * d + $1] * k[j][g * d + $1] } / Double(d).squareRoot()
                    }
                    let e = scores.map { Foundation.exp($0 - (scores.max() ?? 0)) }
                    let sum = e.reduce(0, +)
                    for y in 0..<d { out[h * d + y] = (0...i).reduce(0) { $0 + e[$1] / sum * v[$1][g * d + y] } }
                }
                let projected = linear(out, matrix(p + "self_attn.o_proj.weight", weights))
                for y in 0..<c.width { x[i][y] += projected[y] }
            }
            for i in x.indices {
                let n = norm(x[i], matrix(p + "post_attention_layernorm.weight", weights))
                let gate = linear(n, matrix(p + "mlp.gate_proj.weight", weights))
                let up = linear(n, matrix(p + "mlp.up_proj.weight", weights))
                let h = zip(gate, up).map { $0 / (1 + Foundation.exp(-$0)) * $1 }
                let down = linear(h, matrix(p + "mlp.down_proj.weight", weights))
                for y in 0..<c.width { x[i][y] += down[y] }
            }
        }
        let head = matrix(c.tiedHead ? "model.embed_tokens.weight" : "lm_head.weight", weights)
        return x.map { linear(norm($0, matrix("model.norm.weight", weights)), head) }
    }

    /// Sum of weight · nats over the leaf.
    func loss(_ leaf: Leaf, _ weights: [Double]) -> Double {
        var sum = 0.0
        for s in 0..<leaf.sequences {
            let rows = s * leaf.length..<(s + 1) * leaf.length
            for (row, logits) in zip(rows, logits(Array(leaf.inputs[rows]), weights)) where leaf.targets[row] >= 0 {
                let maximum = logits.max() ?? 0
                let total = logits.reduce(0) { $0 + Foundation.exp($1 - maximum) }
                sum += Double(leaf.weights[row]) * (Foundation.log(total) + maximum - logits[Int(leaf.targets[row])])
            }
        }
        return sum
    }
}

/// Seeded leaves and weights.
enum Samples {
    static func leaf(_ c: TransformerConfiguration, sequences: Int, length: Int, seed: UInt64) -> Leaf {
        var words = RandomField(seed: seed, purpose: RandomPurpose("tests.leaf")).stream()
        let rows = sequences * length
        let inputs = (0..<rows).map { _ in Int32(words.index(below: c.vocabularySize)) }
        let targets = (0..<rows).map { _ in
            words.index(below: 6) == 0 ? -1 : Int32(words.index(below: c.vocabularySize))
        }
        let weights = (0..<rows).map { _ in Int32(words.index(below: 1024)) }
        let modalities = (0..<rows).map { _ in UInt8(words.index(below: 5)) }
        return Leaf(
            sequences: sequences, length: length, inputs: inputs, targets: targets, weights: weights,
            modalities: modalities)
    }

    /// Larger than initial weights, so that every nonlinearity matters.
    static func weights(_ c: TransformerConfiguration, seed: UInt64) -> FloatBuffer {
        var words = RandomField(seed: seed, purpose: RandomPurpose("tests.weights")).stream()
        let layout = ParameterLayout(c)
        let buffer = FloatBuffer(count: layout.count)
        for tensor in layout.tensors {
            for i in tensor.range {
                buffer[i] = tensor.shape.count == 1 ? Float(1 + 0.2 * words.normal()) : Float(0.3 * words.normal())
            }
        }
        return buffer
    }
}
