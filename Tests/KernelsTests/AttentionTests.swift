import Kernels
import Testing

@Suite("Attention")
struct AttentionTests {
    static let shapes = [
        AttentionShape(sequences: 1, length: 1, heads: 1, keyValueHeads: 1, headDimension: 2),
        AttentionShape(sequences: 2, length: 5, heads: 2, keyValueHeads: 1, headDimension: 4),
        AttentionShape(sequences: 1, length: 48, heads: 2, keyValueHeads: 2, headDimension: 32),
        AttentionShape(sequences: 1, length: 49, heads: 3, keyValueHeads: 1, headDimension: 6),
        AttentionShape(sequences: 1, length: 56, heads: 2, keyValueHeads: 2, headDimension: 32),
        AttentionShape(sequences: 1, length: 57, heads: 3, keyValueHeads: 1, headDimension: 6),
        AttentionShape(sequences: 2, length: 131, heads: 4, keyValueHeads: 2, headDimension: 34),
        AttentionShape(sequences: 1, length: 100, heads: 1, keyValueHeads: 1, headDimension: 64),
    ]

    @Test("outputs and gradients follow the oracle bit for bit", arguments: sets)
    func oracle(set: KernelSet) throws {
        let kernels = try Kernels(set)
        for (seed, s) in Self.shapes.enumerated() {
            var values = Values(UInt64(seed))
            let queries = s.sequences * s.length * s.heads * s.headDimension
            let keys = s.sequences * s.length * s.keyValueHeads * s.headDimension
            let (q, k, v) = (values.uniform(queries, -3...3), values.uniform(keys, -3...3), values.uniform(keys))
            let dout = values.uniform(queries)
            let expected = Oracle.Attention(s, q: q, k: k, v: v, dout: dout)
            let out = FloatBuffer(count: queries).all
            let statistics = FloatBuffer(count: s.statistics).all
            let scratch = FloatBuffer(count: s.scratch).all
            scratch.fill(.nan)
            kernels.attention(
                s, q: q.buffer, k: k.buffer, v: v.buffer, into: out, statistics: statistics, scratch: scratch)
            #expect(out.array.bits == expected.out.bits, "forward \(s)")
            let (dq, dk, dv) = (
                FloatBuffer(count: queries).all, FloatBuffer(count: keys).all, FloatBuffer(count: keys).all
            )
            scratch.fill(.nan)
            kernels.attentionBackward(
                s, q: q.buffer, k: k.buffer, v: v.buffer, out: out, dout: dout.buffer, statistics: statistics, dq: dq,
                dk: dk, dv: dv, scratch: scratch)
            #expect(dq.array.bits == expected.dq.bits, "dQ \(s)")
            #expect(dk.array.bits == expected.dk.bits, "dK \(s)")
            #expect(dv.array.bits == expected.dv.bits, "dV \(s)")
        }
    }

    @Test("a document among others has the bits that it has alone, forward and back", arguments: sets, [1, 3])
    func documents(set: KernelSet, threads: Int) throws {
        let kernels = try Kernels(set, threads: threads)
        let lengths = [1, 57, 3, 131, 56, 2, 6]
        let (heads, groups, d) = (4, 2, 18)
        let rows = lengths.reduce(0, +)
        var values = Values(23)
        let (qn, kn) = (heads * d, groups * d)
        let (q, k, v) = (
            values.uniform(rows * qn, -3...3).buffer, values.uniform(rows * kn, -3...3).buffer,
            values.uniform(rows * kn).buffer
        )
        let dout = values.uniform(rows * qn).buffer
        func floats(_ count: Int) -> FloatView { FloatBuffer(count: count).all }
        func run(_ s: AttentionShape, _ documents: DocumentRows?, _ rows: Range<Int>) -> [[UInt32]] {
            let (qr, kr) = (rows.lowerBound * qn..<rows.upperBound * qn, rows.lowerBound * kn..<rows.upperBound * kn)
            let (out, dq, dk, dv) = (floats(qr.count), floats(qr.count), floats(kr.count), floats(kr.count))
            let statistics = floats(s.statistics)
            let scratch = floats(s.scratch * threads)
            scratch.fill(.nan)
            kernels.attention(
                s, documents: documents, q: q[qr], k: k[kr], v: v[kr], into: out, statistics: statistics,
                scratch: scratch)
            kernels.attentionBackward(
                s, documents: documents, q: q[qr], k: k[kr], v: v[kr], out: out, dout: dout[qr],
                statistics: statistics, dq: dq, dk: dk, dv: dv, scratch: scratch)
            return [out, dq, dk, dv].map(\.array.bits)
        }
        let starts = lengths.indices.map { lengths[..<$0].reduce(0, +) }
        let whole = AttentionShape(
            sequences: 1, length: rows, heads: heads, keyValueHeads: groups, headDimension: d)
        let packed = run(whole, DocumentRows(starts: starts, rows: rows), 0..<rows)
        for (start, length) in zip(starts, lengths) {
            let alone = run(
                AttentionShape(sequences: 1, length: length, heads: heads, keyValueHeads: groups, headDimension: d),
                nil, start..<start + length)
            for (index, width) in [qn, qn, kn, kn].enumerated() {
                #expect(
                    Array(packed[index][start * width..<(start + length) * width]) == alone[index],
                    "result \(index) of \(length) rows at \(start)")
            }
        }
    }

    @Test("a cache filled in any steps gives the bits of one call", arguments: sets)
    func cached(set: KernelSet) throws {
        let kernels = try Kernels(set)
        let s = AttentionShape(sequences: 1, length: 75, heads: 4, keyValueHeads: 2, headDimension: 18)
        var values = Values(11)
        let (qn, kn) = (s.heads * s.headDimension, s.keyValueHeads * s.headDimension)
        let (q, k, v) = (
            values.uniform(s.length * qn).buffer, values.uniform(s.length * kn).buffer,
            values.uniform(s.length * kn).buffer
        )
        let whole = FloatBuffer(count: s.length * qn).all
        kernels.attention(
            s, q: q, k: k, v: v, into: whole, statistics: FloatBuffer(count: s.statistics).all,
            scratch: FloatBuffer(count: s.scratch).all)
        var cache = AttentionCache(positions: s.length, heads: 4, keyValueHeads: 2, headDimension: 18)
        let stepped = FloatBuffer(count: s.length * qn).all
        let scratch = FloatBuffer(count: cache.scratch).all
        var start = 0
        for n in [1, 1, 3, 50, 1, 19] {
            cache.attend(
                q: q[start * qn..<(start + n) * qn], k: k[start * kn..<(start + n) * kn],
                v: v[start * kn..<(start + n) * kn], into: stepped[start * qn..<(start + n) * qn], scratch: scratch,
                kernels: kernels)
            start += n
        }
        #expect(start == s.length && cache.count == s.length)
        #expect(stepped.array.bits == whole.array.bits)
    }
}
