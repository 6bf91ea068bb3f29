// C (+)= A B in bf16: both operands are rounded and the two indices of a pair exchanged while they are copied. What is left is
// acc = fma(a, b, acc), k ascending, with flushing: the fp32 tiles in a mode that flushes, or tiles that flush by themselves.

static void k_round_bf16(const float *x, float *y, size_t n) { EACH(i, n, ST(y + i, vround_bf16(LD(x + i)));); }

/// Copies k rows by n columns of op(B) into panels [even k, NR], rounded, the rows of a pair exchanged, padded with zeros.
static void pack_pairs_b(int transposed, const float *b, size_t ldb, size_t k, size_t n, float *packed) {
    const size_t even = (k + 1) / 2 * 2;
    for (size_t j = 0; j < n; j += NR, packed += even * NR) {
        const size_t columns = n - j < NR ? n - j : NR;
        pack_b(transposed, transposed ? b + j * ldb : b + j, ldb, k, columns, packed);
        if (k < even)
            for (size_t x = 0; x < NR; x++) packed[k * NR + x] = 0;
        for (size_t i = 0; i < even; i += 2)
            for (size_t x = 0; x < NR; x += W) {
                float *first = packed + i * NR + x, *second = first + NR;
                const vf exchanged = vround_bf16(vload(first));
                vstore(first, vround_bf16(vload(second)));
                vstore(second, exchanged);
            }
    }
}

/// Copies at most ORC_MR rows of A to [even k, ORC_MR], rounded, pairs exchanged, padded with zeros.
static void turn_pairs(size_t m, size_t k, const float *a, size_t lda, float *to) {
    size_t x = 0;
#if ORC_W > 1
    for (; m == ORC_MR && x + W <= k; x += W)
        for (size_t g = 0; g < ORC_MR; g += W) {
            vf rows[ORC_W];
#pragma clang loop unroll(full)
            for (size_t i = 0; i < W; i++)
                rows[i] = g + i < ORC_MR ? vround_bf16(vload(a + (g + i) * lda + x)) : vsplat(0);
            turn_square(rows);
#pragma clang loop unroll(full)
            for (size_t i = 0; i < W; i++) vstore(to + (x + i) * ORC_MR + g, rows[i ^ 1]);
        }
#endif
    for (; x < (k + 1) / 2 * 2; x++)
        for (size_t r = 0; r < m; r++) {
            float rounded[ORC_W];
            vstore(rounded, vround_bf16(vsplat((x ^ 1) < k ? a[r * lda + (x ^ 1)] : 0)));
            to[x * ORC_MR + r] = rounded[0];
        }
}

/// Copies `columns` columns of a transposed A[k, m] from column i on into strips [even k, ORC_MR], as pack_pairs_b does rows.
static void move_pairs(size_t i, size_t columns, size_t m, size_t k, const float *a, size_t lda, float *moved) {
    for (size_t y = 0; y < (k + 1) / 2 * 2; y++) {
        const size_t x = y ^ 1;
        const float *from = a + x * lda + i;
        for (size_t s = 0; s < columns; s += ORC_MR) {
            float *to = moved + s * orc_as + y * ORC_MR;
            if (x >= k) {
                for (size_t r = 0; r < ORC_MR; r++) to[r] = 0;
            } else if (i + s + orc_aw <= m) {  // whole vectors: what is too much is overwritten by the next row
                for (size_t r = 0; r < orc_aw; r += W) vstore(to + r, vround_bf16(vload(from + s + r)));
            } else {
                for (size_t r = 0; r < ORC_MR && s + r < columns; r++) {
                    float rounded[ORC_W];
                    vstore(rounded, vround_bf16(vsplat(from[s + r])));
                    to[r] = rounded[0];
                }
            }
        }
    }
}

