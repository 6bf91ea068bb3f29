import Determinism
import Foundation
import Testing

@Suite("Exact functions")
struct ExactMathTests {
    /// Distance in units of the last place of the larger value.
    func ulps(_ a: Double, _ b: Double) -> Double { a == b ? 0 : abs(a - b) / max(a.ulp, b.ulp) }

    @Test("exp and log stay within 2 ulp of the C library", arguments: UInt32(0)..<8)
    func expAndLog(seed: UInt32) {
        var random = RandomField(seed: 1, purpose: RandomPurpose("test")).stream(seed)
        for _ in 0..<20_000 {
            let x = (random.unit() - 0.5) * 1400
            #expect(ulps(ExactMath.exp(x), Foundation.exp(x)) <= 2 || Foundation.exp(x) < 1e-300)
            let y = Foundation.exp((random.unit() - 0.5) * 1300)
            #expect(ulps(ExactMath.log(y), Foundation.log(y)) <= 2)
        }
    }

    @Test("sin and cos stay within 1e-15, atan2 within 2e-15 of the C library", arguments: UInt32(0)..<8)
    func angles(seed: UInt32) {
        var random = RandomField(seed: 2, purpose: RandomPurpose("test")).stream(seed)
        for _ in 0..<20_000 {
            let x = (random.unit() - 0.5) * 2e5
            #expect(abs(ExactMath.sin(x) - Foundation.sin(x)) <= 1e-15)
            #expect(abs(ExactMath.cos(x) - Foundation.cos(x)) <= 1e-15)
            let (a, b) = (random.unit() - 0.5, random.unit() - 0.5)
            #expect(abs(ExactMath.atan2(a, b) - Foundation.atan2(a, b)) <= 2e-15)
        }
    }

    @Test("the ends of the range behave")
    func ends() {
        #expect(ExactMath.exp(0) == 1)
        #expect(ExactMath.exp(-1000) == 0)
        #expect(ExactMath.exp(1000) == .infinity)
        #expect(ExactMath.log(1) == 0)
        #expect(ExactMath.log(0) == -.infinity)
        #expect(ExactMath.log(-1).isNaN)
        #expect(ExactMath.sin(.infinity).isNaN)
    }
}
