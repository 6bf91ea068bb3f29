#pragma once

/// Floating-point operations a second that one core does in fused multiply-adds on registers alone, with the widest vectors it has;
/// the best of some runs in processor time of this thread. 0 where this program does not know the processor.
double bench_fma_peak(void);
