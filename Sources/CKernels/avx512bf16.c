// bf16 products by the processor's own instruction, VDPBF16PS. Everything else of the set is that of AVX-512.
#include "sets/shared.h"

#if defined(__x86_64__)
#include <immintrin.h>
#pragma clang fp contract(off)
#pragma clang attribute push(__attribute__((target("avx512bf16,avx512f,avx512dq,avx512bw,avx512vl,avx2,fma"))), apply_to = function)

#define ORC_W 16
#define ORC_MODE_FLUSHES 1
#define ORC_PAIRS orc_matmul_bf16_native
#define ORC_DOT(acc, a, b) ((vf)_mm512_dpbf16_ps((__m512)(acc), (__m512bh)(a), (__m512bh)(b)))
#include "sets/lanes.h"
#include "sets/brain.h"
#include "sets/matmul_pairs.h"

#pragma clang attribute pop
#endif
