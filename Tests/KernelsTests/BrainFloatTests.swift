import Kernels
import Testing

/// bf16 as integers and fp64 define it.
enum BrainOracle {
    /// To nearest even, subnormals to zeros of their sign.
    static func rounded(_ x: Float) -> Float {
        if x.isNaN { return .nan }
        if x.isSubnormal { return Float(sign: x.sign, exponent: 0, significand: 0) }
        let low = x.bitPattern & 0xffff
        var high = x.bitPattern >> 16
        if low > 0x8000 || low == 0x8000 && high & 1 == 1 { high += x.isInfinite ? 0 : 1 }
        return Float(bitPattern: high << 16)
    }

    static func flushed(_ x: Float) -> Float {
        x.isSubnormal ? Float(sign: x.sign, exponent: 0, significand: 0) : x
    }

    /// a · b + c, flushed when the sum rounded to 24 bits, whatever its exponent, is below 2^-126.
    ///
    /// fp64 with the rest of Knuth's two-sum decides; ``exact(_:_:_:)`` does the same with integers.
    static func multiplyAdd(_ a: Float, _ b: Float, _ c: Float) -> Float {
        let c = flushed(c)
        let result = c.addingProduct(a, b)
        guard result.magnitude == .leastNormalMagnitude else { return flushed(result) }
        let product = Double(a) * Double(b)
        let sum = product + Double(c)
        let back = sum - product
        let rest = (product - (sum - back)) + (Double(c) - back)
        let edge = 0x1p-126 - 0x1p-151
        let isBelow = sum.magnitude < edge || sum.magnitude == edge && (sum > 0 ? rest < 0 : rest > 0)
        return isBelow ? Float(sign: result.sign, exponent: 0, significand: 0) : result
    }

    /// The same with every operand a multiple of 2^-200 and below 2^-74, from integers alone.
    static func exact(_ a: Float, _ b: Float, _ c: Float) -> Float {
        func units(_ x: Double) -> Int128 { Int128(x * 0x1p200) }
        let c = flushed(c)
        let sum = units(Double(a) * Double(b)) + units(Double(c))
        guard sum != 0 else { return Float(a * b) == 0 && c == 0 ? a * b + c : c + Float(Double(a) * Double(b)) }
        // Round the magnitude to 24 significant bits, ties to even.
        let magnitude = sum.magnitude
        let drop = max(0, 128 - magnitude.leadingZeroBitCount - 24)
        var kept = magnitude >> drop
        let rest = magnitude - kept << drop
        let half: UInt128 = drop > 0 ? 1 << (drop - 1) : 0
        if drop > 0, rest > half || rest == half && kept & 1 == 1 { kept += 1 }
        let value = Double(kept) * Double(sign: .plus, exponent: drop - 200, significand: 1)
        let signed = Float(sum < 0 ? -value : value)
        return value < 0x1p-126 ? (sum < 0 ? -0.0 : 0) : signed
    }

    /// Products by pairs, the second of a pair first, an odd end padded with +0.
    static func matmul(
        _ a: [Float], transposed ta: Bool, _ b: [Float], transposed tb: Bool, rows m: Int, columns n: Int, inner k: Int,
        continuing c: [Float]? = nil
    ) -> [Float] {
        let (a, b) = (a.map(rounded), b.map(rounded))
        var result = c ?? [Float](repeating: 0, count: m * n)
        for i in 0..<m {
            for j in 0..<n {
                func step(_ x: Int, _ acc: Float) -> Float {
                    guard x < k else { return multiplyAdd(0, 0, acc) }
                    return multiplyAdd(ta ? a[x * m + i] : a[i * k + x], tb ? b[j * k + x] : b[x * n + j], acc)
                }
                for x in stride(from: 0, to: k, by: 2) {
                    result[i * n + j] = step(x, step(x + 1, result[i * n + j]))
                }
            }
        }
        return result
    }
}

@Suite("bf16 products")
struct BrainFloatTests {
    static let shapes: [(Int, Int, Int)] = [
        (1, 1, 1), (1, 1, 0), (3, 2, 0), (5, 7, 1), (2, 3, 5), (12, 32, 16), (13, 33, 17), (1, 97, 31), (97, 1, 31),
        (31, 37, 41), (48, 300, 19), (29, 530, 37), (25, 31, 513), (15, 48, 345), (43, 47, 689), (41, 1030, 2),
        (14, 32, 641),
    ]

    @Test("every transposition follows the scalar definition bit for bit", arguments: sets, [1, 0x1p-62] as [Double])
    func chain(set: KernelSet, factor: Double) throws {
        let kernels = try Kernels(set)
        for (seed, (m, n, k)) in Self.shapes.enumerated() {
            var values = Values(UInt64(seed))
            let a = values.uniform(m * k, -factor...factor)
            let b = values.uniform(k * n, -factor...factor)
            let c = values.uniform(m * n, -factor * factor...factor * factor)
            for (ta, tb) in [(false, false), (false, true), (true, false), (true, true)] {
                for continuing in [false, true] {
                    let result = c.buffer
                    kernels.matmul(
                        ta ? .transposed(a.buffer) : .plain(a.buffer), tb ? .transposed(b.buffer) : .plain(b.buffer),
                        into: result, rows: m, columns: n, inner: k, accumulating: continuing, precision: .bf16)
                    let expected = BrainOracle.matmul(
                        a, transposed: ta, b, transposed: tb, rows: m, columns: n, inner: k,
                        continuing: continuing ? c : nil)
                    #expect(result.array.bits == expected.bits, "\(m)x\(n)x\(k) \(ta) \(tb) continuing \(continuing)")
                }
            }
        }
        try kernels.checkFloatEnvironment()
    }

