import CKernels

/// What this machine can do at most, measured once in a process.
public enum MachinePeak {
    /// Floating-point operations a second that one core does in fused multiply-adds on registers alone.
    ///
    /// With the widest vectors it has, in fp32; 0 where this program does not know the processor. The first call takes about 40 ms of
    /// processor time.
    public static let operationsPerSecond: Double = orc_fma_peak()

    /// The same in products of bf16 pairs with sums in fp32; 0 on a processor without the instruction for them.
    public static let brainFloatOperationsPerSecond: Double = orc_bf16_peak()
}
