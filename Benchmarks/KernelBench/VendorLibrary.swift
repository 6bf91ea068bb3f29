import Foundation

/// A matrix product of a vendor's library, loaded at run time: the peer of `kernel-bench --products`.
struct VendorLibrary {
    let name: String
    private let multiply:
        (ProductShape, UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Void

    private typealias CBLAS =
        @convention(c) (
            CInt, CInt, CInt, CInt, CInt, CInt, Float, UnsafePointer<Float>, CInt, UnsafePointer<Float>, CInt, Float,
            UnsafeMutablePointer<Float>, CInt
        ) -> Void
    private typealias OneDNN =
        @convention(c) (
            CChar, CChar, Int64, Int64, Int64, Float, UnsafePointer<Float>, Int64, UnsafePointer<Float>, Int64, Float,
            UnsafeMutablePointer<Float>, Int64
        ) -> CInt

    /// Loads OpenBLAS or oneDNN from `path`; `nil` when it is neither.
    ///
    /// Both obey OMP_NUM_THREADS, which the script sets to 1.
    init?(_ path: String) {
        guard let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL) else { return nil }
        if let symbol = dlsym(handle, "cblas_sgemm") {
            name = "OpenBLAS"
            let gemm = unsafeBitCast(symbol, to: CBLAS.self)
            multiply = { s, a, b, c in
                gemm(
                    101, s.transposedA ? 112 : 111, s.transposedB ? 112 : 111, CInt(s.m), CInt(s.n), CInt(s.k), 1, a,
                    CInt(s.transposedA ? s.m : s.k), b, CInt(s.transposedB ? s.k : s.n), 0, c, CInt(s.n))
            }
        } else if let symbol = dlsym(handle, "dnnl_sgemm") {
            name = "oneDNN"
            let gemm = unsafeBitCast(symbol, to: OneDNN.self)
            multiply = { s, a, b, c in
                _ = gemm(
                    s.transposedA ? 84 : 78, s.transposedB ? 84 : 78, Int64(s.m), Int64(s.n), Int64(s.k), 1, a,
                    Int64(s.transposedA ? s.m : s.k), b, Int64(s.transposedB ? s.k : s.n), 0, c, Int64(s.n))
            }
        } else {
            return nil
        }
    }

    /// C = op(A) op(B), overwriting C.
    func product(
        _ shape: ProductShape, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>
    ) { multiply(shape, a, b, c) }
}
