import Foundation
import Kernels
import Testing

@Suite("Elementary functions")
struct ElementaryTests {
    /// Every 1009th float of all 2^32, and the edges.
    static let sample: [Float] =
        stride(from: UInt32(0), to: .max - 2048, by: 1009).map { Float(bitPattern: $0) }
        + [0, -0.0, .infinity, -.infinity, 88.72283, 88.72284, -87.33655, -103.97207, -103.97208, -104, 1, -1, 0.625]

    private func worst(_ got: [Float], _ exact: (Double) -> Double) -> Double {
        var worst = 0.0
        for (x, y) in zip(Self.sample, got) {
            let truth = exact(Double(x))
            if x.isNaN || truth.isNaN {
                if !y.isNaN { return .infinity }
                continue
            }
            let rounded = Float(truth)
            if rounded.isInfinite || y.isInfinite {
                if rounded != y && Swift.abs(truth) < 3.4028236e38 || rounded.isInfinite && !y.isInfinite {
                    return .infinity
                }
                continue
            }
            worst = max(worst, Swift.abs(Double(y) - truth) / Double(rounded.ulp))
        }
        return worst
    }

    @Test("exp is within 1.02 ulp", arguments: sets)
    func exponential(set: KernelSet) throws {
        let y = FloatBuffer(count: Self.sample.count).all
        try Kernels(set).exp(Self.sample.buffer, into: y)
        let result = y.array
        #expect(worst(result, { Foundation.exp($0) }) <= 1.02)
        #expect(
            result.indices.allSatisfy {
                Self.sample[$0].isNaN || result[$0].bitPattern == Oracle.exp(Self.sample[$0]).bitPattern
            })
    }

    @Test("log is within 0.83 ulp", arguments: sets)
    func logarithm(set: KernelSet) throws {
        let y = FloatBuffer(count: Self.sample.count).all
        try Kernels(set).log(Self.sample.buffer, into: y)
        #expect(worst(y.array, { $0 < 0 ? .nan : Foundation.log($0) }) <= 0.83)
    }

    @Test("tanh is within 1.34 ulp", arguments: sets)
    func hyperbolicTangent(set: KernelSet) throws {
        let y = FloatBuffer(count: Self.sample.count).all
        try Kernels(set).tanh(Self.sample.buffer, into: y)
        #expect(worst(y.array, { Foundation.tanh($0) }) <= 1.34)
    }

    @Test func `all sets give the same bits for exp, log and tanh`() throws {
        let first = try Kernels(.scalar)
        for set in sets {
            let other = try Kernels(set)
            for function in [Kernels.exp, Kernels.log, Kernels.tanh] {
                let (a, b) = (FloatBuffer(count: Self.sample.count).all, FloatBuffer(count: Self.sample.count).all)
                function(first)(Self.sample.buffer, a)
                function(other)(Self.sample.buffer, b)
                // Which NaN comes out is left open.
                #expect(
                    a.array.map { $0.isNaN ? 1 : $0.bitPattern } == b.array.map { $0.isNaN ? 1 : $0.bitPattern },
                    "\(set)")
            }
        }
    }

    /// Values of 2^20 inputs; `scripts/prove-elementary` computes all 2^32.
    static let golden: [ElementaryFunction: UInt64] = [
        .exp: 0x1497_cc38_d1b4_5652, .log: 0x8694_c2be_faa7_b6ba, .tanh: 0xab38_97b3_f676_3f13,
        .silu: 0x8174_ad7f_f984_8e1e, .bf16: 0x2f56_1054_3e29_176e,
    ]

    @Test("a sample of every binade has the recorded values", arguments: sets, ElementaryFunction.allCases)
    func recorded(set: KernelSet, function: ElementaryFunction) throws {
        let kernels = try Kernels(set)
        let (x, y) = (FloatBuffer(count: 4096), FloatBuffer(count: 4096))
        var hash: UInt64 = 0
        for block in 0..<UInt64(256) {
            let first = block << 24 + 0x7000 * (block % 16)
            hash &+= function.hash(first..<first + 4096, x, y, kernels)
        }
        #expect(hash == Self.golden[function], "\(String(hash, radix: 16))")
    }
}
