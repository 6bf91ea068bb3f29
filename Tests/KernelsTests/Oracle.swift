import Determinism
import Kernels

/// The numerics contract in plain Swift loops: what every kernel set must give, bit for bit.
enum Oracle {
    /// `acc = fma(a, b, acc)`, k ascending; from 0 or from `c`.
    static func matmul(
        _ a: [Float], transposed ta: Bool, _ b: [Float], transposed tb: Bool, rows m: Int, columns n: Int, inner k: Int,
        continuing c: [Float]? = nil
    ) -> [Float] {
        var result = c ?? [Float](repeating: 0, count: m * n)
        for i in 0..<m {
            for j in 0..<n {
                var acc = result[i * n + j]
                for x in 0..<k { acc.addProduct(ta ? a[x * m + i] : a[i * k + x], tb ? b[j * k + x] : b[x * n + j]) }
                result[i * n + j] = acc
            }
        }
        return result
    }

    /// Sixteen lanes, folded 8, 4, 2, 1; `step` takes (lane, index).
    static func lanes(_ count: Int, _ step: (Float, Int) -> Float) -> Float {
        var lanes = [Float](repeating: 0, count: 16)
        for i in 0..<count { lanes[i % 16] = step(lanes[i % 16], i) }
        var half = 8
        while half > 0 {
            for l in 0..<half { lanes[l] += lanes[l + half] }
            half /= 2
        }
        return lanes[0]
    }

    static func exp(_ x: Float) -> Float {
        if x.isNaN { return x }
        let bounded = min(max(x, -104), 89)
        let k = (bounded * 1.44269504088896341).rounded(.toNearestOrEven)
        var r = bounded.addingProduct(k, -0.693359375)
        r = r.addingProduct(k, 2.12194440e-4)
        var p: Float = 1.9875691500e-4
        for c: Float in [1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1] {
            p = c.addingProduct(p, r)
        }
        p = r.addingProduct(p, r * r) + 1
        let n = Int(k)
        return p * Float(sign: .plus, exponent: n >> 1, significand: 1)
            * Float(sign: .plus, exponent: n - (n >> 1), significand: 1)
    }

    static func sigmoid(_ x: Float) -> Float { 1 / (1 + exp(-x)) }

    static func swiglu(_ gate: [Float], _ up: [Float]) -> [Float] {
        zip(gate, up).map { ($0 * sigmoid($0)) * $1 }
    }

    static func swigluBackward(_ dy: [Float], _ gate: [Float], _ up: [Float]) -> (gate: [Float], up: [Float]) {
        var dgate: [Float] = []
        var dup: [Float] = []
        for i in dy.indices {
            let s = sigmoid(gate[i])
            dup.append(dy[i] * (gate[i] * s))
            dgate.append((dy[i] * up[i]) * (s * Float(1).addingProduct(gate[i], 1 - s)))
        }
        return (dgate, dup)
    }

    static func rmsNorm(_ x: [Float], _ gain: [Float], epsilon: Float) -> (y: [Float], inverse: [Float]) {
        let n = gain.count
        var y: [Float] = []
        var inverses: [Float] = []
        for r in 0..<x.count / n {
            let mean = lanes(n) { $0.addingProduct(x[r * n + $1], x[r * n + $1]) } / Float(n)
            let inverse = 1 / (mean + epsilon).squareRoot()
            inverses.append(inverse)
            for i in 0..<n { y.append((x[r * n + i] * inverse) * gain[i]) }
        }
        return (y, inverses)
    }

    static func rmsNormBackward(
        _ dy: [Float], _ x: [Float], _ gain: [Float], _ inverse: [Float]
    ) -> (dx: [Float], dgain: [Float]) {
        let n = gain.count
        var dx: [Float] = []
        var dgain = [Float](repeating: 0, count: n)
        for r in 0..<x.count / n {
            let inv = inverse[r]
            let dot = lanes(n) { $0.addingProduct(gain[$1] * dy[r * n + $1], x[r * n + $1]) }
            let factor = ((inv * inv) * dot) / Float(n)
            for i in 0..<n {
                dx.append((gain[i] * dy[r * n + i] - x[r * n + i] * factor) * inv)
                dgain[i] = dgain[i].addingProduct(dy[r * n + i], x[r * n + i] * inv)
            }
        }
        return (dx, dgain)
    }

    /// One attention call over all sequences: outputs, statistics and, given `dout`, the gradients.
    struct Attention {
        var out: [Float]
        var dq: [Float] = []
        var dk: [Float] = []
        var dv: [Float] = []

        init(_ s: AttentionShape, q: [Float], k: [Float], v: [Float], dout: [Float]) {
            let (t, d, heads, groups) = (s.length, s.headDimension, s.heads, s.keyValueHeads)
            let scale = Float(1 / Double(d).squareRoot())
            out = [Float](repeating: 0, count: q.count)
            dq = out
            dk = [Float](repeating: 0, count: k.count)
            dv = dk
            for b in 0..<s.sequences {
                for h in 0..<heads {
                    let g = h / (heads / groups)
                    func qi(_ i: Int, _ x: Int) -> Int { ((b * t + i) * heads + h) * d + x }
                    func ki(_ j: Int, _ x: Int) -> Int { ((b * t + j) * groups + g) * d + x }
                    for i in 0..<t {
                        var p = (0...i).map { j -> Float in
                            var acc: Float = 0
                            for x in 0..<d { acc.addProduct(q[qi(i, x)], k[ki(j, x)]) }
                            return acc * scale
                        }
                        let maximum = p.reduce(-.infinity) { $0 < $1 ? $1 : $0 }
                        p = p.map { Oracle.exp($0 - maximum) }
                        let inverse = 1 / Oracle.lanes(p.count) { $0 + p[$1] }
                        p = p.map { $0 * inverse }
                        for x in 0..<d {
                            var acc: Float = 0
                            for j in 0...i { acc.addProduct(p[j], v[ki(j, x)]) }
                            out[qi(i, x)] = acc
                        }
                        let delta = Oracle.lanes(d) { $0.addingProduct(dout[qi(i, $1)], out[qi(i, $1)]) }
                        let ds = (0...i).map { j -> Float in
                            var acc: Float = 0
                            for x in 0..<d { acc.addProduct(dout[qi(i, x)], v[ki(j, x)]) }
                            return (p[j] * (acc - delta)) * scale
                        }
                        for x in 0..<d {
                            var acc: Float = 0
                            for j in 0...i { acc.addProduct(ds[j], k[ki(j, x)]) }
                            dq[qi(i, x)] = acc
                            for j in 0...i {
                                dk[ki(j, x)].addProduct(ds[j], q[qi(i, x)])
                                dv[ki(j, x)].addProduct(p[j], dout[qi(i, x)])
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Seeded test values.
struct Values {
    private var words: RandomWords

    init(_ seed: UInt64) { words = RandomField(seed: seed, purpose: RandomPurpose("tests")).stream() }

    mutating func uniform(_ count: Int, _ range: ClosedRange<Double> = -1...1) -> [Float] {
        (0..<count).map { _ in Float(range.lowerBound + words.unit() * (range.upperBound - range.lowerBound)) }
    }

    mutating func index(below bound: Int) -> Int { words.index(below: bound) }
}

extension [Float] {
    /// The bits, so that -0 and +0 differ and NaN equals itself.
    var bits: [UInt32] { map(\.bitPattern) }
    var buffer: FloatView { FloatBuffer(self).all }
}

/// The sets of this machine; all suites run over them.
let sets = KernelSet.available
