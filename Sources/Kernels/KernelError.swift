/// Why float kernels cannot be used here.
public struct KernelError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public enum Code: Hashable, Sendable {
        /// `ORCHESTRATE_KERNELS` names no set.
        case unknownSet
        /// The processor or the build lacks the set.
        case unavailableSet
        /// The thread flushes subnormals or rounds otherwise than to nearest.
        case floatEnvironment
        /// The system gives no more threads.
        case noThreads
    }

    /// What is wrong.
    public let code: Code
    /// What failed, with which value, and what to do.
    public let description: String

    static func unknownSet(_ name: String) -> Self {
        let known = KernelSet.allCases.map(\.rawValue).joined(separator: ", ")
        return Self(
            code: .unknownSet,
            description: "ORCHESTRATE_KERNELS is '\(name)', which is no kernel set; use one of \(known), or unset it")
    }

    static func unavailableSet(_ set: KernelSet, available: [KernelSet]) -> Self {
        let names = available.map(\.rawValue).joined(separator: ", ")
        if set == .avx512bf16, NativeBrainFloat.here == .differs {
            return Self(
                code: .unavailableSet,
                description:
                    "kernel set 'avx512bf16' is not used: this processor's bf16 instruction gives other bits than its definition; "
                    + "use one of \(names), with equal bits, or unset ORCHESTRATE_KERNELS")
        }
        let remedy =
            available.isEmpty
            ? "this processor has no fused multiply-add, which the numerics contract needs"
            : "it has \(names); choose one of them or unset ORCHESTRATE_KERNELS"
        return Self(
            code: .unavailableSet, description: "kernel set '\(set.rawValue)' does not run on this processor: \(remedy)"
        )
    }

    static func noThreads(_ count: Int) -> Self {
        Self(
            code: .noThreads,
            description: "the system does not give \(count) threads; ask for fewer, or raise the limit (ulimit -u)")
    }

    static let floatEnvironment = Self(
        code: .floatEnvironment,
        description: """
            this thread flushes subnormal floats to zero or does not round to nearest, so results would differ in bits; \
            a library loaded into the process changed it (look for -ffast-math)
            """)
}
