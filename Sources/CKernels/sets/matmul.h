// C (+)= A B with acc = fma(a, b, acc), k ascending. Lanes run along n, so tiles, packing and blocks are free choices.

#define NR (ORC_NV * ORC_W)  // columns of a tile
/// Inner indices and columns of a packed block of B, which is three quarters of a mebibyte and stays in L2, and the places that a row
/// of a moved strip of A takes, a few more than inner indices.
enum { orc_kc = ORC_KC, orc_nc = 512, orc_as = ORC_KC + 16, orc_aw = (ORC_MR + ORC_W - 1) / ORC_W * ORC_W, orc_strips = 8 };

/// Inner indices of a block, as equal as multiples of sixteen, which packing turns at once, let them be: results are read and written
/// again for every block.
ORC size_t inner_block(size_t k) {
    const size_t blocks = (k + orc_kc - 1) / orc_kc;
    return ((k + blocks - 1) / blocks + 15) / 16 * 16;
}
_Static_assert(ORC_KC % 16 == 0, "blocks are multiples of sixteen");

/// One inner index of a tile: every accumulator takes its row's element times its columns' of B. A panel streams from L2 and is fetched a
/// hundred cycles ahead.
#define OUTER_PRODUCT(ROW, B)                                                                                             \
    do {                                                                                                                 \
        const float *of_b = (B);                                                                                         \
        vf bv[ORC_NV];                                                                                                   \
        _Pragma("clang loop unroll(full)") for (int q = 0; q < nv; q++) {                                                \
            bv[q] = vload(of_b + q * W);                                                                                 \
            if (mr == ORC_MR) __builtin_prefetch(of_b + 8 * bs + q * W);                                                 \
        }                                                                                                                \
        _Pragma("clang loop unroll(full)") for (int r = 0; r < mr; r++) {                                                \
            const vf av = vsplat(ROW);                                                                                   \
            _Pragma("clang loop unroll(full)") for (int q = 0; q < nv; q++) acc[r][q] = vfma(av, bv[q], acc[r][q]);      \
        }                                                                                                                \
    } while (0)

/// A tile of mr rows by nv vectors. `by_columns`: a[k * as + r], else a[r * as + k]. b is read at b[k * bs ..< + nv * W].
ORC void tile_of(const int mr, const int nv, const int by_columns, const float *a, size_t as, const float *b, size_t bs,
                 float *c, size_t ldc, size_t k_count, int fresh) {
    vf acc[ORC_MR][ORC_NV];
#pragma clang loop unroll(full)
    for (int r = 0; r < mr; r++)
#pragma clang loop unroll(full)
        for (int q = 0; q < nv; q++) {
            acc[r][q] = fresh ? vsplat(0) : vload(c + r * ldc + q * W);
            __builtin_prefetch(c + r * ldc + q * W + (fresh ? 0 : NR), 1);  // to be written, or read by the next tile
        }
    if (by_columns) {
        for (size_t k = 0; k < k_count; k++) OUTER_PRODUCT(a[k * as + r], b + k * bs);
    } else {
        // One pointer for three rows, which addresses reach with the stride once and twice; a pointer a row would not fit into registers.
        const float *three[(ORC_MR + 2) / 3];
#pragma clang loop unroll(full)
        for (int g = 0; g < (mr + 2) / 3; g++) three[g] = a + 3 * g * as;
        size_t k = 0;
        for (; k + 4 <= k_count; k += 4, b += 4 * bs) {
#pragma clang loop unroll(full)
            for (int x = 0; x < 4; x++) OUTER_PRODUCT(three[r / 3][(size_t)(r % 3) * as + x], b + x * bs);
#pragma clang loop unroll(full)
            for (int g = 0; g < (mr + 2) / 3; g++) {
                three[g] += 4;
                __asm__("" : "+r"(three[g]));  // or the compiler sees that they are one, and makes a pointer for each row of it
            }
        }
        for (; k < k_count; k++, b += bs) {
            OUTER_PRODUCT(three[r / 3][(size_t)(r % 3) * as], b);
#pragma clang loop unroll(full)
            for (int g = 0; g < (mr + 2) / 3; g++) three[g]++;
        }
    }
#pragma clang loop unroll(full)
    for (int r = 0; r < mr; r++)
#pragma clang loop unroll(full)
        for (int q = 0; q < nv; q++) vstore(c + r * ldc + q * W, acc[r][q]);
}

/// A tile of mr rows by NR columns.
ORC void tile(const int mr, const int by_columns, const float *a, size_t as, const float *b, size_t bs, float *c,
              size_t ldc, size_t k_count, int fresh) {
    tile_of(mr, ORC_NV, by_columns, a, as, b, bs, c, ldc, k_count, fresh);
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
    if (!transposed)
        // Row after row, as they lie, so that the processor sees them coming.
        for (size_t i = 0; i < k; i++)
            for (size_t j = 0; j + NR <= n; j += NR)
                for (size_t x = 0; x < NR; x += W) vstore(packed + j * k + i * NR + x, vload(b + i * ldb + j + x));
    for (size_t j = 0; j < n; j += NR, packed += k * NR) {
        const size_t columns = n - j < NR ? n - j : NR;
        if (columns < NR)
            for (size_t i = 0; i < k; i++)
                for (size_t x = columns; x < NR; x++) packed[i * NR + x] = 0;
        if (transposed) transpose(b + j * ldb, ldb, columns, k, packed, NR);
        else if (columns < NR)
            for (size_t i = 0; i < k; i++)
                for (size_t x = 0; x < columns; x++) packed[i * NR + x] = b[i * ldb + j + x];
    }
}

