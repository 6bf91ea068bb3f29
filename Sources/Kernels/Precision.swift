/// What the operands of a model's matrix products are rounded to; sums, weights and all else are fp32 in any case.
public enum Precision: String, CaseIterable, Hashable, Sendable, Codable {
    /// Operands as they are.
    case fp32
    /// Operands rounded to bf16, summed in pairs as VDPBF16PS does.
    case bf16
}
