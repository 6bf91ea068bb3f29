import Determinism
import Foundation
import Kernels
import Modeling

// M rows, N columns, K inner dimension; T tokens of a sequence.

/// Prints the speed of the float kernels and of one training leaf: `kernel-bench [SET…]`, by default every set there is.
///
/// `kernel-bench --products [LIBRARY…]`: sixty products of training, beside those of shared libraries with OpenBLAS or oneDNN.
///
/// `kernel-bench --elementary [THREADS]`: all inputs of the elementary functions; see `scripts/prove-elementary`.
@main
struct KernelBench {
    static func main() throws {
        var names = Array(CommandLine.arguments.dropFirst())
        if names.first == "--elementary" {
            return try ElementaryProof.run(threads: names.dropFirst().first.flatMap { Int($0) } ?? 1)
        }
        if names.first == "--products" {
            names.removeFirst()
            let libraries = names.compactMap(VendorLibrary.init)
            return try ProductBench.run(try Kernels.current(), libraries: libraries, budget: 0.1)
        }
        let sets = names.isEmpty ? KernelSet.available.reversed() : names.compactMap(KernelSet.init(rawValue:))
        print("best of repeated runs, one thread, processor time; an fma counts as two operations")
        for set in sets {
            let kernels = try Kernels(set)
            products(kernels)
            attention(kernels)
            elementwise(kernels)
            for precision in Precision.allCases { try leaf(kernels, precision) }
        }
    }

    static func values(_ count: Int) -> FloatView {
        var words = RandomField(seed: 1, purpose: RandomPurpose("bench")).stream()
        let buffer = FloatBuffer(count: count)
        for i in 0..<count { buffer[i] = Float(words.unit() * 2 - 1) }
        return buffer.all
    }

    static func line(_ kernels: Kernels, _ what: String, _ figure: Double, _ unit: String) {
        let name = kernels.set.rawValue.padding(toLength: 8, withPad: " ", startingAt: 0)
        print(name, what.padding(toLength: 40, withPad: " ", startingAt: 0), String(format: "%8.2f", figure), unit)
    }

    static func products(_ kernels: Kernels) {
        let shapes: [(String, Bool, Bool, Int, Int, Int)] = [
            ("forward  ", false, true, 1024, 128, 128), ("forward  ", false, true, 1024, 352, 128),
            ("backward ", false, false, 1024, 128, 352), ("gradient ", true, false, 352, 128, 1024),
            ("logits   ", false, true, 128, 2048, 128), ("square NT", false, true, 256, 256, 256),
            ("square NN", false, false, 512, 512, 512), ("square NN", false, false, 1024, 1024, 1024),
            ("square TN", true, false, 1024, 1024, 1024), ("one row  ", false, false, 1, 1024, 1024),
        ]
        for (name, ta, tb, m, n, k) in shapes where kernels.set != .scalar || m * n * k < 1 << 28 {
            let (a, b, c) = (values(m * k), values(k * n), FloatBuffer(count: m * n).all)
            let seconds = Stopwatch().best {
                kernels.matmul(
                    ta ? .transposed(a) : .plain(a), tb ? .transposed(b) : .plain(b), into: c, rows: m, columns: n,
                    inner: k)
            }
            line(kernels, "matmul \(name) \(m) x \(n) x \(k)", 2 * Double(m * n * k) / seconds * 1e-9, "GFLOP/s")
            let rounded = Stopwatch().best {
                kernels.matmul(
                    ta ? .transposed(a) : .plain(a), tb ? .transposed(b) : .plain(b), into: c, rows: m, columns: n,
                    inner: k, precision: .bf16)
            }
            line(kernels, "  in bf16", 2 * Double(m * n * k) / rounded * 1e-9, "GFLOP/s")
        }
    }