/// The rows of A that the next strip will copy are fetched into L2 meanwhile: so many bytes from `next` on, some at every panel.
typedef struct { const char *next; size_t rows, stride, bytes, row, at, each; } ahead;
ORC void fetch_ahead(ahead *f) {
    for (size_t lines = f->each; lines > 0 && f->row < f->rows; lines--) {
        __builtin_prefetch(f->next + f->row * f->stride + f->at, 0, 2);
        f->at += 64;
        if (f->at >= f->bytes) {
            f->at = 0;
            f->row++;
        }
    }
}

/// One strip of at most ORC_MR rows of A, as `tile_of` reads it, over all panels of a packed block of B, which stream past it; whole
/// vectors behind the last full panel are tiles of one vector.
ORC void strip(const int by_columns, size_t m, size_t n, size_t k, const float *a, size_t as, const float *b, float *c, size_t ldc,
               int fresh, ahead *f) {
    size_t j = 0;
    for (; j + NR <= n; j += NR, b += k * NR) {
        fetch_ahead(f);
        if (m == ORC_MR) tile(ORC_MR, by_columns, a, as, b, NR, c + j, ldc, k, fresh);
        else panel(by_columns, m, a, as, b, NR, c + j, ldc, k, fresh);
    }
    for (; ORC_NV > 1 && m == ORC_MR && j + W <= n; j += W, b += W)
        tile_of(ORC_MR, 1, by_columns, a, as, b, NR, c + j, ldc, k, fresh);
    if (j < n) panel_edge(by_columns, m, n - j, a, as, b, NR, c + j, ldc, k, fresh);
}
static void strip_of_rows(size_t m, size_t n, size_t k, const float *a, size_t as, const float *b, float *c, size_t ldc, int fresh, ahead *f) {
    strip(0, m, n, k, a, as, b, c, ldc, fresh, f);
}
static void strip_of_columns(size_t m, size_t n, size_t k, const float *a, const float *b, float *c, size_t ldc, int fresh, ahead *f) {
    strip(1, m, n, k, a, ORC_MR, b, c, ldc, fresh, f);
}

/// All strips of A over a packed block of B. Rows are read where they are, unless they are a multiple of 4 KiB apart and so would fall
/// into one set of the first cache: then they are copied to rows that are not.
static void strips_of_rows(size_t m, size_t n, size_t k, const float *a, size_t lda, const float *packed, float *moved,
                           float *c, size_t ldc, int fresh) {
    const size_t panels = n < NR ? 1 : n / NR, lines = ORC_MR * (k / 16 + 2);
    const int collide = lda % 1024 == 0 && k > W;
    for (size_t i = 0; i < m; i += ORC_MR) {
        const size_t rows = m - i < ORC_MR ? m - i : ORC_MR, left = m - i - rows;
        const float *from = a + i * lda;
        if (collide)
            for (size_t r = 0; r < rows; r++) EACH(x, k, ST(moved + r * orc_as + x, LD(from + r * lda + x)););
        ahead f = {(const char *)(from + rows * lda), left < ORC_MR ? left : ORC_MR, lda * 4, k * 4, 0, 0, lines / panels + 1};
        strip_of_rows(rows, n, k, collide ? moved : from, collide ? orc_as : lda, packed, c + i * ldc, ldc, fresh, &f);
    }
}

/// The same of a transposed A[k, m], of which several strips are copied at a time, as they share cache lines.
static void strips_of_columns(size_t m, size_t n, size_t k, const float *a, size_t lda, const float *packed, float *moved,
                              float *c, size_t ldc, int fresh) {
    ahead none = {0};
    for (size_t i = 0; i < m; i += orc_strips * ORC_MR) {
        const size_t columns = m - i < orc_strips * ORC_MR ? m - i : orc_strips * ORC_MR;
        for (size_t x = 0; x < k; x++) {
            const float *from = a + x * lda + i;
            for (size_t s = 0; s < columns; s += 16) __builtin_prefetch(from + 8 * lda + s);
            for (size_t s = 0; s < columns; s += ORC_MR) {
                float *to = moved + s * orc_as + x * ORC_MR;
                if (i + s + orc_aw <= m) {  // whole vectors: what is too much is overwritten by the next row
                    for (size_t r = 0; r < orc_aw; r += W) vstore(to + r, vload(from + s + r));
                } else {
                    for (size_t r = 0; r < ORC_MR && s + r < columns; r++) to[r] = from[s + r];
                }
            }
        }
        for (size_t s = 0; s < columns; s += ORC_MR)
            strip_of_columns(columns - s < ORC_MR ? columns - s : ORC_MR, n, k, moved + s * orc_as, packed, c + (i + s) * ldc, ldc, fresh, &none);
    }
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
    // Behind a last panel that is not full a tile reads one panel's row further.
    float *packed = orc_packing_buffer((size_t)orc_kc * orc_nc + NR + (size_t)orc_as * ORC_MR * orc_strips);
    float *moved = packed + orc_kc * orc_nc + NR;
    const size_t block = inner_block(k);
    for (size_t p = 0; p < k; p += block) {
        const size_t kb = k - p < block ? k - p : block;
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
            if (ta) strips_of_columns(m, nb, kb, ap, lda, packed, moved, c + j, ldc, fresh);
            else strips_of_rows(m, nb, kb, ap, lda, packed, moved, c + j, ldc, fresh);
        }
    }
}
