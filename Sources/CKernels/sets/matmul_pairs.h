// C (+)= A B in bf16 with operands packed as pairs in 32-bit words: element 2i in the lower half, 2i + 1 in the upper one, as
// VDPBF16PS reads them. The including file defines ORC_PAIRS (the function's name) and ORC_DOT(acc, a, b) for sixteen words.
// A block of k holds twice as many indices as words.

enum { pair_mr = 14, pair_nr = 32, pair_kc = 320, pair_nc = 512, pair_as = pair_kc + 16 };

/// The words of two rows: lower halves from `low`, upper halves from `high`.
ORC vi pair_words(vf low, vf high) {
    return ((as_i(vround_bf16(low)) >> 16) & visplat(0xffff)) | as_i(vround_bf16(high));
}
ORC uint32_t pair_word(float low, float high) {
    float words[ORC_W];
    vstore(words, as_f(pair_words(vsplat(low), vsplat(high))));
    return orc_bits(words[0]);
}
ORC void store_words(uint32_t *p, vi x) { __builtin_memcpy(p, &x, sizeof x); }
ORC vi load_words(const uint32_t *p) { vi r; __builtin_memcpy(&r, p, sizeof r); return r; }

/// Copies k rows by n columns of op(B) into panels of words [k / 2 rounded up, pair_nr], padded with zeros.
static void pack_words_b(int transposed, const float *b, size_t ldb, size_t k, size_t n, uint32_t *packed) {
    _Alignas(64) float beside[2 * W * W];
    const size_t words = (k + 1) / 2;
    for (size_t j = 0; j < n; j += pair_nr, packed += words * pair_nr)
        for (size_t x = 0; x < pair_nr; x += W)
            for (size_t i = 0; i < k; i += 2 * W) {
                const size_t rows = k - i < 2 * W ? k - i : 2 * W;
                const size_t columns = j + x >= n ? 0 : n - (j + x) < W ? n - (j + x) : W;
                uint32_t *to = packed + i / 2 * pair_nr + x;
                if (!transposed && columns == W && rows == 2 * W) {
                    const float *from = b + i * ldb + j + x;
                    for (size_t r = 0; r < W; r++)
                        store_words(to + r * pair_nr, pair_words(vload(from + 2 * r * ldb), vload(from + (2 * r + 1) * ldb)));
                    continue;
                }
                if (columns < W || rows < 2 * W)
                    for (size_t r = 0; r < 2 * W * W; r++) beside[r] = 0;
                if (transposed) transpose(b + (j + x) * ldb + i, ldb, columns, rows, beside, W);
                else
                    for (size_t r = 0; r < rows; r++)
                        for (size_t q = 0; q < columns; q++) beside[r * W + q] = b[(i + r) * ldb + j + x + q];
                for (size_t r = 0; 2 * r < rows; r++)
                    store_words(to + r * pair_nr, pair_words(vload(beside + 2 * r * W), vload(beside + (2 * r + 1) * W)));
            }
}

/// Copies rows of op(A) into words moved[rows, pair_as].
static void move_words(int transposed, const float *a, size_t lda, size_t rows, size_t k, uint32_t *moved) {
    for (size_t r = 0; r < rows; r++, moved += pair_as) {
        const float *from = transposed ? a + r : a + r * lda;
        const size_t step = transposed ? lda : 1;
        size_t x = 0;
        if (!transposed)
            for (; x + 2 * W <= k; x += 2 * W) {
                const vf one = vload(from + x), two = vload(from + x + W);
                store_words(moved + x / 2,
                            pair_words(__builtin_shufflevector(one, two, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30),
                                       __builtin_shufflevector(one, two, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31)));
            }
        for (; x < k; x += 2) moved[x / 2] = pair_word(from[x * step], x + 1 < k ? from[(x + 1) * step] : 0);
    }
}