    static func attention(_ kernels: Kernels) {
        for length in [256, 1024] {
            let s = AttentionShape(
                sequences: 1024 / length, length: length, heads: 4, keyValueHeads: 2, headDimension: 32)
            let (q, k, v, dout) = (values(1024 * 128), values(1024 * 64), values(1024 * 64), values(1024 * 128))
            let (out, dq, dk, dv) = (
                FloatBuffer(count: q.count).all, FloatBuffer(count: q.count).all, FloatBuffer(count: k.count).all,
                FloatBuffer(count: k.count).all
            )
            let statistics = FloatBuffer(count: s.statistics).all
            let scratch = FloatBuffer(count: s.scratch).all
            let operations = 4 * 128 * Double(length) * 1024 / 2
            let forward = Stopwatch().best {
                kernels.attention(s, q: q, k: k, v: v, into: out, statistics: statistics, scratch: scratch)
            }
            line(kernels, "attention forward T=\(length)", operations / forward * 1e-9, "GFLOP/s (below the diagonal)")
            let backward = Stopwatch().best {
                kernels.attentionBackward(
                    s, q: q, k: k, v: v, out: out, dout: dout, statistics: statistics, dq: dq, dk: dk, dv: dv,
                    scratch: scratch)
            }
            line(
                kernels, "attention backward T=\(length)", 2.5 * operations / backward * 1e-9,
                "GFLOP/s (below the diagonal)")
        }
    }

    static func elementwise(_ kernels: Kernels) {
        let n = 1 << 18
        let (x, y, z) = (values(n), FloatBuffer(count: n).all, FloatBuffer(count: n).all)
        let (m, v) = (FloatBuffer(count: n).all, FloatBuffer(count: n).all)
        func each(_ name: String, _ body: () -> Void) {
            line(kernels, name, Stopwatch(budget: 0.1).best(body) / Double(n) * 1e9, "ns an element")
        }
        each("exp") { kernels.exp(x, into: y) }
        each("swiglu") { kernels.swiglu(gate: x, up: x, into: y) }
        each("gradient tree addition") { kernels.add(x, to: z) }
        each("squared norm") { _ = kernels.squaredNorms(x) }
        let step = AdamWStep(
            gradientFactor: 1, learningRate: 1e-4, beta1: 0.9, beta2: 0.95, correction1: 0.5, correction2: 0.5,
            epsilon: 1e-8,
            weightDecay: 0.1)
        each("AdamW with state hash") {
            _ = kernels.adamW(weights: y, firstMoment: m, secondMoment: v, gradient: x, firstIndex: 0, step: step)
        }
        let codebook = TransposedCodebook(values(512 * 768), count: 512)
        let patches = values(512 * 768)
        let seconds = Stopwatch().best { _ = kernels.nearest(patches, rows: 512, in: codebook) }
        line(kernels, "nearest of 512 codewords, 768 wide", 512 * 512 * 768 / seconds * 1e-9, "G differences/s")
    }

    /// One leaf of the size that the demonstration trains on.
    static func leaf(_ kernels: Kernels, _ precision: Precision) throws {
        let c = TransformerConfiguration(
            vocabularySize: 2304, width: 128, layers: 4, heads: 4, keyValueHeads: 2, context: 256)
        var words = RandomField(seed: 2, purpose: RandomPurpose("bench.leaf")).stream()
        func tokens() -> [Int32] { (0..<1024).map { _ in Int32(words.index(below: 2304)) } }
        let leaf = Leaf(
            sequences: 4, length: 256, inputs: tokens(), targets: tokens(), weights: Array(repeating: 256, count: 1024),
            modalities: Array(repeating: 1, count: 1024))
        let transformer = try Transformer(c, precision: precision, kernels: kernels)
        let weights = initialWeights(c, seed: 1)
        let gradient = FloatBuffer(count: weights.count)
        let seconds = try Stopwatch(budget: 1).best {
            _ = try transformer.gradient(of: leaf, weights: weights, into: gradient)
        }
        line(kernels, "leaf in \(precision.rawValue), 1024 tokens, width 128, 4 layers", 1024 / seconds, "tokens/s")
        line(kernels, "", 4 * c.trainingOperations(length: 256) / seconds * 1e-9, "GFLOP/s of the whole leaf")
        var decoder = try transformer.makeDecoder(weights: weights)
        let step = try Stopwatch().best {
            decoder.rewind(to: 0)
            for token in leaf.inputs[0..<128] { _ = try decoder.step(token) }
        }
        line(kernels, "decoding one token, 128 positions", step / 128 * 1e6, "us a token")
    }
}
