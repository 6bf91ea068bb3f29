// Sixteen floats a register: AVX-512 F, DQ, BW, VL.
#include "sets/shared.h"

#if defined(__x86_64__)
#pragma clang fp contract(off)
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma"))), apply_to = function)

#define ORC_W 16
#define ORC_MR 14
#define ORC_NV 2
#define ORC_KC 384
#define ORC_MODE_FLUSHES 1
#define ORC_SET orc_avx512_kernels
#define ORC_NAME "avx512"
#include "sets/set.h"

#pragma clang attribute pop
#endif
