// C (+)= A B in bf16: both operands are rounded and the two indices of a pair exchanged while they are copied. What is left is
// acc = fma(a, b, acc), k ascending, with flushing: the fp32 tiles in a mode that flushes, or tiles that flush by themselves.

static void k_round_bf16(const float *x, float *y, size_t n) { EACH(i, n, ST(y + i, vround_bf16(LD(x + i)));); }

ORC float round_bf16(float x) {
    float rounded[ORC_W];
    vstore(rounded, vround_bf16(vsplat(x)));
    return rounded[0];
}

/// Copies at most NR columns of a transposed B[n, k] to a panel [even k, NR], rounded, the rows of a pair exchanged, padded with zeros.
/// What is left behind whole vectors is turned with those before it once more.
ORC void turn_pairs(const size_t columns, size_t k, const float *b, size_t ldb, float *panel) {
    const size_t even = (k + 1) / 2 * 2;
    size_t done = 0;
#if ORC_W > 1
    if (k >= W) done = k / 2 * 2;
    for (size_t x = 0; x < done; x += W) {
        const size_t from = x + W <= done ? x : done - W;
        for (size_t g = 0; g < NR; g += W) {
            vf square[ORC_W];
#pragma clang loop unroll(full)
            for (size_t i = 0; i < W; i++)
                square[i] = g + i < columns ? vround_bf16(vload(b + (g + i) * ldb + from)) : vsplat(0);
            turn_square(square);
#pragma clang loop unroll(full)
            for (size_t i = 0; i < W; i++) vstore(panel + (from + i) * NR + g, square[i ^ 1]);
        }
    }
#endif
    for (size_t x = done; x < even; x++)
        for (size_t r = 0; r < NR; r++)
            panel[x * NR + r] = r < columns && (x ^ 1) < k ? round_bf16(b[r * ldb + (x ^ 1)]) : 0;
}

/// Copies k rows by n columns of op(B) into panels [even k, NR], rounded, the rows of a pair exchanged, padded with zeros.
static void pack_pairs_b(int transposed, const float *b, size_t ldb, size_t k, size_t n, float *packed) {
    const size_t even = (k + 1) / 2 * 2;
    if (transposed) {
        for (size_t j = 0; j < n; j += NR) {
            if (n - j >= NR) turn_pairs(NR, k, b + j * ldb, ldb, packed + j * even);
            else turn_pairs(n - j, k, b + j * ldb, ldb, packed + j * even);
        }
        return;
    }
    for (size_t i = 0; i < even; i++) {
        const float *row = b + (i ^ 1) * ldb;
        for (size_t j = 0; j < n; j += NR) {
            float *to = packed + j * even + i * NR;
            if ((i ^ 1) < k && n - j >= NR) {
                for (size_t x = 0; x < NR; x += W) vstore(to + x, vround_bf16(vload(row + j + x)));
            } else {
                for (size_t x = 0; x < NR; x++) to[x] = (i ^ 1) < k && j + x < n ? round_bf16(row[j + x]) : 0;
            }
        }
    }
}

/// Copies rows of A to moved rows [orc_as] of even k, rounded, the two of a pair exchanged, padded with zeros.
static void round_rows(size_t rows, size_t k, const float *a, size_t lda, float *moved) {
    for (size_t r = 0; r < rows; r++, a += lda, moved += orc_as) {
#if ORC_W > 1
        // Whole vectors, for which a moved row has room.
        EACH(x, k, vstore(moved + x, EXCHANGED(vround_bf16(LD(a + x)))););
#else
        for (size_t x = 0; x < (k + 1) / 2 * 2; x++) moved[x] = (x ^ 1) < k ? round_bf16(a[x ^ 1]) : 0;
#endif
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
                for (size_t r = 0; r < ORC_MR && s + r < columns; r++) to[r] = round_bf16(from[s + r]);
            }
        }
    }
}

#if ORC_MODE_FLUSHES
ORC void strip_pairs(const int by_columns, size_t m, size_t n, size_t k, const float *a, const float *b, float *c, size_t ldc, int fresh,
                     ahead *f) {
    if (by_columns) strip_of_columns(m, n, k, a, b, c, ldc, fresh, f);
    else strip_of_rows(m, n, k, a, orc_as, b, c, ldc, fresh, f);
}
#else
/// A tile of mr rows, element (r, x) at a[r * rs + x * xs], by n <= NR columns. Not `exact`, it leaves out flushing and returns whether that may
/// have been wrong.
ORC int flushing_tile(const int mr, const int exact, size_t n, size_t k, const float *a, size_t rs, size_t xs, const float *b,
                      const float *from, float *c, size_t ldc) {
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
            const vf av = vsplat(a[r * rs + x * xs]);
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
static void flushing_rows(size_t m, size_t n, size_t k, const float *a, size_t rs, size_t xs, const float *b, float *c, size_t ldc, int fresh) {
    float from[4 * NR];
    for (size_t r = 0; r < m; r++)
        for (size_t x = 0; x < NR; x++) from[r * NR + x] = !fresh && x < n ? c[r * ldc + x] : 0;
    if (m == 4 && !flushing_tile(4, 0, n, k, a, rs, xs, b, from, c, ldc)) return;
    for (size_t r = 0; r < m; r++) {
        if (m < 4 && !flushing_tile(1, 0, n, k, a + r * rs, rs, xs, b, from + r * NR, c + r * ldc, ldc)) continue;
        flushing_tile(1, 1, n, k, a + r * rs, rs, xs, b, from + r * NR, c + r * ldc, ldc);
    }
}
static void strip_pairs(const int by_columns, size_t m, size_t n, size_t k, const float *a, const float *b, float *c, size_t ldc, int fresh,
                        ahead *f) {
    (void)f;
    const size_t rs = by_columns ? 1 : orc_as, xs = by_columns ? ORC_MR : 1;
    for (size_t j = 0; j < n; j += NR, b += k * NR) {
        const size_t columns = n - j < NR ? n - j : NR;
        for (size_t r = 0; r < m; r += 4)
            flushing_rows(m - r < 4 ? m - r : 4, columns, k, a + r * rs, rs, xs, b, c + r * ldc + j, ldc, fresh);
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
                else round_rows(rows, kb, ap + i * lda, lda, moved);
                const size_t left = m - i - rows, next = ta ? 0 : left < ORC_MR ? left : ORC_MR;
                ahead f = {(const char *)(ap + (i + rows) * lda), next, lda * 4, kb * 4, 0, 0, lines / panels + 1};
                for (size_t s = 0; s < rows; s += ORC_MR)
                    strip_pairs(ta, rows - s < ORC_MR ? rows - s : ORC_MR, nb, even, moved + s * orc_as, packed,
                                c + (i + s) * ldc + j, ldc, fresh, &f);
            }
        }
    }
}
