// What every set uses and no instruction set changes.
#pragma once
#include "../include/CKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/// At least `floats` floats, 64-byte aligned, owned by the calling thread and reused by its next call.
float *orc_packing_buffer(size_t floats);
/// Distance of rows of scores for t keys: an odd number of cache lines, as a power of two would map them to one cache set.
static inline size_t orc_score_stride(size_t t) { return orc_padded(t) + 16; }
/// Natural logarithm in fp64, the same operations as ExactMath.log.
double orc_log64(double x);

static inline __attribute__((always_inline)) uint32_t orc_bits(float x) {
    uint32_t r;
    __builtin_memcpy(&r, &x, 4);
    return r;
}

/// 64 well mixed bits of an element's index and the bits of its weight and moments.
static inline __attribute__((always_inline)) uint64_t orc_mix_inline(uint64_t index, uint32_t w, uint32_t m, uint32_t v) {
    uint64_t h = ((uint64_t)w | (uint64_t)m << 32) + index * 0x9E3779B97F4A7C15u;
    h = (h ^ (h >> 32)) * 0xD6E8FEB86659FD93u;
    h += (uint64_t)v * 0xA0761D6478BD642Fu;
    h = (h ^ (h >> 29)) * 0xE7037ED1A0B428DBu;
    return h ^ (h >> 32);
}
