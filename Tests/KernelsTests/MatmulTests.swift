import Kernels
import Testing

@Suite("Matrix products")
struct MatmulTests {
    static let shapes: [(Int, Int, Int)] = [
        (1, 1, 1), (1, 1, 0), (3, 2, 0), (5, 7, 1), (2, 3, 5), (12, 32, 16), (13, 33, 17), (1, 97, 31), (97, 1, 31),
        (24, 64, 257), (31, 37, 41), (48, 300, 19), (29, 530, 300), (203, 33, 515), (25, 31, 512), (64, 259, 1024),
        (14, 32, 344), (15, 48, 345), (113, 513, 343), (224, 47, 689), (225, 16, 90), (41, 1030, 2),
    ]

    @Test("every transposition is one chain per element, bit for bit", arguments: sets)
    func chain(set: KernelSet) throws {
        let kernels = try Kernels(set)
        for (seed, (m, n, k)) in Self.shapes.enumerated() {
            var values = Values(UInt64(seed))
            let (a, b, c) = (values.uniform(m * k), values.uniform(k * n), values.uniform(m * n))
            for (ta, tb) in [(false, false), (false, true), (true, false), (true, true)] {
                for continuing in [false, true] {
                    let result = c.buffer
                    kernels.matmul(
                        ta ? .transposed(a.buffer) : .plain(a.buffer), tb ? .transposed(b.buffer) : .plain(b.buffer),
                        into: result, rows: m, columns: n, inner: k, accumulating: continuing)
                    let expected = Oracle.matmul(
                        a, transposed: ta, b, transposed: tb, rows: m, columns: n, inner: k,
                        continuing: continuing ? c : nil)
                    #expect(
                        result.array.bits == expected.bits, "\(m)x\(n)x\(k) \(ta) \(tb) continuing \(continuing)")
                }
            }
        }
    }

    @Test("negative zeros, subnormals and infinities go through the chain untouched", arguments: sets)
    func specialValues(set: KernelSet) throws {
        let kernels = try Kernels(set)
        let pool: [Float] = [
            -0.0, 0, 0x1p-133, -0x1p-133, 1e-30, -1e-30, 1, -1, 3e38, .leastNonzeroMagnitude,
        ]
        var values = Values(5)
        let (m, n, k) = (17, 35, 23)
        func draw(_ count: Int) -> [Float] { (0..<count).map { _ in pool[values.index(below: pool.count)] } }
        let (a, b, c) = (draw(m * k), draw(k * n), draw(m * n))
        let result = c.buffer
        kernels.matmul(
            .plain(a.buffer), .plain(b.buffer), into: result, rows: m, columns: n, inner: k, accumulating: true)
        let expected = Oracle.matmul(
            a, transposed: false, b, transposed: false, rows: m, columns: n, inner: k, continuing: c)
        // The sign and payload of a NaN are the processor's affair; training stops at any NaN.
        #expect(
            result.array.map { $0.isNaN ? 0x7fc0_0000 : $0.bitPattern }
                == expected.map { $0.isNaN ? 0x7fc0_0000 : $0.bitPattern })
    }

    @Test func `splitting k into calls gives the bits of one call`() throws {
        let kernels = try Kernels.current()
        var values = Values(9)
        let (m, n, k) = (37, 45, 700)
        let a = values.uniform(k * m).buffer
        let b = values.uniform(k * n).buffer
        let whole = FloatBuffer(count: m * n).all
        let parts = FloatBuffer(count: m * n).all
        kernels.matmul(.transposed(a), .plain(b), into: whole, rows: m, columns: n, inner: k)
        var start = 0
        for length in [1, 2, 97, 300, 300] {
            kernels.matmul(
                .transposed(a[start * m..<(start + length) * m]), .plain(b[start * n..<(start + length) * n]),
                into: parts,
                rows: m, columns: n, inner: length, accumulating: start > 0)
            start += length
        }
        #expect(start == k)
        #expect(whole.array.bits == parts.array.bits)
    }

    @Test func `a set that the processor lacks is refused with those it has`() {
        for set in KernelSet.allCases where !KernelSet.available.contains(set) {
            #expect {
                try Kernels(set)
            } throws: { error in
                guard let error = error as? KernelError else { return false }
                return error.code == .unavailableSet
                    && KernelSet.available.allSatisfy { error.description.contains($0.rawValue) }
            }
        }
    }
}