/// A tile of mr rows by two vectors over `words` words of k.
ORC void pair_tile(const int mr, size_t words, const uint32_t *a, const uint32_t *b, float *c, size_t ldc, int fresh) {
    vf acc[pair_mr][2];
#pragma clang loop unroll(full)
    for (int r = 0; r < mr; r++)
#pragma clang loop unroll(full)
        for (int q = 0; q < 2; q++) acc[r][q] = fresh ? vsplat(0) : vload(c + r * ldc + q * W);
    for (size_t x = 0; x < words; x++) {
        const vi b0 = load_words(b + x * pair_nr), b1 = load_words(b + x * pair_nr + W);
        __builtin_prefetch(b + (x + 8) * pair_nr);
        __builtin_prefetch(b + (x + 8) * pair_nr + W);
#pragma clang loop unroll(full)
        for (int r = 0; r < mr; r++) {
            const vi av = visplat((int32_t)a[r * pair_as + x]);
            acc[r][0] = ORC_DOT(acc[r][0], av, b0);
            acc[r][1] = ORC_DOT(acc[r][1], av, b1);
        }
    }
#pragma clang loop unroll(full)
    for (int r = 0; r < mr; r++)
#pragma clang loop unroll(full)
        for (int q = 0; q < 2; q++) vstore(c + r * ldc + q * W, acc[r][q]);
}

/// At most pair_mr rows over all panels.
static void pair_strip(size_t m, size_t n, size_t words, const uint32_t *a, const uint32_t *b, float *c, size_t ldc, int fresh) {
    _Alignas(64) float beside[pair_mr * pair_nr];
    for (size_t j = 0; j < n; j += pair_nr, b += words * pair_nr) {
        const size_t columns = n - j < pair_nr ? n - j : pair_nr;
        const int whole = columns == pair_nr;
        float *to = whole ? c + j : beside;
        const size_t ldt = whole ? ldc : pair_nr;
        if (!whole)
            for (size_t r = 0; r < m; r++)
                for (size_t x = 0; x < pair_nr; x++) beside[r * pair_nr + x] = !fresh && x < columns ? c[r * ldc + j + x] : 0;
        size_t r = 0;
        if (m == pair_mr) {
            pair_tile(pair_mr, words, a, b, to, ldt, fresh);
            r = m;
        }
        for (; r + 4 <= m; r += 4) pair_tile(4, words, a + r * pair_as, b, to + r * ldt, ldt, fresh);
        for (; r < m; r++) pair_tile(1, words, a + r * pair_as, b, to + r * ldt, ldt, fresh);
        if (!whole)
            for (size_t r = 0; r < m; r++)
                for (size_t x = 0; x < columns; x++) c[r * ldc + j + x] = beside[r * pair_nr + x];
    }
}

void ORC_PAIRS(int ta, int tb, size_t m, size_t n, size_t k, const float *a, size_t lda, const float *b, size_t ldb, float *c,
               size_t ldc, int accumulate) {
    if (k == 0 && !accumulate)
        for (size_t i = 0; i < m; i++)
            for (size_t j = 0; j < n; j++) c[i * ldc + j] = 0;
    if (k == 0 || m == 0 || n == 0) return;
    uint32_t *packed = (uint32_t *)orc_packing_buffer((size_t)pair_kc * pair_nc + (size_t)pair_as * pair_mr);
    uint32_t *moved = packed + pair_kc * pair_nc;
    for (size_t p = 0; p < k; p += 2 * pair_kc) {
        const size_t kb = k - p < 2 * pair_kc ? k - p : 2 * pair_kc, words = (kb + 1) / 2;
        const int fresh = p == 0 && !accumulate;
        for (size_t j = 0; j < n; j += pair_nc) {
            const size_t nb = n - j < pair_nc ? n - j : pair_nc;
            pack_words_b(tb, tb ? b + j * ldb + p : b + p * ldb + j, ldb, kb, nb, packed);
            for (size_t i = 0; i < m; i += pair_mr) {
                const size_t rows = m - i < pair_mr ? m - i : pair_mr;
                move_words(ta, ta ? a + p * lda + i : a + i * lda + p, lda, rows, kb, moved);
                pair_strip(rows, nb, words, moved, packed, c + i * ldc + j, ldc, fresh);
            }
        }
    }
}
