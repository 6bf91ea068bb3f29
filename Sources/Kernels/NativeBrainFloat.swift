import CKernels

/// What is known of the processor's own bf16 product, VDPBF16PS.
///
/// No processor is taken at its word: before its instruction is used, probes compare it with the scalar definition.
public enum NativeBrainFloat: Sendable {
    /// The processor has none.
    case absent
    /// It gives the definition's bits and is used.
    case agrees
    /// It gives other bits and is not used.
    case differs

    /// What holds for this processor; examined once.
    public static var here: NativeBrainFloat {
        switch orc_native_bf16() {
        case 0: .absent
        case 1: .agrees
        default: .differs
        }
    }

    /// A product of row-major matrices: (transposed a, transposed b, m, n, k, a, its row length, b, its, c, its, continue from c).
    package typealias Product =
        @convention(c) (
            Int32, Int32, Int, Int, Int, UnsafePointer<Float>?, Int, UnsafePointer<Float>?, Int,
            UnsafeMutablePointer<Float>?, Int, Int32
        ) -> Void

    /// Whether `product` gives the definition's bits on the probes, run in a float mode that flushes or not.
    package static func probesAccept(_ product: Product, flushing: Bool) -> Bool {
        unsafe orc_bf16_product_agrees(product, flushing ? 1 : 0) != 0
    }

    /// Packing and tiles of the native set with its instruction spelled out; `nil` where even that does not run.
    package static var spelledOut: Product? { unsafe orc_matmul_bf16_spelled_out() }
}
