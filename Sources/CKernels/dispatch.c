// Which sets this processor runs, and what no instruction set changes.
#define _DEFAULT_SOURCE
#include "sets/shared.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

#pragma clang fp contract(off)

extern const orc_kernels orc_scalar_kernels;
#if defined(__x86_64__)
#include <immintrin.h>
extern const orc_kernels orc_avx2_kernels, orc_avx512_kernels;
const orc_kernels *orc_native_bf16_kernels(void);

const orc_kernels *orc_kernels_of(int set) {
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("fma")) return NULL;
    switch (set) {
    case orc_set_scalar: return &orc_scalar_kernels;
    case orc_set_avx2: return __builtin_cpu_supports("avx2") ? &orc_avx2_kernels : NULL;
    case orc_set_avx512:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw")
                       && __builtin_cpu_supports("avx512vl")
                   ? &orc_avx512_kernels
                   : NULL;
    case orc_set_avx512bf16: return orc_native_bf16_kernels();
    default: return NULL;
    }
}
int orc_float_environment_is_exact(void) {
    // Flush to zero (bit 15), denormals are zero (bit 6), rounding (bits 13 and 14).
    return (_mm_getcsr() & 0xE040) == 0;
}
#elif defined(__aarch64__)
extern const orc_kernels orc_neon_kernels;

const orc_kernels *orc_kernels_of(int set) {
    return set == orc_set_scalar ? &orc_scalar_kernels : set == orc_set_neon ? &orc_neon_kernels : NULL;
}
int orc_float_environment_is_exact(void) {
    uint64_t fpcr;
    __asm__ volatile("mrs %0, fpcr" : "=r"(fpcr));
    return (fpcr & ((1u << 24) | (3u << 22))) == 0;
}
#else
const orc_kernels *orc_kernels_of(int set) { return set == orc_set_scalar ? &orc_scalar_kernels : NULL; }
int orc_float_environment_is_exact(void) { return 1; }
#endif

void orc_advise_huge_pages(void *memory, size_t bytes) {
#if defined(MADV_HUGEPAGE)
    madvise(memory, bytes, MADV_HUGEPAGE);  // advice: where it cannot be followed, nothing is lost but speed
#else
    (void)memory;
    (void)bytes;
#endif
}

// MARK: Packing buffers, one per thread, freed with it

static pthread_key_t packing_key;
static pthread_once_t packing_once = PTHREAD_ONCE_INIT;
static _Thread_local float *packing;
static _Thread_local size_t packing_floats;

static void make_packing_key(void) { pthread_key_create(&packing_key, free); }

float *orc_packing_buffer(size_t floats) {
    if (packing_floats >= floats) return packing;
    pthread_once(&packing_once, make_packing_key);
    free(packing);
    const size_t bytes = (floats * sizeof(float) + orc_huge_page - 1) / orc_huge_page * orc_huge_page;
    packing = aligned_alloc(orc_huge_page, bytes);
    if (!packing) abort();  // two mebibytes are gone: as Swift's own allocations, this ends the process
    orc_advise_huge_pages(packing, bytes);
    packing_floats = floats;
    pthread_setspecific(packing_key, packing);
    return packing;
}

// MARK: Scratch of attention; the layouts are in sets/attention.h

enum { query_block = 56 };

size_t orc_attention_scratch(size_t t, size_t d) {
    const size_t tp = orc_score_stride(t), dp = orc_padded(d);
    return d * tp + tp * dp + query_block * tp + query_block * dp;
}
size_t orc_attention_backward_scratch(size_t t, size_t d) {
    const size_t tp = orc_score_stride(t), dp = orc_padded(d);
    return 2 * d * tp + 3 * tp * dp + 2 * query_block * tp + 3 * query_block * dp;
}
size_t orc_attention_cached_scratch(size_t capacity, size_t d) {
    return query_block * capacity + query_block * orc_padded(d);
}

uint64_t orc_mix(uint64_t index, uint32_t w, uint32_t m, uint32_t v) { return orc_mix_inline(index, w, m, v); }

/// Source: argument reduction and series of fdlibm's e_log.c, for positive finite x; at most 2 ulp off.
double orc_log64(double x) {
    if (!(x > 0) || x > 1.7976931348623157e308) return x == 0 ? -__builtin_inf() : x > 0 ? x : __builtin_nan("");
    int shift = 0;
    if (x < 2.2250738585072014e-308) {
        x *= 18014398509481984.0;
        shift = -54;
    }
    uint64_t bits;
    __builtin_memcpy(&bits, &x, 8);
    int exponent = (int)(bits >> 52) - 1023 + shift;
    bits = (bits & 0x000FFFFFFFFFFFFFu) | 0x3FF0000000000000u;
    double mantissa;
    __builtin_memcpy(&mantissa, &bits, 8);
    if (mantissa > 1.4142135623730951) {
        mantissa *= 0.5;
        exponent += 1;
    }
    const double f = mantissa - 1, s = f / (2 + f), z = s * s;
    double r = 0.14798198605116585910;
    r = r * z + 0.15313837699209373320;
    r = r * z + 0.18183572161618050120;
    r = r * z + 0.22222198432149784810;
    r = r * z + 0.28571428743662391490;
    r = r * z + 0.39999999999409419080;
    r = r * z + 0.66666666666667351300;
    r *= z;
    const double half = 0.5 * f * f, k = exponent;
    return k * 6.93147180369123816490e-01 - ((half - (s * (half + r) + k * 1.90821492927058770002e-10)) - f);
}
