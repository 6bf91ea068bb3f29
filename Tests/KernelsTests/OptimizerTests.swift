import Kernels
import Testing

@Suite("Optimizer, norms, searches")
struct OptimizerTests {
    static let step = AdamWStep(
        gradientFactor: 0.37, learningRate: 1e-3, beta1: 0.9, beta2: 0.95, correction1: 0.19, correction2: 0.0975,
        epsilon: 1e-8, weightDecay: 0.1)

    @Test("AdamW follows the written operations and hashes what it wrote", arguments: sets)
    func adamW(set: KernelSet) throws {
        let kernels = try Kernels(set)
        for n in [1, 16, 33, 4099] {
            var values = Values(UInt64(n))
            let (w, m, v, g) = (values.uniform(n), values.uniform(n), values.uniform(n, 0...1), values.uniform(n))
            let (wb, mb, vb) = (w.buffer, m.buffer, v.buffer)
            let hash = kernels.adamW(
                weights: wb, firstMoment: mb, secondMoment: vb, gradient: g.buffer, firstIndex: 1000, step: Self.step)
            let s = Self.step
            for i in 0..<n {
                let gs = g[i] * s.gradientFactor
                let mi = s.beta1 * m[i] + (1 - s.beta1) * gs
                let vi = s.beta2 * v[i] + (1 - s.beta2) * (gs * gs)
                let change = (mi / s.correction1) / ((vi / s.correction2).squareRoot() + s.epsilon)
                let wi = w[i] - s.learningRate * (change + s.weightDecay * w[i])
                #expect(
                    mb[i].bitPattern == mi.bitPattern && vb[i].bitPattern == vi.bitPattern
                        && wb[i].bitPattern == wi.bitPattern, "element \(i) of \(n)")
            }
            #expect(hash == kernels.stateHash(weights: wb, firstMoment: mb, secondMoment: vb, firstIndex: 1000))
            let split = n / 3
            let left = kernels.stateHash(
                weights: wb[0..<split], firstMoment: mb[0..<split], secondMoment: vb[0..<split], firstIndex: 1000)
            let right = kernels.stateHash(
                weights: wb[split..<n], firstMoment: mb[split..<n], secondMoment: vb[split..<n],
                firstIndex: 1000 + split)
            #expect(hash == left &+ right, "parts of the hash add up")
            wb[n - 1] = wb[n - 1].nextUp
            #expect(hash != kernels.stateHash(weights: wb, firstMoment: mb, secondMoment: vb, firstIndex: 1000))
        }
    }

    @Test("squared norms use sixteen fp64 lanes per chunk", arguments: sets)
    func norms(set: KernelSet) throws {
        var values = Values(2)
        let x = values.uniform(2 * 4096 + 37, -1e3...1e3)
        let expected = stride(from: 0, to: x.count, by: 4096).map { start -> Double in
            var lanes = [Double](repeating: 0, count: 16)
            for i in start..<min(start + 4096, x.count) { lanes[(i - start) % 16] += Double(x[i]) * Double(x[i]) }
            for half in [8, 4, 2, 1] { for l in 0..<half { lanes[l] += lanes[l + half] } }
            return lanes[0]
        }
        #expect(try Kernels(set).squaredNorms(x.buffer) == expected)
    }

    @Test("sums use sixteen lanes", arguments: sets)
    func sums(set: KernelSet) throws {
        for n in [0, 1, 15, 16, 17, 40, 1000] {
            var values = Values(UInt64(n))
            let x = values.uniform(n)
            #expect(try Kernels(set).sum(x.buffer).bitPattern == Oracle.lanes(n) { $0 + x[$1] }.bitPattern)
        }
    }

    @Test("NaN and infinity are found wherever they are", arguments: sets)
    func nonFinite(set: KernelSet) throws {
        let kernels = try Kernels(set)
        let view = FloatBuffer(count: 3001).all
        #expect(kernels.firstNonFinite(in: view) == nil)
        for (index, value) in [(3000, Float.nan), (1024, -.infinity), (1023, .infinity), (0, .nan)] {
            view[index] = value
            #expect(kernels.firstNonFinite(in: view) == index)
        }
    }

    @Test("the nearest codeword is exact and the lowest index wins ties", arguments: sets)
    func nearest(set: KernelSet) throws {
        let kernels = try Kernels(set)
        for (rows, count, d) in [(1, 1, 1), (7, 33, 5), (13, 64, 48), (40, 100, 27)] {
            var values = Values(UInt64(rows))
            // Small integers make many ties.
            let x = values.uniform(rows * d, -2...2).map { $0.rounded() }
            let codes = values.uniform(count * d, -2...2).map { $0.rounded() }
            let result = kernels.nearest(
                x.buffer, rows: rows, in: TransposedCodebook(codes.buffer, count: count))
            for row in 0..<rows {
                let distances = (0..<count).map { code in
                    (0..<d).reduce(Float(0)) { acc, i in
                        let difference = x[row * d + i] - codes[code * d + i]
                        return acc.addingProduct(difference, difference)
                    }
                }
                let best = distances.indices.min { (distances[$0], $0) < (distances[$1], $1) }
                #expect(Int(result.indices[row]) == best)
                #expect(result.distances[row] == best.map { distances[$0] })
            }
        }
    }
}
