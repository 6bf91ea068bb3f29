// The packing and tiles of avx512bf16.c with its instruction spelled out: what shows on any AVX-512 processor that they are right.
#include "sets/shared.h"

#if defined(__x86_64__)
#pragma clang fp contract(off)
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma"))), apply_to = function)

#define ORC_W 16
#define ORC_MODE_FLUSHES 1
#define ORC_PAIRS orc_matmul_bf16_pairs
#define ORC_DOT(acc, a, b) spelled_out(acc, a, b)
#include "sets/lanes.h"
#include "sets/brain.h"

/// Upper halves first, then lower ones; right only in a float mode that flushes.
ORC vf spelled_out(vf acc, vi a, vi b) {
    const vi upper = visplat((int32_t)0xffff0000u);
    acc = vfma(as_f(a & upper), as_f(b & upper), acc);
    return vfma(as_f(a << 16), as_f(b << 16), acc);
}
#include "sets/matmul_pairs.h"

#pragma clang attribute pop
#endif
