import Foundation
import Kernels
import Testing

@Suite("Norms, gates, rotations, losses")
struct LayerKernelTests {
    static let widths = [1, 2, 7, 15, 16, 17, 31, 32, 33, 48, 61, 128, 130]

    @Test("RMSNorm forward and backward follow the oracle", arguments: sets)
    func rmsNorm(set: KernelSet) throws {
        let kernels = try Kernels(set)
        for n in Self.widths {
            var values = Values(UInt64(n))
            let rows = 5
            let (x, gain, dy) = (values.uniform(rows * n), values.uniform(n), values.uniform(rows * n))
            let (y, inverse) = (FloatBuffer(count: rows * n).all, FloatBuffer(count: rows).all)
            kernels.rmsNorm(x.buffer, gain: gain.buffer, epsilon: 1e-5, into: y, inverse: inverse)
            let expected = Oracle.rmsNorm(x, gain, epsilon: 1e-5)
            #expect(y.array.bits == expected.y.bits && inverse.array.bits == expected.inverse.bits, "width \(n)")
            let (dx, dgain) = (FloatBuffer(count: rows * n).all, FloatBuffer(count: n).all)
            kernels.rmsNormBackward(
                dy.buffer, x: x.buffer, gain: gain.buffer, inverse: inverse, into: dx, gain: dgain, accumulating: false)
            let gradients = Oracle.rmsNormBackward(dy, x, gain, expected.inverse)
            #expect(dx.array.bits == gradients.dx.bits && dgain.array.bits == gradients.dgain.bits, "width \(n)")
        }
    }

    @Test("SwiGLU forward and backward follow the oracle", arguments: sets)
    func swiglu(set: KernelSet) throws {
        let kernels = try Kernels(set)
        for n in Self.widths {
            var values = Values(UInt64(n))
            let (gate, up, dy) = (values.uniform(n, -30...30), values.uniform(n), values.uniform(n))
            let y = FloatBuffer(count: n).all
            kernels.swiglu(gate: gate.buffer, up: up.buffer, into: y)
            #expect(y.array.bits == Oracle.swiglu(gate, up).bits, "\(n)")
            let (dgate, dup) = (FloatBuffer(count: n).all, FloatBuffer(count: n).all)
            kernels.swigluBackward(dy.buffer, gate: gate.buffer, up: up.buffer, intoGate: dgate, intoUp: dup)
            let expected = Oracle.swigluBackward(dy, gate, up)
            #expect(dgate.array.bits == expected.gate.bits && dup.array.bits == expected.up.bits, "\(n)")
        }
    }

    @Test("turning forth and back is the identity up to rounding, and position 0 does nothing", arguments: sets)
    func rotation(set: KernelSet) throws {
        let kernels = try Kernels(set)
        var values = Values(3)
        let (rows, heads, d) = (6, 3, 10)
        let x = values.uniform(rows * heads * d)
        let angles = values.uniform(rows / 2 * d / 2, 0...6)
        let cosines = angles.map { Float(Foundation.cos(Double($0))) }
        let sines = angles.map { Float(Foundation.sin(Double($0))) }
        let positions: [UInt32] = [0, 1, 2, 0, 0, 1]
        let turned = x.buffer
        kernels.rotate(
            turned, heads: heads, headDimension: d, cosines: cosines.buffer, sines: sines.buffer, positions: positions)
        for row in 0..<rows {
            for h in 0..<heads {
                for i in 0..<d / 2 {
                    let at = (row * heads + h) * d + i
                    let (c, s) = (cosines[Int(positions[row]) * (d / 2) + i], sines[Int(positions[row]) * (d / 2) + i])
                    let expected = (-(x[at + d / 2] * s)).addingProduct(x[at], c)
                    #expect(turned[at].bitPattern == expected.bitPattern)
                    #expect(turned[at + d / 2].bitPattern == (x[at] * s).addingProduct(x[at + d / 2], c).bitPattern)
                }
            }
        }
        kernels.rotate(
            turned, heads: heads, headDimension: d, cosines: cosines.buffer, sines: sines.buffer, positions: positions,
            inverse: true)
        for i in x.indices { #expect(abs(turned[i] - x[i]) < 1e-6) }
    }

    @Test("cross-entropy agrees with fp64, and its gradient sums to zero", arguments: sets)
    func crossEntropy(set: KernelSet) throws {
        let kernels = try Kernels(set)
        let scalar = try Kernels(.scalar)
        for n in [2, 3, 16, 17, 33, 257, 1000] {
            var values = Values(UInt64(n))
            let logits = values.uniform(n, -8...8)
            let target = values.index(below: n)
            let view = logits.buffer
            let result = kernels.crossEntropy(view, target: target, weight: 256, gradient: true)
            let exact = logits.map { Foundation.exp(Double($0)) }
            let sum = exact.reduce(0, +)
            #expect(abs(result.nats - (Foundation.log(sum) - Double(logits[target]))) < 1e-5)
            #expect(result.correct == (logits.firstIndex(of: logits.max() ?? 0) == target))
            for j in 0..<n {
                let expected = (exact[j] / sum - (j == target ? 1 : 0)) * 256
                #expect(abs(Double(view[j]) - expected) < 1e-4 * 256, "logit \(j) of \(n)")
            }
            let other = logits.buffer
            #expect(scalar.crossEntropy(other, target: target, weight: 256, gradient: true) == result)
            #expect(other.array.bits == view.array.bits)
            let untouchedNats = kernels.crossEntropy(logits.buffer, target: target, weight: 0, gradient: false).nats
            #expect(untouchedNats == result.nats)
        }
    }

    @Test func `of equal largest logits only the first counts as right`() throws {
        let kernels = try Kernels.current()
        let logits: [Float] = [1, 3, 0, 3, 2]
        #expect(kernels.crossEntropy(logits.buffer, target: 1, weight: 1, gradient: false).correct)
        #expect(!kernels.crossEntropy(logits.buffer, target: 3, weight: 1, gradient: false).correct)
    }
}
