// Eight floats a register: AVX2 with FMA.
#include "sets/shared.h"

#if defined(__x86_64__)
#pragma clang fp contract(off)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#define ORC_W 8
#define ORC_MR 6
#define ORC_NV 2
#define ORC_KC 320
#define ORC_MODE_FLUSHES 1
#define ORC_SET orc_avx2_kernels
#define ORC_NAME "avx2"
#include "sets/set.h"

#pragma clang attribute pop
#endif
