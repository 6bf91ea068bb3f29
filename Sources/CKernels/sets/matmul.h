// C (+)= A B with acc = fma(a, b, acc), k ascending. Lanes run along n, so tiles, packing and blocks are free choices.

#define NR (ORC_NV * ORC_W)  // columns of a tile
enum { orc_kc = ORC_KC, orc_nc = 512 };

/// A tile of mr rows by NR columns. `by_columns`: a[k * as + r], else a[r * as + k]. b is read at b[k * bs ..< + NR].
ORC void tile(const int mr, const int by_columns, const float *a, size_t as, const float *b, size_t bs, float *c,
              size_t ldc, size_t k_count, int fresh) {
    vf acc[ORC_MR][ORC_NV];
#pragma clang loop unroll(full)
    for (int r = 0; r < mr; r++)
#pragma clang loop unroll(full)
        for (int q = 0; q < ORC_NV; q++) acc[r][q] = fresh ? vsplat(0) : vload(c + r * ldc + q * W);
    for (size_t k = 0; k < k_count; k++) {
        vf bv[ORC_NV];
#pragma clang loop unroll(full)
        for (int q = 0; q < ORC_NV; q++) bv[q] = vload(b + k * bs + q * W);
#pragma clang loop unroll(full)
        for (int r = 0; r < mr; r++) {
            vf av = vsplat(by_columns ? a[k * as + r] : a[r * as + k]);
#pragma clang loop unroll(full)
            for (int q = 0; q < ORC_NV; q++) acc[r][q] = vfma(av, bv[q], acc[r][q]);
        }
    }
#pragma clang loop unroll(full)
    for (int r = 0; r < mr; r++)
#pragma clang loop unroll(full)
        for (int q = 0; q < ORC_NV; q++) vstore(c + r * ldc + q * W, acc[r][q]);
}

/// All rows of one column panel, full tiles first, then halves.
#define ORC_PANEL(NAME, BY_COLUMNS)                                                                                       \
    static void NAME(size_t m, const float *a, size_t as, const float *b, size_t bs, float *c, size_t ldc, size_t k,      \
                     int fresh) {                                                                                        \
        const size_t step = BY_COLUMNS ? 1 : as;                                                                         \
        size_t i = 0;                                                                                                    \
        for (; i + ORC_MR <= m; i += ORC_MR)                                                                             \
            tile(ORC_MR, BY_COLUMNS, a + i * step, as, b, bs, c + i * ldc, ldc, k, fresh);                               \
        if (ORC_MR > 8 && i + 8 <= m) {                                                                                  \
            tile(8 < ORC_MR ? 8 : 1, BY_COLUMNS, a + i * step, as, b, bs, c + i * ldc, ldc, k, fresh);                   \
            i += 8;                                                                                                      \
        }                                                                                                                \
        if (ORC_MR > 4 && i + 4 <= m) {                                                                                  \
            tile(4 < ORC_MR ? 4 : 1, BY_COLUMNS, a + i * step, as, b, bs, c + i * ldc, ldc, k, fresh);                   \
            i += 4;                                                                                                      \
        }                                                                                                                \
        if (i + 2 <= m) {                                                                                                \
            tile(2, BY_COLUMNS, a + i * step, as, b, bs, c + i * ldc, ldc, k, fresh);                                    \
            i += 2;                                                                                                      \
        }                                                                                                                \
        for (; i < m; i++) tile(1, BY_COLUMNS, a + i * step, as, b, bs, c + i * ldc, ldc, k, fresh);                     \
    }
ORC_PANEL(panel_rows, 0)
ORC_PANEL(panel_columns, 1)

ORC void panel(int by_columns, size_t m, const float *a, size_t as, const float *b, size_t bs, float *c, size_t ldc,
               size_t k, int fresh) {
    if (by_columns) panel_columns(m, a, as, b, bs, c, ldc, k, fresh);
    else panel_rows(m, a, as, b, bs, c, ldc, k, fresh);
}

/// One panel whose last columns do not exist in C: rows go through a tile beside it.
static void panel_edge(int by_columns, size_t m, size_t n, const float *a, size_t as, const float *b, size_t bs, float *c,
                       size_t ldc, size_t k, int fresh) {
    _Alignas(64) float beside[ORC_MR * NR];
    for (size_t i = 0; i < m; i += ORC_MR) {
        const size_t rows = m - i < ORC_MR ? m - i : ORC_MR;
        if (!fresh)
            for (size_t r = 0; r < rows; r++)
                for (size_t j = 0; j < n; j++) beside[r * NR + j] = c[(i + r) * ldc + j];
        if (!fresh)
            for (size_t r = 0; r < rows; r++)
                for (size_t j = n; j < NR; j++) beside[r * NR + j] = 0;
        panel(by_columns, rows, a + i * (by_columns ? 1 : as), as, b, bs, beside, NR, k, fresh);
        for (size_t r = 0; r < rows; r++)
            for (size_t j = 0; j < n; j++) c[(i + r) * ldc + j] = beside[r * NR + j];
    }
}

