import CKernels

/// One operand of a matrix product: elements and whether they are stored transposed.
public struct MatrixOperand {
    let view: FloatView
    let transposed: Bool

    /// The matrix as it is stored.
    public static func plain(_ view: FloatView) -> Self { Self(view: view, transposed: false) }

    /// The transpose of the stored matrix.
    public static func transposed(_ view: FloatView) -> Self { Self(view: view, transposed: true) }
}

extension Kernels {
    /// C = A · B, or C += A · B when `accumulating`, every element one chain `acc = fma(a, b, acc)`, k ascending; in bf16 over pairs of
    /// rounded operands, the second of a pair first.
    ///
    /// - Shapes: A `[M, K]` (stored `[K, M]` when transposed), B `[K, N]` (stored `[N, K]`), C `[M, N]`.
    /// - Invariant: `accumulating` continues the chain from C, so that blocks of k one after another (in bf16 of even length) give the
    ///   bits of one product.
    public func matmul(
        _ a: MatrixOperand, _ b: MatrixOperand, into c: FloatView, rows m: Int, columns n: Int, inner k: Int,
        accumulating: Bool = false, precision: Precision = .fp32
    ) {
        let booking = beginBooking(.matmul)
        defer { endBooking(booking) }
        precondition(m >= 0 && n >= 0 && k >= 0, "a product of \(m)x\(k) by \(k)x\(n)")
        precondition(
            a.view.count == m * k && b.view.count == k * n && c.count == m * n,
            "product \(m)x\(k) by \(k)x\(n) of \(a.view.count), \(b.view.count) into \(c.count) floats")
        // The longer side is divided: the other operand is then packed by every thread, but it is the smaller one.
        let byRows = m > n
        let least = max(1, (1 << 18) / max(1, k * min(m, n)))
        split(byRows ? m : n, grain: byRows ? 28 : 32, least: least) { part in
            let (row, column) = byRows ? (part.lowerBound, 0) : (0, part.lowerBound)
            let (partRows, partColumns) = byRows ? (part.count, n) : (m, part.count)
            let from = unsafe a.view.base + (a.transposed ? row : row * k)
            let other = unsafe b.view.base + (b.transposed ? column * k : column)
            let to = unsafe c.base + row * n + column
            switch precision {
            case .fp32:
                unsafe table.pointee.matmul(
                    a.transposed ? 1 : 0, b.transposed ? 1 : 0, partRows, partColumns, k, from, a.transposed ? m : k,
                    other, b.transposed ? k : n, to, n, accumulating ? 1 : 0)
            case .bf16:
                unsafe orc_matmul_bf16(
                    table, a.transposed ? 1 : 0, b.transposed ? 1 : 0, partRows, partColumns, k, from,
                    a.transposed ? m : k, other, b.transposed ? k : n, to, n, accumulating ? 1 : 0)
            }
        }
    }
}
