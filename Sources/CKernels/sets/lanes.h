// Vectors of ORC_W floats (1, 4, 8 or 16) with one spelling; ORC_W == 1 is plain scalar code.
// Included by every set after ORC_W was defined, under that set's target attribute.

#define ORC static inline __attribute__((always_inline))
#define W ((size_t)ORC_W)

#if ORC_W == 1
typedef float vf;
typedef int32_t vi;
ORC vf vload(const float *p) { return *p; }
ORC void vstore(float *p, vf x) { *p = x; }
ORC vf vsplat(float x) { return x; }
ORC vi visplat(int32_t x) { return x; }
ORC vi as_i(vf x) { vi r; __builtin_memcpy(&r, &x, 4); return r; }
ORC vf as_f(vi x) { vf r; __builtin_memcpy(&r, &x, 4); return r; }
ORC vi vless(vf a, vf b) { return a < b ? -1 : 0; }
ORC vi vequal(vf a, vf b) { return a == b ? -1 : 0; }
ORC vi viless(vi a, vi b) { return a < b ? -1 : 0; }
ORC int vany(vi mask) { return mask != 0; }
ORC vf to_f(vi x) { return (float)x; }
ORC vi viota(void) { return 0; }
#else
typedef float vf __attribute__((vector_size(ORC_W * 4)));
typedef int32_t vi __attribute__((vector_size(ORC_W * 4)));
ORC vf vload(const float *p) { vf r; __builtin_memcpy(&r, p, sizeof r); return r; }
ORC void vstore(float *p, vf x) { __builtin_memcpy(p, &x, sizeof x); }
ORC vf vsplat(float x) { return x - (vf){0}; }  // a difference, because -0 + 0 is +0
ORC vi visplat(int32_t x) { return (vi){0} + x; }
ORC vi as_i(vf x) { return (vi)x; }
ORC vf as_f(vi x) { return (vf)x; }
ORC vi vless(vf a, vf b) { return a < b; }
ORC vi vequal(vf a, vf b) { return a == b; }
ORC vi viless(vi a, vi b) { return a < b; }
ORC int vany(vi mask) { return __builtin_reduce_or(mask) != 0; }
ORC vf to_f(vi x) { return __builtin_convertvector(x, vf); }
ORC vi viota(void) {
    vi r;
    for (int l = 0; l < ORC_W; l++) r[l] = l;
    return r;
}
#endif

ORC vf vfma(vf a, vf b, vf c) { return __builtin_elementwise_fma(a, b, c); }
ORC vf vsqrt(vf a) { return __builtin_elementwise_sqrt(a); }
/// Lanes of a where the mask is set, else of b.
ORC vf vselect(vi mask, vf a, vf b) { return as_f((mask & as_i(a)) | (~mask & as_i(b))); }
ORC vf vmax(vf a, vf b) { return vselect(vless(a, b), b, a); }
ORC vf vneg(vf a) { return as_f(as_i(a) ^ visplat((int32_t)0x80000000u)); }

/// The first n < W elements; absent lanes read as zero.
#if ORC_W == 16
ORC vf load_part(const float *p, size_t n) { return (vf)_mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p); }
ORC void store_part(float *p, vf x, size_t n) { _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), (__m512)x); }
#elif ORC_W == 8
ORC vf load_part(const float *p, size_t n) { return (vf)_mm256_maskload_ps(p, (__m256i)viless(viota(), visplat((int32_t)n))); }
ORC void store_part(float *p, vf x, size_t n) { _mm256_maskstore_ps(p, (__m256i)viless(viota(), visplat((int32_t)n)), (__m256)x); }
#else
ORC vf load_part(const float *p, size_t n) {
    float part[ORC_W];
    for (size_t l = 0; l < W; l++) part[l] = l < n ? p[l] : 0;
    return vload(part);
}
ORC void store_part(float *p, vf x, size_t n) {
    float part[ORC_W];
    vstore(part, x);
    for (size_t l = 0; l < n; l++) p[l] = part[l];
}
#endif

// Lanes l + n of x in lanes l < n, for n = W / 2, W / 4, ... 1: what a fold in registers adds. Other lanes hold anything.
#if ORC_W == 16
#define BESIDE_8(x) __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7)
#define BESIDE_4(x) __builtin_shufflevector(x, x, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3)
#define BESIDE_2(x) __builtin_shufflevector(x, x, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1)
#define BESIDE_1(x) __builtin_shufflevector(x, x, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0)
#elif ORC_W == 8
#define BESIDE_4(x) __builtin_shufflevector(x, x, 4, 5, 6, 7, 0, 1, 2, 3)
#define BESIDE_2(x) __builtin_shufflevector(x, x, 2, 3, 0, 1, 2, 3, 0, 1)
#define BESIDE_1(x) __builtin_shufflevector(x, x, 1, 0, 1, 0, 1, 0, 1, 0)
#elif ORC_W == 4
#define BESIDE_2(x) __builtin_shufflevector(x, x, 2, 3, 0, 1)
#define BESIDE_1(x) __builtin_shufflevector(x, x, 1, 0, 1, 0)
#endif

/// Runs the body for i = 0, W, 2 W, ... below n; inside, LD and ST touch only elements that exist.
#define EACH(i, n, ...)                                                                                                  \
    do {                                                                                                                 \
        size_t i = 0;                                                                                                    \
        for (; (n) - i >= W; i += W) {                                                                                   \
            const int whole = 1;                                                                                         \
            const size_t left = W;                                                                                       \
            __VA_ARGS__                                                                                                  \
        }                                                                                                                \
        if (i < (n)) {                                                                                                   \
            const int whole = 0;                                                                                         \
            const size_t left = (n) - i;                                                                                 \
            __VA_ARGS__                                                                                                  \
        }                                                                                                                \
    } while (0)
