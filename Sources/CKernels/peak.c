#define _DEFAULT_SOURCE
#include "CKernels.h"

#include <time.h>

#if defined(__x86_64__)
#include <immintrin.h>

enum { chains = 12, rounds = 400000 };

static double thread_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

__attribute__((target("avx512f"))) static float wide(void) {
    __m512 a[chains];
    for (int i = 0; i < chains; i++) a[i] = _mm512_set1_ps((float)i);
    const __m512 x = _mm512_set1_ps(0.999f), y = _mm512_set1_ps(0.001f);
    for (int k = 0; k < rounds; k++) {
        for (int i = 0; i < chains; i++) a[i] = _mm512_fmadd_ps(a[i], x, y);
        __asm__ volatile("" : : "v"(a[0]));
    }
    for (int i = 1; i < chains; i++) a[0] = _mm512_add_ps(a[0], a[i]);
    return _mm512_reduce_add_ps(a[0]);
}

__attribute__((target("avx2,fma"))) static float narrow(void) {
    __m256 a[chains];
    for (int i = 0; i < chains; i++) a[i] = _mm256_set1_ps((float)i);
    const __m256 x = _mm256_set1_ps(0.999f), y = _mm256_set1_ps(0.001f);
    for (int k = 0; k < rounds; k++) {
        for (int i = 0; i < chains; i++) a[i] = _mm256_fmadd_ps(a[i], x, y);
        __asm__ volatile("" : : "x"(a[0]));
    }
    for (int i = 1; i < chains; i++) a[0] = _mm256_add_ps(a[0], a[i]);
    return a[0][0];
}

__attribute__((target("avx512f,avx512bf16"))) static float pairs(void) {
    __m512 a[chains];
    for (int i = 0; i < chains; i++) a[i] = _mm512_set1_ps((float)i);
    // 1 and about 0.001 in both halves of every word.
    const __m512bh x = (__m512bh)_mm512_set1_epi32(0x3F803F80), y = (__m512bh)_mm512_set1_epi32(0x3A833A83);
    for (int k = 0; k < rounds; k++) {
        for (int i = 0; i < chains; i++) a[i] = _mm512_dpbf16_ps(a[i], x, y);
        __asm__ volatile("" : : "v"(a[0]));
    }
    for (int i = 1; i < chains; i++) a[0] = _mm512_add_ps(a[0], a[i]);
    return _mm512_reduce_add_ps(a[0]);
}

/// Operations a second of a loop that does `operations` in each step of each chain; the best of some runs.
static double rate(float (*loop)(void), double operations) {
    double best = 1e9;
    volatile float sink = 0;
    for (int run = 0; run < 40; run++) {
        const double start = thread_seconds();
        sink = sink + loop();
        const double seconds = thread_seconds() - start;
        if (seconds < best) best = seconds;
    }
    return operations * chains * rounds / best;
}

double orc_fma_peak(void) {
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f")) return rate(wide, 2 * 16);
    return __builtin_cpu_supports("fma") ? rate(narrow, 2 * 8) : 0;
}

double orc_bf16_peak(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512bf16") ? rate(pairs, 4 * 16) : 0;
}
#else
double orc_fma_peak(void) { return 0; }
double orc_bf16_peak(void) { return 0; }
#endif
