import Kernels
import Testing

/// A product written with plain loops whose rules a test can bend.
private func loop(
    _ ta: Int32, _ tb: Int32, _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Float>?, _ lda: Int,
    _ b: UnsafePointer<Float>?, _ ldb: Int, _ c: UnsafeMutablePointer<Float>?, _ ldc: Int, _ continuing: Int32,
    rounding: (Float) -> Float = BrainOracle.rounded, secondFirst: Bool = true, padding: Bool = true,
    step: (Float, Float, Float) -> Float = BrainOracle.multiplyAdd
) {
    guard let a, let b, let c else { return }
    for i in 0..<m {
        for j in 0..<n {
            var acc = continuing != 0 ? c[i * ldc + j] : 0
            for x in stride(from: 0, to: k, by: 2) {
                for y in secondFirst ? [x + 1, x] : [x, x + 1] {
                    if y < k {
                        let left = rounding(ta != 0 ? a[y * lda + i] : a[i * lda + y])
                        acc = step(left, rounding(tb != 0 ? b[j * ldb + y] : b[y * ldb + j]), acc)
                    } else if padding {
                        acc = step(0, 0, acc)
                    }
                }
            }
            c[i * ldc + j] = acc
        }
    }
}

@Suite("The processor's own bf16 products")
struct NativeBrainFloatTests {
    @Test func `probes accept the definition`() {
        let definition: NativeBrainFloat.Product = { loop($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) }
        #expect(NativeBrainFloat.probesAccept(definition, flushing: false))
    }

    @Test func `probes refuse every other rule`() {
        let others: [(String, NativeBrainFloat.Product)] = [
            (
                "flushing what is subnormal after rounding to the bounded exponent",
                {
                    loop(
                        $0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,
                        step: {
                            BrainOracle.flushed(BrainOracle.flushed($2).addingProduct($0, $1))
                        })
                }
            ),
            (
                "flushing before rounding",
                {
                    loop(
                        $0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,
                        step: {
                            let result = BrainOracle.flushed($2).addingProduct($0, $1)
                            let sum = Double($0) * Double($1) + Double(BrainOracle.flushed($2))
                            return sum.magnitude < 0x1p-126
                                ? Float(sign: result.sign, exponent: 0, significand: 0) : result
                        })
                }
            ),
            (
                "subnormal results",
                {
                    loop(
                        $0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,
                        step: {
                            BrainOracle.flushed($2).addingProduct($0, $1)
                        })
                }
            ),
            (
                "subnormal sums as they are",
                {
                    loop(
                        $0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,
                        step: {
                            BrainOracle.flushed($2.addingProduct($0, $1))
                        })
                }
            ),
            (
                "the first of a pair first",
                { loop($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, secondFirst: false) }
            ),
            ("no padding", { loop($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, padding: false) }),
            (
                "operands cut off",
                {
                    loop(
                        $0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,
                        rounding: { Float(bitPattern: $0.isSubnormal ? 0 : $0.bitPattern & 0xffff_0000) })
                }
            ),
            (
                "halves rounded away from zero",
                {
                    loop(
                        $0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,
                        rounding: {
                            $0.isNaN || $0.isSubnormal || $0.isInfinite
                                ? BrainOracle.rounded($0) : Float(bitPattern: ($0.bitPattern + 0x8000) & 0xffff_0000)
                        })
                }
            ),
        ]
        for (rule, product) in others {
            #expect(!NativeBrainFloat.probesAccept(product, flushing: false), "\(rule)")
        }
    }

    @Test func `packing and tiles of the native set are right where its instruction is spelled out`() throws {
        guard let product = NativeBrainFloat.spelledOut else {
            return print("not tried: the native set's tiles need AVX-512")
        }
        #expect(NativeBrainFloat.probesAccept(product, flushing: true))
        // Far from flushing the mode does not matter, and the product can be called as it is.
        for (seed, (m, n, k)) in (BrainFloatTests.shapes + [(29, 70, 1290)]).enumerated() {
            var values = Values(UInt64(seed))
            let (a, b, c) = (values.uniform(m * k), values.uniform(k * n), values.uniform(m * n))
            for (ta, tb) in [(false, false), (false, true), (true, false), (true, true)] {
                for continuing in [false, true] {
                    var result = c
                    product(
                        ta ? 1 : 0, tb ? 1 : 0, m, n, k, a, ta ? m : k, b, tb ? k : n, &result, n, continuing ? 1 : 0)
                    let expected = BrainOracle.matmul(
                        a, transposed: ta, b, transposed: tb, rows: m, columns: n, inner: k,
                        continuing: continuing ? c : nil)
                    #expect(result.bits == expected.bits, "\(m)x\(n)x\(k) \(ta) \(tb) continuing \(continuing)")
                }
            }
        }
    }

    @Test func `the native set is offered exactly where its instruction agrees`() {
        #expect(KernelSet.available.contains(.avx512bf16) == (NativeBrainFloat.here == .agrees))
    }
}
