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
    /// C = A · B, or C += A · B when `accumulating`, every element one chain `acc = fma(a, b, acc)` with k ascending.
    ///
    /// - Shapes: A `[M, K]` (stored `[K, M]` when transposed), B `[K, N]` (stored `[N, K]`), C `[M, N]`.
    /// - Invariant: `accumulating` continues the chain from C, so that blocks of k one after another give the bits of one product.
    public func matmul(
        _ a: MatrixOperand, _ b: MatrixOperand, into c: FloatView, rows m: Int, columns n: Int, inner k: Int,
        accumulating: Bool = false
    ) {
        precondition(m >= 0 && n >= 0 && k >= 0, "a product of \(m)x\(k) by \(k)x\(n)")
        precondition(
            a.view.count == m * k && b.view.count == k * n && c.count == m * n,
            "product \(m)x\(k) by \(k)x\(n) of \(a.view.count), \(b.view.count) into \(c.count) floats")
        // The longer side is divided: the other operand is then packed by every thread, but it is the smaller one.
        let byRows = m > n
        let least = max(1, (1 << 18) / max(1, k * min(m, n)))
        split(byRows ? m : n, grain: byRows ? 28 : 32, least: least) { part in
            let (row, column) = byRows ? (part.lowerBound, 0) : (0, part.lowerBound)
            unsafe table.pointee.matmul(
                a.transposed ? 1 : 0, b.transposed ? 1 : 0, byRows ? part.count : m, byRows ? n : part.count, k,
                a.view.base + (a.transposed ? row : row * k), a.transposed ? m : k,
                b.view.base + (b.transposed ? column * k : column), b.transposed ? k : n, c.base + row * n + column, n,
                accumulating ? 1 : 0)
        }
    }
}
