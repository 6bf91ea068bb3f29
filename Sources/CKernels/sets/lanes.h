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
ORC vf to_f(vi x) { return (float)x; }
ORC vi to_i(vf x) { return (int32_t)x; }
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
ORC vf to_f(vi x) { return __builtin_convertvector(x, vf); }
ORC vi to_i(vf x) { return __builtin_convertvector(x, vi); }
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

/// Elements i ..< min(i + W, n); absent lanes read as zero.
ORC vf ld(const float *p, size_t i, size_t n) {
    if (n - i >= W) return vload(p + i);
    float part[ORC_W] = {0};
    for (size_t l = 0; l < n - i; l++) part[l] = p[i + l];
    return vload(part);
}
ORC void st(float *p, size_t i, size_t n, vf x) {
    if (n - i >= W) {
        vstore(p + i, x);
        return;
    }
    float part[ORC_W];
    vstore(part, x);
    for (size_t l = 0; l < n - i; l++) p[i + l] = part[l];
}

// MARK: The sixteen virtual lanes of a horizontal sum

#define PARTS (16 / ORC_W)
typedef struct { vf part[PARTS]; } lanes16;
ORC lanes16 lanes_zero(void) {
    lanes16 s;
    for (int q = 0; q < PARTS; q++) s.part[q] = vsplat(0);
    return s;
}
/// Which of the W elements from i on exist.
ORC vi present(size_t i, size_t n) {
    if (n >= i + W) return visplat(-1);
    if (n <= i) return visplat(0);
    return viless(viota(), visplat((int32_t)(n - i)));
}
/// Folds 8, 4, 2, 1.
ORC float lanes_fold(lanes16 s) {
    float t[16];
    for (int q = 0; q < PARTS; q++) vstore(t + q * ORC_W, s.part[q]);
    for (int l = 0; l < 8; l++) t[l] = t[l] + t[l + 8];
    for (int l = 0; l < 4; l++) t[l] = t[l] + t[l + 4];
    t[0] = t[0] + t[2];
    t[1] = t[1] + t[3];
    return t[0] + t[1];
}
/// Sum of a[i] * b[i], one fma per element in its lane; absent lanes stay untouched.
ORC float lanes_dot(const float *a, const float *b, size_t n) {
    lanes16 s = lanes_zero();
    size_t i = 0;
    for (; i + 16 <= n; i += 16)
        for (int q = 0; q < PARTS; q++) s.part[q] = vfma(vload(a + i + q * W), vload(b + i + q * W), s.part[q]);
    for (int q = 0; i < n && q < PARTS; q++, i += W) {
        vf next = vfma(ld(a, i, n), ld(b, i, n), s.part[q]);
        s.part[q] = vselect(present(i, n), next, s.part[q]);
    }
    return lanes_fold(s);
}
ORC float lanes_sum(const float *a, size_t n) {
    lanes16 s = lanes_zero();
    size_t i = 0;
    for (; i + 16 <= n; i += 16)
        for (int q = 0; q < PARTS; q++) s.part[q] = s.part[q] + vload(a + i + q * W);
    for (int q = 0; i < n && q < PARTS; q++, i += W)
        s.part[q] = vselect(present(i, n), s.part[q] + ld(a, i, n), s.part[q]);
    return lanes_fold(s);
}