#if ORC_MODE_FLUSHES
ORC void strip_pairs(size_t m, size_t n, size_t k, const float *a, const float *b, float *c, size_t ldc, int fresh, ahead *f) {
    strip(m, n, k, a, b, c, ldc, fresh, f);
}
#else
/// A tile of mr rows of a[k, ORC_MR] by n <= NR columns. Not `exact`, it leaves out flushing and returns whether that may have been wrong.
ORC int flushing_tile(const int mr, const int exact, size_t n, size_t k, const float *a, const float *b, const float *from,
                      float *c, size_t ldc) {
    vf acc[ORC_MR][ORC_NV];
    vi seen = visplat(0);
    float beside[NR];
#pragma clang loop unroll(full)
    for (int r = 0; r < mr; r++)
#pragma clang loop unroll(full)
        for (int q = 0; q < ORC_NV; q++) acc[r][q] = vflush(vload(from + r * NR + q * W));
    for (size_t x = 0; x < k; x++)
#pragma clang loop unroll(full)
        for (int r = 0; r < mr; r++) {
            const vf av = vsplat(a[x * ORC_MR + r]);
#pragma clang loop unroll(full)
            for (int q = 0; q < ORC_NV; q++) {
                const vf bv = vload(b + x * NR + q * W);
                acc[r][q] = exact ? vfma_flushed(av, bv, acc[r][q]) : vfma(av, bv, acc[r][q]);
                if (!exact) seen |= vmay_flush(acc[r][q]);
            }
        }
    if (vany(seen)) return 1;
#pragma clang loop unroll(full)
    for (int r = 0; r < mr; r++) {
#pragma clang loop unroll(full)
        for (int q = 0; q < ORC_NV; q++) vstore(beside + q * W, acc[r][q]);
        for (size_t x = 0; x < n; x++) c[r * ldc + x] = beside[x];
    }
    return 0;
}
/// Up to four rows of a strip and one panel: quickly, and again with care where a result came near the least normal number.
static void flushing_rows(size_t m, size_t n, size_t k, const float *a, const float *b, float *c, size_t ldc, int fresh) {
    float from[4 * NR];
    for (size_t r = 0; r < m; r++)
        for (size_t x = 0; x < NR; x++) from[r * NR + x] = !fresh && x < n ? c[r * ldc + x] : 0;
    if (m == 4 && !flushing_tile(4, 0, n, k, a, b, from, c, ldc)) return;
    for (size_t r = 0; r < m; r++) {
        if (m < 4 && !flushing_tile(1, 0, n, k, a + r, b, from + r * NR, c + r * ldc, ldc)) continue;
        flushing_tile(1, 1, n, k, a + r, b, from + r * NR, c + r * ldc, ldc);
    }
}
static void strip_pairs(size_t m, size_t n, size_t k, const float *a, const float *b, float *c, size_t ldc, int fresh, ahead *f) {
    (void)f;
    for (size_t j = 0; j < n; j += NR, b += k * NR) {
        const size_t columns = n - j < NR ? n - j : NR;
        for (size_t r = 0; r < m; r += 4)
            flushing_rows(m - r < 4 ? m - r : 4, columns, k, a + r, b, c + r * ldc + j, ldc, fresh);
    }
}
#endif

static void matmul_bf16(int ta, int tb, size_t m, size_t n, size_t k, const float *a, size_t lda, const float *b, size_t ldb,
                        float *c, size_t ldc, int accumulate) {
    if (k == 0 && !accumulate)
        for (size_t i = 0; i < m; i++)
            for (size_t j = 0; j < n; j++) c[i * ldc + j] = 0;
    if (k == 0 || m == 0 || n == 0) return;
    float *packed = orc_packing_buffer((size_t)orc_kc * orc_nc + NR + (size_t)orc_as * ORC_MR * orc_strips);
    float *moved = packed + orc_kc * orc_nc + NR;
    const size_t block = inner_block(k);
    for (size_t p = 0; p < k; p += block) {
        const size_t kb = k - p < block ? k - p : block, even = (kb + 1) / 2 * 2;
        const int fresh = p == 0 && !accumulate;
        const float *ap = a + (ta ? p * lda : p);
        for (size_t j = 0; j < n; j += orc_nc) {
            const size_t nb = n - j < orc_nc ? n - j : orc_nc;
            pack_pairs_b(tb, tb ? b + j * ldb + p : b + p * ldb + j, ldb, kb, nb, packed);
            const size_t panels = nb < NR ? 1 : nb / NR, lines = ORC_MR * (kb / 16 + 2);
            const size_t step = ta ? orc_strips * ORC_MR : ORC_MR;
            for (size_t i = 0; i < m; i += step) {
                const size_t rows = m - i < step ? m - i : step;
                if (ta) move_pairs(i, rows, m, kb, ap, lda, moved);
                else turn_pairs(rows, kb, ap + i * lda, lda, moved);
                const size_t left = m - i - rows, next = ta ? 0 : left < ORC_MR ? left : ORC_MR;
                ahead f = {(const char *)(ap + (i + rows) * lda), next, lda * 4, kb * 4, 0, 0, lines / panels + 1};
                for (size_t s = 0; s < rows; s += ORC_MR)
                    strip_pairs(rows - s < ORC_MR ? rows - s : ORC_MR, nb, even, moved + s * orc_as, packed,
                                c + (i + s) * ldc + j, ldc, fresh, &f);
            }
        }
    }
}