    /// Sums that lie within a few units of 2^-126, where flushing is decided by the unbounded exponent.
    static func edges(_ seed: UInt64, _ count: Int) -> (a: [Float], b: [Float], c: [Float]) {
        var values = Values(seed)
        var a: [Float] = []
        var b: [Float] = []
        var c: [Float] = []
        for _ in 0..<count {
            func factor(_ exponent: Int) -> Float {
                let sign = values.index(below: 2) == 0 ? 1 : -1
                return Float(sign * (128 + values.index(below: 128)))
                    * Float(sign: .plus, exponent: exponent, significand: 1)
            }
            // A product of at most 16 bits between 2^-157 and 2^-124, beside a sum near 2^-126.
            a.append(factor(-70 - values.index(below: 4)))
            b.append(factor(-70 - values.index(below: 30)))
            let near = 0x0080_0000 + values.index(below: 40) - 20
            let bits = UInt32(values.index(below: 8) == 0 ? values.index(below: 0x0100_0000) : near)
            c.append(Float(bitPattern: bits | (values.index(below: 2) == 0 ? 0 : 0x8000_0000)))
        }
        return (a, b, c)
    }

    @Test("single steps near 2^-126 are those of integers", arguments: sets, UInt64(0)..<4)
    func edges(set: KernelSet, seed: UInt64) throws {
        let kernels = try Kernels(set)
        let count = 97
        let (a, b, c) = Self.edges(seed, count)
        // An outer product: every a with every b, each continuing a sum; the pad follows first and changes nothing but -0 sums.
        let sums = (0..<count * count).map { c[($0 * 7 + $0 / count) % count] }
        let result = sums.buffer
        kernels.matmul(
            .plain(a.buffer), .plain(b.buffer), into: result, rows: count, columns: count, inner: 1,
            accumulating: true, precision: .bf16)
        var flushed = 0
        var kept = 0
        var ties = 0
        for i in 0..<count {
            for j in 0..<count {
                let sum = BrainOracle.multiplyAdd(0, 0, sums[i * count + j])
                let expected = BrainOracle.exact(a[i], b[j], sum)
                let got = result[i * count + j]
                #expect(got.bitPattern == expected.bitPattern, "fma(\(a[i]), \(b[j]), \(sum))")
                #expect(expected.bitPattern == BrainOracle.multiplyAdd(a[i], b[j], sum).bitPattern)
                let bounded = sum.addingProduct(a[i], b[j])
                if bounded.magnitude == .leastNormalMagnitude {
                    if expected == 0 { ties += 1 } else { kept += 1 }
                }
                if expected == 0, bounded != 0 { flushed += 1 }
            }
        }
        #expect(flushed > ties && ties > 0 && kept > 0, "the sample meets every case: \(flushed), \(ties), \(kept)")
    }

    @Test("rounding is that of integers for every upper half and the halfway cases below it", arguments: sets)
    func rounding(set: KernelSet) throws {
        let kernels = try Kernels(set)
        for low: UInt32 in [0, 1, 0x7fff, 0x8000, 0x8001, 0xffff] {
            let x = (0..<UInt32(1) << 16).map { Float(bitPattern: $0 << 16 | low) }
            let y = FloatBuffer(count: x.count).all
            kernels.roundToBF16(x.buffer, into: y)
            let wrong = zip(x, y.array).filter { x, y in
                let expected = BrainOracle.rounded(x)
                return expected.isNaN ? !y.isNaN : expected.bitPattern != y.bitPattern
            }
            #expect(wrong.isEmpty, "\(wrong.prefix(3))")
        }
    }

    @Test func `blocks of even length give the bits of one call`() throws {
        let kernels = try Kernels.current()
        var values = Values(9)
        let (m, n, k) = (37, 45, 701)
        let a = values.uniform(k * m).buffer
        let b = values.uniform(k * n).buffer
        let whole = FloatBuffer(count: m * n).all
        let parts = FloatBuffer(count: m * n).all
        kernels.matmul(
            .transposed(a), .plain(b), into: whole, rows: m, columns: n, inner: k, precision: .bf16)
        var start = 0
        for length in [2, 98, 300, 301] {
            kernels.matmul(
                .transposed(a[start * m..<(start + length) * m]), .plain(b[start * n..<(start + length) * n]),
                into: parts, rows: m, columns: n, inner: length, accumulating: start > 0, precision: .bf16)
            start += length
        }
        #expect(start == k)
        #expect(whole.array.bits == parts.array.bits)
    }

    @Test func `threads change no bit`() throws {
        var values = Values(10)
        let (m, n, k) = (203, 515, 131)
        let a = values.uniform(k * m).buffer
        let b = values.uniform(k * n).buffer
        let results = try [1, 2, 3].map { threads in
            let c = FloatBuffer(count: m * n).all
            try Kernels(Kernels.current().set, threads: threads).matmul(
                .plain(a), .transposed(b), into: c, rows: m, columns: n, inner: k, precision: .bf16)
            return c.array.bits
        }
        #expect(results[0] == results[1] && results[0] == results[2])
    }
}
