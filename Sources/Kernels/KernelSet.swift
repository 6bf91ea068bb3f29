import CKernels

/// An instruction set that the kernels are compiled for; all give the same bits.
public enum KernelSet: String, CaseIterable, Sendable, Codable {
    case scalar, avx2, avx512, neon
    /// AVX-512 with the processor's own bf16 products.
    case avx512bf16

    var index: Int32 {
        switch self {
        case .scalar: Int32(orc_set_scalar)
        case .avx2: Int32(orc_set_avx2)
        case .avx512: Int32(orc_set_avx512)
        case .neon: Int32(orc_set_neon)
        case .avx512bf16: Int32(orc_set_avx512bf16)
        }
    }

    /// The sets that this processor runs, slowest first.
    public static var available: [KernelSet] {
        let order: [KernelSet] = [.scalar, .neon, .avx2, .avx512, .avx512bf16]
        return order.filter { unsafe orc_kernels_of($0.index) != nil }
    }
}