#define LD(p) (whole ? vload(p) : load_part(p, left))
#define ST(p, x) (whole ? vstore(p, x) : store_part(p, x, left))

/// The two lanes of each pair exchanged.
#if ORC_W == 16
#define EXCHANGED(x) __builtin_shufflevector(x, x, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14)
#elif ORC_W == 8
#define EXCHANGED(x) __builtin_shufflevector(x, x, 1, 0, 3, 2, 5, 4, 7, 6)
#elif ORC_W == 4
#define EXCHANGED(x) __builtin_shufflevector(x, x, 1, 0, 3, 2)
#endif

// MARK: Transposition

#if ORC_W == 16
#define LOW_HALVES(a, b) __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define HIGH_HALVES(a, b) __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#elif ORC_W == 8
#define LOW_HALVES(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define HIGH_HALVES(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#elif ORC_W == 4
#define LOW_HALVES(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define HIGH_HALVES(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#endif

/// Transposes W x W elements: log2(W) perfect shuffles of the rows.
ORC void turn_square(vf rows[ORC_W]) {
#if ORC_W == 1
    (void)rows;
#else
    vf next[ORC_W];
#pragma clang loop unroll(full)
    for (int stage = 1; stage < ORC_W; stage *= 2) {
#pragma clang loop unroll(full)
        for (int i = 0; i < ORC_W / 2; i++) {
            next[2 * i] = LOW_HALVES(rows[i], rows[i + ORC_W / 2]);
            next[2 * i + 1] = HIGH_HALVES(rows[i], rows[i + ORC_W / 2]);
        }
#pragma clang loop unroll(full)
        for (int i = 0; i < ORC_W; i++) rows[i] = next[i];
    }
#endif
}

/// to[j * ldt + i] = from[i * ldf + j] for W x W elements.
ORC void transpose_square(const float *from, size_t ldf, float *to, size_t ldt) {
    vf rows[ORC_W];
#pragma clang loop unroll(full)
    for (int i = 0; i < ORC_W; i++) rows[i] = vload(from + i * ldf);
    turn_square(rows);
#pragma clang loop unroll(full)
    for (int i = 0; i < ORC_W; i++) vstore(to + i * ldt, rows[i]);
}

/// to[columns, ldt] is the transpose of from[rows, ldf]; squares first, then what is left.
static void transpose(const float *from, size_t ldf, size_t rows, size_t columns, float *to, size_t ldt) {
    const size_t m = rows / W * W, n = columns / W * W;
    for (size_t i = 0; i < m; i += W)
        for (size_t j = 0; j < n; j += W) transpose_square(from + i * ldf + j, ldf, to + j * ldt + i, ldt);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = i < m ? n : 0; j < columns; j++) to[j * ldt + i] = from[i * ldf + j];
}

// MARK: The sixteen virtual lanes of a horizontal sum

#define PARTS (16 / ORC_W)
typedef struct { vf part[PARTS]; } lanes16;
ORC lanes16 lanes_zero(void) {
    lanes16 s;
    for (int q = 0; q < PARTS; q++) s.part[q] = vsplat(0);
    return s;
}
/// Runs the body for every vector of 16 lanes with its part q; `present` says which of its lanes have an element.
#define EACH_LANES(i, q, n, ...)                                                                                         \
    do {                                                                                                                 \
        size_t i##0 = 0;                                                                                                 \
        for (; (n) - i##0 >= 16; i##0 += 16)                                                                             \
            for (int q = 0; q < PARTS; q++) {                                                                            \
                const int whole = 1;                                                                                     \
                const size_t i = i##0 + q * W, left = W;                                                                 \
                const vi present = visplat(-1);                                                                          \
                __VA_ARGS__                                                                                              \
            }                                                                                                            \
        for (int q = 0; i##0 + q * W < (n) && q < PARTS; q++) {                                                          \
            const size_t i = i##0 + q * W, left = (n) - i < W ? (n) - i : W;                                             \
            const int whole = left == W;                                                                                 \
            const vi present = viless(viota(), visplat((int32_t)left));                                                  \
            __VA_ARGS__                                                                                                  \
        }                                                                                                                \
    } while (0)
/// Folds 8, 4, 2, 1.
ORC float lanes_fold(lanes16 s) {
#if ORC_W == 16
    vf x = s.part[0] + BESIDE_8(s.part[0]);
    x = x + BESIDE_4(x);
#elif ORC_W == 8
    vf x = s.part[0] + s.part[1];
    x = x + BESIDE_4(x);
#elif ORC_W == 4
    vf x = (s.part[0] + s.part[2]) + (s.part[1] + s.part[3]);
#else
    float t[16];
    for (int l = 0; l < 16; l++) t[l] = s.part[l];
    for (int half = 8; half > 0; half /= 2)
        for (int l = 0; l < half; l++) t[l] = t[l] + t[l + half];
    return t[0];
#endif
#if ORC_W > 1
    x = x + BESIDE_2(x);
    x = x + BESIDE_1(x);
    return x[0];
#endif
}
/// Sum of a[i] * b[i], one fma per element in its lane; absent lanes stay untouched.
ORC float lanes_dot(const float *a, const float *b, size_t n) {
    lanes16 s = lanes_zero();
    EACH_LANES(i, q, n, s.part[q] = vselect(present, vfma(LD(a + i), LD(b + i), s.part[q]), s.part[q]););
    return lanes_fold(s);
}
ORC float lanes_sum(const float *a, size_t n) {
    lanes16 s = lanes_zero();
    EACH_LANES(i, q, n, s.part[q] = vselect(present, s.part[q] + LD(a + i), s.part[q]););
    return lanes_fold(s);
}
