import Kernels
import Testing

@Suite("Threads")
struct ThreadTests {
    static let counts = [2, 3, 5]

    /// What one thread computes, and many: the same bits.
    private func same(_ set: KernelSet, _ what: String, _ compute: (Kernels) -> [[UInt32]]) throws {
        let truth = compute(try Kernels(set))
        for threads in Self.counts {
            let kernels = try Kernels(set, threads: threads)
            #expect(kernels.threads == threads)
            for _ in 0..<3 { #expect(compute(kernels) == truth, "\(what) with \(threads) threads") }
        }
    }

    @Test("matrix products do not depend on threads", arguments: sets)
    func products(set: KernelSet) throws {
        for (m, n, k) in [(300, 96, 70), (97, 300, 70), (1, 4096, 200), (2048, 3, 90), (131, 129, 257)] {
            var values = Values(UInt64(m))
            let (a, b, c) = (values.uniform(m * k).buffer, values.uniform(k * n).buffer, values.uniform(m * n))
            for (ta, tb) in [(false, false), (false, true), (true, false)] {
                for continuing in [false, true] {
                    try same(set, "\(m)x\(n)x\(k) \(ta) \(tb)") { kernels in
                        let result = c.buffer
                        kernels.matmul(
                            ta ? .transposed(a) : .plain(a), tb ? .transposed(b) : .plain(b), into: result, rows: m,
                            columns: n, inner: k, accumulating: continuing)
                        return [result.array.bits]
                    }
                }
            }
        }
    }

    @Test("attention does not depend on threads", arguments: sets)
    func attention(set: KernelSet) throws {
        let s = AttentionShape(sequences: 3, length: 61, heads: 4, keyValueHeads: 2, headDimension: 10)
        var values = Values(2)
        let queries = s.sequences * s.length * s.heads * s.headDimension
        let (q, k, v) = (
            values.uniform(queries).buffer, values.uniform(queries / 2).buffer, values.uniform(queries / 2).buffer
        )
        let dout = values.uniform(queries).buffer
        try same(set, "attention") { kernels in
            let (out, dq) = (FloatBuffer(count: queries).all, FloatBuffer(count: queries).all)
            let (dk, dv) = (FloatBuffer(count: queries / 2).all, FloatBuffer(count: queries / 2).all)
            let statistics = FloatBuffer(count: s.statistics).all
            let scratch = FloatBuffer(count: s.scratch * kernels.threads).all
            kernels.attention(s, q: q, k: k, v: v, into: out, statistics: statistics, scratch: scratch)
            kernels.attentionBackward(
                s, q: q, k: k, v: v, out: out, dout: dout, statistics: statistics, dq: dq, dk: dk, dv: dv,
                scratch: scratch)
            return [out, dq, dk, dv].map(\.array.bits)
        }
    }

    @Test("norms, gates, rotations and losses do not depend on threads", arguments: sets)
    func layers(set: KernelSet) throws {
        let (rows, n) = (1024, 70)
        var values = Values(4)
        let (x, dy, gain) = (values.uniform(rows * n).buffer, values.uniform(rows * n).buffer, values.uniform(n).buffer)
        let angles = values.uniform(128 * 35, -1...1)
        let targets = (0..<rows).map { _ in values.index(below: n) }
        try same(set, "layers") { kernels in
            func floats(_ count: Int) -> FloatView { FloatBuffer(count: count).all }
            let (y, inverse, dx, dgain) = (floats(rows * n), floats(rows), floats(rows * n), floats(n))
            kernels.rmsNorm(x, gain: gain, epsilon: 1e-5, into: y, inverse: inverse)
            for accumulating in [false, true] {
                kernels.rmsNormBackward(
                    dy, x: x, gain: gain, inverse: inverse, into: dx, gain: dgain, accumulating: accumulating)
            }
            let (gated, dgate, dup) = (floats(rows * n), floats(rows * n), floats(rows * n))
            kernels.swiglu(gate: x, up: dy, into: gated)
            kernels.swigluBackward(dy, gate: x, up: y, intoGate: dgate, intoUp: dup)
            let turned = floats(rows * n)
            turned.copy(from: x)
            kernels.rotate(
                turned, heads: 1, headDimension: n, cosines: angles.buffer, sines: angles.buffer,
                positions: (0..<rows).map { UInt32($0 % 128) })
            let logits = floats(rows * n)
            logits.copy(from: x)
            let scores = kernels.crossEntropy(
                logits, targets: targets, weights: targets.map { Float($0) }, gradient: true)
            let sums = scores.map { UInt32(truncatingIfNeeded: $0.nats.bitPattern) &+ ($0.correct ? 1 : 0) }
            return [y, inverse, dx, dgain, gated, dgate, dup, turned, logits].map(\.array.bits) + [sums]
        }
    }

    @Test("optimizer, tree additions, norms and the search for NaN do not depend on threads", arguments: sets)
    func optimizer(set: KernelSet) throws {
        let n = 80_001
        var values = Values(6)
        let (w, m, v, g) = (values.uniform(n), values.uniform(n), values.uniform(n, 0...1), values.uniform(n).buffer)
        var bad = g.array
        bad[70_000] = .infinity
        bad[40_001] = .nan
        let broken = bad.buffer
        let step = AdamWStep(
            gradientFactor: 0.5, learningRate: 1e-3, beta1: 0.9, beta2: 0.95, correction1: 0.1, correction2: 0.2,
            epsilon: 1e-8, weightDecay: 0.1)
        try same(set, "optimizer") { kernels in
            let (weights, first, second) = (w.buffer, m.buffer, v.buffer)
            let hash = kernels.adamW(
                weights: weights, firstMoment: first, secondMoment: second, gradient: g, firstIndex: 12_288, step: step)
            kernels.add(g, to: second)
            let norms = kernels.squaredNorms(g).map { UInt32(truncatingIfNeeded: $0.bitPattern) }
            #expect(kernels.firstNonFinite(in: broken) == 40_001)
            #expect(kernels.firstNonFinite(in: g) == nil)
            return [weights, first, second].map(\.array.bits)
                + [norms, [UInt32(truncatingIfNeeded: hash), UInt32(truncatingIfNeeded: hash >> 32)]]
        }
    }

    @Test func `teams come and go, and sleep in between`() throws {
        for round in 0..<20 {
            let kernels = try Kernels(.scalar, threads: 1 + round % 4)
            var values = Values(UInt64(round))
            let (a, b) = (values.uniform(70_000).buffer, values.uniform(70_000).buffer)
            let sum = zip(a.array, b.array).map { $0 + $1 }
            if round % 5 == 0 { try pause() }
            kernels.add(b, to: a)
            #expect(a.array == sum)
        }
    }

    private func pause() throws {
        var words = Values(1)
        var total: Float = 0
        for _ in 0..<200 { total += words.uniform(1000).reduce(0, +) }
        #expect(total.isFinite)
    }
}