/// All panels over a B that may be read NR columns wide everywhere; `next` is the distance of panels.
static void multiply(int by_columns, size_t m, size_t n, size_t k, const float *a, size_t as, const float *b, size_t next,
                     size_t bs, float *c, size_t ldc, int fresh) {
    for (size_t j = 0; j < n; j += NR, b += next) {
        if (n - j >= NR) panel(by_columns, m, a, as, b, bs, c + j, ldc, k, fresh);
        else panel_edge(by_columns, m, n - j, a, as, b, bs, c + j, ldc, k, fresh);
    }
}

/// Copies k rows by n columns of op(B) into panels [k, NR] padded with zeros.
static void pack_b(int transposed, const float *b, size_t ldb, size_t k, size_t n, float *packed) {
    for (size_t j = 0; j < n; j += NR, packed += k * NR) {
        const size_t columns = n - j < NR ? n - j : NR;
        if (columns < NR)
            for (size_t i = 0; i < k; i++)
                for (size_t x = columns; x < NR; x++) packed[i * NR + x] = 0;
        if (!transposed) {
            for (size_t i = 0; i < k; i++) __builtin_memcpy(packed + i * NR, b + i * ldb + j, columns * sizeof(float));
        } else {
            transpose(b + j * ldb, ldb, columns, k, packed, NR);
        }
    }
}

/// Copies the m x k block of op(A), as it is stored, to rows an odd number of cache lines apart; returns their distance.
static size_t move_a(int transposed, const float *a, size_t lda, size_t m, size_t k, float *moved) {
    const size_t rows = transposed ? k : m, columns = transposed ? m : k, distance = (columns + 31) / 32 * 32 + 16;
    for (size_t i = 0; i < rows; i++) __builtin_memcpy(moved + i * distance, a + i * lda, columns * sizeof(float));
    return distance;
}

/// One row of C over 8 W columns at a time, so that a vector of A meets eight independent chains; returns the columns done.
static size_t multiply_row(size_t n, size_t k_count, const float *a, size_t as, const float *b, size_t ldb, float *c, int fresh) {
    size_t j = 0;
    for (; j + 8 * W <= n; j += 8 * W) {
        vf acc[8];
#pragma clang loop unroll(full)
        for (int q = 0; q < 8; q++) acc[q] = fresh ? vsplat(0) : vload(c + j + q * W);
        for (size_t k = 0; k < k_count; k++) {
            const vf av = vsplat(a[k * as]);
#pragma clang loop unroll(full)
            for (int q = 0; q < 8; q++) acc[q] = vfma(av, vload(b + k * ldb + j + q * W), acc[q]);
        }
#pragma clang loop unroll(full)
        for (int q = 0; q < 8; q++) vstore(c + j + q * W, acc[q]);
    }
    return j;
}

static void matmul(int ta, int tb, size_t m, size_t n, size_t k, const float *a, size_t lda, const float *b, size_t ldb,
                   float *c, size_t ldc, int accumulate) {
    if (k == 0 && !accumulate)
        for (size_t i = 0; i < m; i++)
            for (size_t j = 0; j < n; j++) c[i * ldc + j] = 0;
    if (k == 0 || m == 0 || n == 0) return;
    float *packed = orc_packing_buffer((size_t)orc_kc * orc_nc + (size_t)(orc_kc + 48) * (ORC_MC + 48));
    float *moved = packed + orc_kc * orc_nc;
    // Rows whose distance is a large power of two would fall into one cache set.
    const int moves_a = m > ORC_MR && lda % 512 == 0;
    for (size_t p = 0; p < k; p += orc_kc) {
        const size_t kb = k - p < orc_kc ? k - p : orc_kc;
        const int fresh = p == 0 && !accumulate;
        const float *ap = a + (ta ? p * lda : p);
        // A few rows do not pay for packing: read B where it is, up to the last full panel.
        size_t j = 0;
        if (!tb && m <= 2 * ORC_MR) {
            const size_t full = n / NR * NR;
            if (m == 1) j = multiply_row(n, kb, ap, ta ? lda : 1, b + p * ldb, ldb, c, fresh);
            if (j < full) multiply(ta, m, full - j, kb, ap, lda, b + p * ldb + j, NR, ldb, c + j, ldc, fresh);
            if (j < full) j = full;
        }
        for (; j < n; j += orc_nc) {
            const size_t nb = n - j < orc_nc ? n - j : orc_nc;
            pack_b(tb, tb ? b + j * ldb + p : b + p * ldb + j, ldb, kb, nb, packed);
            for (size_t i = 0; i < m; i += ORC_MC) {
                const size_t mb = m - i < ORC_MC ? m - i : ORC_MC;
                const float *block = ap + i * (ta ? 1 : lda);
                const size_t distance = moves_a ? move_a(ta, block, lda, mb, kb, moved) : lda;
                multiply(ta, mb, nb, kb, moves_a ? moved : block, distance, packed, kb * NR, NR, c + i * ldc + j, ldc, fresh);
            }
        }
    }
}
