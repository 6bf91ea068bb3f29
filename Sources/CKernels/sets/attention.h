// Causal attention in blocks of queries. n queries, t keys, d head dimension (dp padded to 32), QB rows of a block.
// Scores: chain over d, times scale. Softmax: exact maximum, then 16 lanes counted from the first key. Outputs: keys ascending.
// Masked keys are skipped: below the diagonal block by tiles, in it by the staircase functions.

enum { QB = 56 };

/// out[m, dp] continues over the keys of the diagonal block: row r takes keys 0...r. p[m, ldp], v[m, dp].
static void staircase_rows(size_t m, size_t dp, const float *p, size_t ldp, const float *v, float *out) {
    for (size_t j = 0; j < dp; j += NR) {
        size_t r = 0;
        for (; r + 4 <= m; r += 4) {
            tile(4, 0, p + r * ldp, ldp, v + j, dp, out + r * dp + j, dp, r + 1, 0);
            for (size_t x = 1; x < 4; x++)
                tile(1, 0, p + (r + x) * ldp + r + 1, ldp, v + (r + 1) * dp + j, dp, out + (r + x) * dp + j, dp, x, 0);
        }
        for (; r < m; r++) tile(1, 0, p + r * ldp, ldp, v + j, dp, out + r * dp + j, dp, r + 1, 0);
    }
}

/// out[m, dp] continues over the queries of the diagonal block: key c takes queries c..<m. p[m, ldp], x[m, dp].
static void staircase_columns(size_t m, size_t dp, const float *p, size_t ldp, const float *x, float *out) {
    for (size_t j = 0; j < dp; j += NR) {
        size_t c = 0;
        for (; c + 4 <= m; c += 4) {
            for (size_t y = 0; y < 3; y++)
                tile(1, 1, p + (c + y) * ldp + c + y, ldp, x + (c + y) * dp + j, dp, out + (c + y) * dp + j, dp, 3 - y, 0);
            tile(4, 1, p + (c + 3) * ldp + c, ldp, x + (c + 3) * dp + j, dp, out + c * dp + j, dp, m - (c + 3), 0);
        }
        for (; c < m; c++)
            tile(1, 1, p + c * ldp + c, ldp, x + c * dp + j, dp, out + c * dp + j, dp, m - c, 0);
    }
}

/// Rows are short, so that a call to memcpy would cost more than the copy.
ORC void copy_row(float *to, const float *from, size_t n) { EACH(i, n, ST(to + i, LD(from + i));); }

/// Scales a row of scores by `scale`; returns the maximum of its first n.
ORC float scale_and_maximum(float *s, size_t n, float scale) {
    const vf sv = vsplat(scale);
    vf best = no_maximum();
    EACH(i, n, {
        const vi absent = viless(visplat((int32_t)left - 1), viota());
        const vf scaled = LD(s + i) * sv;
        ST(s + i, scaled);
        best = vmax(best, vselect(absent, no_maximum(), scaled));
    });
    return largest_lane(best);
}

/// One head: n queries at positions past ..< past + n over keys transposed kt[d, ldk] and values v[t, dp].
static void attend(size_t n, size_t past, size_t d, size_t dp, const float *q, size_t ldq, const float *kt, size_t ldk,
                   const float *v, float scale, float *out, size_t ldo, float *maxima, float *inverses, float *s,
                   float *block) {
    for (size_t i = 0; i < n; i += QB) {
        const size_t m = n - i < QB ? n - i : QB;
        const size_t before = past + i, keys = before + m;
        multiply(0, m, orc_padded(keys), d, q + i * ldq, ldq, kt, NR, ldk, s, ldk, 1);
        for (size_t r = 0; r < m; r++) {
            float *row = s + r * ldk;
            const size_t visible = before + r + 1;
            const float maximum = scale_and_maximum(row, visible, scale);
            const float inverse = 1.0f / row_exponentials(row, visible, maximum);
            k_scale(row, inverse, visible);
            if (maxima) {
                maxima[i + r] = maximum;
                inverses[i + r] = inverse;
            }
        }
        multiply(0, m, dp, before, s, ldk, v, NR, dp, block, dp, 1);
        staircase_rows(m, dp, s + before, ldk, v + before * dp, block);
        for (size_t r = 0; r < m; r++) copy_row(out + (i + r) * ldo, block + r * dp, d);
    }
}

/// x[t, ld] to padded[t, dp] and, when wanted, transposed[d, ldt].
static void gather_head(size_t t, size_t d, size_t dp, const float *x, size_t ld_, float *padded, float *transposed,
                        size_t ldt) {
    for (size_t i = 0; i < t; i++) {
        if (padded) {
            copy_row(padded + i * dp, x + i * ld_, d);
            for (size_t j = d; j < dp; j++) padded[i * dp + j] = 0;
        }
    }
    if (!transposed) return;
    transpose(x, ld_, t, d, transposed, ldt);
    for (size_t j = 0; j < d; j++)
        for (size_t i = t; i < ldt; i++) transposed[j * ldt + i] = 0;
}

