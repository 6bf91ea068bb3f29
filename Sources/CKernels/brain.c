// Products of bf16: the float mode that a set wants, and whether the processor's own instruction keeps to the definition.
#include "sets/shared.h"

#include <pthread.h>
#include <stddef.h>

#pragma clang fp contract(off)

void orc_matmul_bf16(const orc_kernels *set, int ta, int tb, size_t m, size_t n, size_t k, const float *a, size_t lda,
                     const float *b, size_t ldb, float *c, size_t ldc, int accumulate) {
#if defined(__x86_64__)
    if (set->bf16_wants_flush_mode) {
        // Around a call into another file, as compilers move float operations across changes of the mode, intrinsics or not.
        uint32_t before, flushing;
        __asm__ volatile("stmxcsr %0" : "=m"(before));
        flushing = before | 0x8040;  // flush to zero, denormals are zero
        __asm__ volatile("ldmxcsr %0" : : "m"(flushing) : "memory");
        set->matmul_bf16(ta, tb, m, n, k, a, lda, b, ldb, c, ldc, accumulate);
        __asm__ volatile("ldmxcsr %0" : : "m"(before) : "memory");
        return;
    }
#endif
    set->matmul_bf16(ta, tb, m, n, k, a, lda, b, ldb, c, ldc, accumulate);
}

// MARK: Probes

enum { probe_m = 30, probe_n = 67, probe_k = 11, probe_rounds = 48 };

static uint64_t next_word(uint64_t *state) {
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/// Floats whose products and sums meet every rule: signed zeros, subnormals, infinities, NaN, halfway roundings to bf16, and factors
/// whose products lie where adding 2^-126 is a matter of the unbounded exponent.
static uint32_t probe_bits(uint64_t word, int factor) {
    static const uint32_t edges[] = {
        0x00000000, 0x00000001, 0x00400000, 0x007fffff, 0x00800000, 0x00800001, 0x00ffffff, 0x01000000, 0x7f7fffff, 0x7f800000,
        0x7fc00000, 0x3f800000, 0x3f808000, 0x3f818000, 0x3f80ffff, 0x3f7fffff, 0x00808000, 0x7f7f8000, 0x33800000, 0x19800000,
    };
    const uint32_t sign = (uint32_t)(word >> 63) << 31, low = (uint32_t)word;
    switch (word >> 56 & 7) {
    case 0: return edges[(word >> 32 & 0xffff) % (sizeof edges / sizeof *edges)] | sign;
    case 1: return (low & 0x007fffff) | 0x3f000000 | sign;
    case 2: case 3: case 4:  // factors near 2^-63 and 2^-75; sums near 2^-126
        return factor ? (low & 0x007f0000) | ((word >> 40 & 1 ? 64u : 52u) + (uint32_t)(word >> 41 & 3)) << 23 | sign
                      : (low & 3 ? 0x00800000 - (low & 1) * ((low >> 2 & 1) + 1) * 2 + (low >> 3 & 3) : 0x00800000 | (low >> 8 & 0xff)) | sign;
    default: return (low & 0x00ffffff) + (factor ? 0x3f000000 : 0x3d000000) + sign;
    }
}

static void fill(float *x, size_t n, uint64_t *state, int factor) {
    for (size_t i = 0; i < n; i++) {
        const uint32_t bits = probe_bits(next_word(state), factor);
        __builtin_memcpy(x + i, &bits, 4);
    }
}

int orc_bf16_product_agrees(orc_matmul product, int wants_flush_mode) {
    static const size_t inner[] = {1, 2, probe_k};
    const orc_kernels *oracle = orc_kernels_of(orc_set_scalar);
    if (!oracle) return 0;
    float a[probe_m * probe_k], b[probe_k * probe_n], ours[probe_m * probe_n], theirs[probe_m * probe_n];
    uint64_t state = 17;
    for (size_t round = 0; round < probe_rounds; round++) {
        const size_t k = inner[round % 3];
        const int ta = round / 3 & 1, tb = round / 6 & 1;
        fill(a, probe_m * k, &state, 1);
        fill(b, k * probe_n, &state, 1);
        fill(ours, probe_m * probe_n, &state, 0);
        __builtin_memcpy(theirs, ours, sizeof ours);
        orc_kernels other = *oracle;
        other.matmul_bf16 = product;
        other.bf16_wants_flush_mode = wants_flush_mode;
        orc_matmul_bf16(oracle, ta, tb, probe_m, probe_n, k, a, ta ? probe_m : k, b, tb ? k : probe_n, ours, probe_n, 1);
        orc_matmul_bf16(&other, ta, tb, probe_m, probe_n, k, a, ta ? probe_m : k, b, tb ? k : probe_n, theirs, probe_n, 1);
        for (size_t i = 0; i < probe_m * probe_n; i++) {
            const uint32_t x = orc_bits(ours[i]), y = orc_bits(theirs[i]);
            const int nan = (x & 0x7fffffff) > 0x7f800000 && (y & 0x7fffffff) > 0x7f800000;  // which NaN is left open
            if (x != y && !nan) return 0;
        }
    }
    return 1;
}

// MARK: The processor's own instruction

#if defined(__x86_64__)
void orc_matmul_bf16_native(int, int, size_t, size_t, size_t, const float *, size_t, const float *, size_t, float *, size_t, int);
void orc_matmul_bf16_pairs(int, int, size_t, size_t, size_t, const float *, size_t, const float *, size_t, float *, size_t, int);

static pthread_once_t native_once = PTHREAD_ONCE_INIT;
static int native;
static orc_kernels native_kernels;

static void examine(void) {
    __builtin_cpu_init();
    const orc_kernels *wide = orc_kernels_of(orc_set_avx512);
    if (!wide || !__builtin_cpu_supports("avx512bf16")) return;
    native_kernels = *wide;
    native_kernels.name = "avx512bf16";
    native_kernels.matmul_bf16 = orc_matmul_bf16_native;
    native_kernels.bf16_wants_flush_mode = 0;  // the instruction flushes by itself and never looks at the mode
    native = orc_bf16_product_agrees(orc_matmul_bf16_native, 0) ? 1 : -1;
}
int orc_native_bf16(void) {
    pthread_once(&native_once, examine);
    return native;
}
const orc_kernels *orc_native_bf16_kernels(void) { return orc_native_bf16() == 1 ? &native_kernels : NULL; }
orc_matmul orc_matmul_bf16_spelled_out(void) { return orc_kernels_of(orc_set_avx512) ? orc_matmul_bf16_pairs : NULL; }
#else
int orc_native_bf16(void) { return 0; }
orc_matmul orc_matmul_bf16_spelled_out(void) { return NULL; }
#endif