static void k_attention(const float *q, const float *k, const float *v, float *out, float *stats, float *scratch,
                        const size_t *starts, size_t first, size_t last, size_t heads, size_t kv_heads, size_t d, float scale) {
    const size_t dp = orc_padded(d), group = heads / kv_heads;
    for (size_t pair = first; pair < last; pair++) {
        const size_t start = starts[pair / kv_heads], t = starts[pair / kv_heads + 1] - start, g = pair % kv_heads;
        const size_t tp = orc_score_stride(t), at = start * kv_heads * d + g * d;
        float *kt = scratch, *values = kt + d * tp, *s = values + tp * dp, *block = s + QB * tp;
        gather_head(t, d, dp, k + at, kv_heads * d, NULL, kt, tp);
        gather_head(t, d, dp, v + at, kv_heads * d, values, NULL, 0);
        for (size_t h = g * group; h < (g + 1) * group; h++) {
            const size_t head = start * heads * d + h * d;
            float *row_stats = stats + (start * heads + h * t) * 2;
            attend(t, 0, d, dp, q + head, heads * d, kt, tp, values, scale, out + head, heads * d, row_stats,
                   row_stats + t, s, block);
        }
    }
}

static void k_attention_cached(const float *q, const float *keys, const float *values, float *out, float *scratch, size_t n,
                               size_t past, size_t capacity, size_t heads, size_t kv_heads, size_t d, float scale) {
    const size_t dp = orc_padded(d), group = heads / kv_heads;
    float *s = scratch, *block = s + QB * capacity;
    for (size_t h = 0; h < heads; h++) {
        const size_t g = h / group;
        attend(n, past, d, dp, q + h * d, heads * d, keys + g * d * capacity, capacity, values + g * capacity * dp, scale,
               out + h * d, heads * d, NULL, NULL, s, block);
    }
}

/// p = exp(s * scale - maximum) * inverse; ds = (p * (dp - delta)) * scale, both in place.
ORC void score_gradient(float *s, float *dp, size_t n, float scale, float maximum, float inverse, float delta) {
    const vf sv = vsplat(scale), mv = vsplat(maximum), iv = vsplat(inverse), dv = vsplat(delta);
    for (size_t i = 0; i < n; i += W) {  // rows are padded, so whole vectors may be touched
        const vf p = vexp(vload(s + i) * sv - mv) * iv;
        vstore(s + i, p);
        vstore(dp + i, (p * (vload(dp + i) - dv)) * sv);
    }
}

static void k_attention_backward(const float *q, const float *k, const float *v, const float *out, const float *dout,
                                 const float *stats, float *dq, float *dk, float *dv, float *scratch, const size_t *starts,
                                 size_t first, size_t last, size_t heads, size_t kv_heads, size_t d, float scale) {
    const size_t dp = orc_padded(d), group = heads / kv_heads;
    const size_t ldq = heads * d, ldk = kv_heads * d;
    for (size_t pair = first; pair < last; pair++) {
        const size_t start = starts[pair / kv_heads], t = starts[pair / kv_heads + 1] - start, g = pair % kv_heads;
        const size_t tp = orc_score_stride(t), at = start * ldk + g * d;
        float *kt = scratch, *vt = kt + d * tp, *keys = vt + d * tp;
        float *dkeys = keys + tp * dp, *dvalues = dkeys + tp * dp;
        float *s = dvalues + tp * dp, *ds = s + QB * tp;
        float *qb = ds + QB * tp, *dob = qb + QB * dp, *block = dob + QB * dp;
        gather_head(t, d, dp, k + at, ldk, keys, kt, tp);
        gather_head(t, d, dp, v + at, ldk, NULL, vt, tp);
        for (size_t i = 0; i < t * dp; i++) dkeys[i] = dvalues[i] = 0;
        for (size_t h = g * group; h < (g + 1) * group; h++) {
            const size_t head = start * ldq + h * d;
            const float *maxima = stats + (start * heads + h * t) * 2, *inverses = maxima + t;
            for (size_t i = 0; i < t; i += QB) {
                const size_t m = t - i < QB ? t - i : QB, n = orc_padded(i + m), row = head + i * ldq;
                gather_head(m, d, dp, q + row, ldq, qb, NULL, 0);
                gather_head(m, d, dp, dout + row, ldq, dob, NULL, 0);
                multiply(0, m, n, d, qb, dp, kt, NR, tp, s, tp, 1);
                multiply(0, m, n, d, dob, dp, vt, NR, tp, ds, tp, 1);
                for (size_t r = 0; r < m; r++) {
                    const float delta = lanes_dot(dout + row + r * ldq, out + row + r * ldq, d);
                    score_gradient(s + r * tp, ds + r * tp, i + r + 1, scale, maxima[i + r], inverses[i + r], delta);
                }
                multiply(0, m, dp, i, ds, tp, keys, NR, dp, block, dp, 1);
                staircase_rows(m, dp, ds + i, tp, keys + i * dp, block);
                for (size_t r = 0; r < m; r++) copy_row(dq + row + r * ldq, block + r * dp, d);
                multiply(1, i, dp, m, ds, tp, qb, NR, dp, dkeys, dp, 0);
                staircase_columns(m, dp, ds + i, tp, qb, dkeys + i * dp);
                multiply(1, i, dp, m, s, tp, dob, NR, dp, dvalues, dp, 0);
                staircase_columns(m, dp, s + i, tp, dob, dvalues + i * dp);
            }
        }
        for (size_t i = 0; i < t; i++) {
            copy_row(dk + at + i * ldk, dkeys + i * dp, d);
            copy_row(dv + at + i * ldk, dvalues + i * dp, d);
        }
    }
}
