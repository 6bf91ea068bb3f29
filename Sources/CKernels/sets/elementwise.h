// Element-wise operations, norms, rotations, gates, losses, optimizer.

static void k_exp(const float *x, float *y, size_t n) { EACH(i, n, ST(y + i, vexp(LD(x + i)));); }
static void k_log(const float *x, float *y, size_t n) { EACH(i, n, ST(y + i, vlog(LD(x + i)));); }
static void k_tanh(const float *x, float *y, size_t n) { EACH(i, n, ST(y + i, vtanh(LD(x + i)));); }
static void k_add(float *a, const float *b, size_t n) { EACH(i, n, ST(a + i, LD(a + i) + LD(b + i));); }
static void k_scale_add(float *y, const float *x, float s, size_t n) {
    const vf sv = vsplat(s);
    EACH(i, n, ST(y + i, vfma(sv, LD(x + i), LD(y + i))););
}
static void k_scale(float *x, float s, size_t n) {
    const vf sv = vsplat(s);
    EACH(i, n, ST(x + i, LD(x + i) * sv););
}
static float k_sum(const float *x, size_t n) { return lanes_sum(x, n); }

// MARK: RMSNorm

static void k_rms_norm(const float *x, const float *gain, float *y, float *inverse, size_t rows, size_t n, float eps) {
    for (size_t r = 0; r < rows; r++, x += n, y += n) {
        const float mean = lanes_dot(x, x, n) / (float)n;
        const float inv = 1.0f / __builtin_elementwise_sqrt(mean + eps);
        inverse[r] = inv;
        const vf iv = vsplat(inv);
        EACH(i, n, ST(y + i, (LD(x + i) * iv) * LD(gain + i)););
    }
}

/// dx = (gain * dy - x * (inv * inv * dot / n)) * inv with dot = sum of (gain * dy) * x in 16 lanes.
static void k_rms_norm_backward(const float *dy, const float *x, const float *gain, const float *inverse, float *dx,
                                float *dgain, size_t rows, size_t n, int accumulate) {
    for (size_t r = 0; r < rows; r++, x += n, dy += n, dx += n) {
        const float inv = inverse[r];
        const vf iv = vsplat(inv);
        lanes16 s = lanes_zero();
        EACH_LANES(i, q, n, {
            const vf next = vfma(LD(gain + i) * LD(dy + i), LD(x + i), s.part[q]);
            s.part[q] = vselect(present, next, s.part[q]);
        });
        const vf factor = vsplat(((inv * inv) * lanes_fold(s)) / (float)n);
        EACH(i, n, {
            const vf dyv = LD(dy + i);
            const vf xv = LD(x + i);
            const vf value = (LD(gain + i) * dyv - xv * factor) * iv;
            ST(dx + i, accumulate ? LD(dx + i) + value : value);
            if (dgain) ST(dgain + i, vfma(dyv, xv * iv, LD(dgain + i)));
        });
    }
}

static void k_rms_norm_gain(const float *dy, const float *x, const float *inverse, float *dgain, size_t rows, size_t n,
                            size_t first, size_t last) {
    for (size_t r = 0; r < rows; r++) {
        const float *dyr = dy + r * n + first, *xr = x + r * n + first;
        const vf iv = vsplat(inverse[r]);
        EACH(i, last - first, ST(dgain + first + i, vfma(LD(dyr + i), LD(xr + i) * iv, LD(dgain + first + i))););
    }
}

// MARK: Rotary positions

static void k_rope(float *x, size_t first, size_t last, size_t heads, size_t d, const float *cosines, const float *sines,
                   const uint32_t *positions, float sign) {
    const size_t half = d / 2;
    const vf sv = vsplat(sign);
    x += first * heads * d;
    for (size_t r = first; r < last; r++) {
        const float *cr = cosines + positions[r] * half, *sr = sines + positions[r] * half;
        for (size_t h = 0; h < heads; h++, x += d)
            EACH(i, half, {
                const vf c = LD(cr + i);
                const vf s = LD(sr + i) * sv;
                const vf a = LD(x + i);
                const vf b = LD(x + half + i);
                ST(x + i, vfma(a, c, vneg(b * s)));
                ST(x + half + i, vfma(b, c, a * s));
            });
    }
}

// MARK: Gates

static void k_swiglu(const float *gate, const float *up, float *y, size_t n) {
    EACH(i, n, {
        const vf g = LD(gate + i);
        ST(y + i, (g * vsigmoid(g)) * LD(up + i));
    });
}
static void k_swiglu_backward(const float *dy, const float *gate, const float *up, float *dgate, float *dup, size_t n) {
    const vf one = vsplat(1.0f);
    EACH(i, n, {
        const vf g = LD(gate + i);
        const vf u = LD(up + i);
        const vf d = LD(dy + i);
        const vf s = vsigmoid(g);
        ST(dup + i, d * (g * s));
        ST(dgate + i, (d * u) * (s * vfma(g, one - s, one)));
    });
}
static void k_silu(const float *x, float *y, size_t n) {
    EACH(i, n, {
        const vf g = LD(x + i);
        ST(y + i, g * vsigmoid(g));
    });
}
static void k_silu_backward(const float *dy, const float *x, float *dx, size_t n) {
    const vf one = vsplat(1.0f);
    EACH(i, n, {
        const vf g = LD(x + i);
        const vf s = vsigmoid(g);
        ST(dx + i, LD(dy + i) * (s * vfma(g, one - s, one)));
    });
}

// MARK: Softmax and cross-entropy

/// The lowest float that a maximum starts from, and its largest lane.
ORC vf no_maximum(void) { return vsplat(-__builtin_inff()); }
ORC float largest_lane(vf x) {
#if ORC_W == 1
    return x;
#else
#if ORC_W == 16
    x = vmax(x, BESIDE_8(x));
#endif
#if ORC_W >= 8
    x = vmax(x, BESIDE_4(x));
#endif
    x = vmax(x, BESIDE_2(x));
    x = vmax(x, BESIDE_1(x));
    return x[0];
#endif
}

ORC float row_maximum(const float *x, size_t n) {
    vf best = no_maximum();
    EACH(i, n, {
        const vi absent = viless(visplat((int32_t)left - 1), viota());
        best = vmax(best, vselect(absent, no_maximum(), LD(x + i)));
    });
    return largest_lane(best);
}

/// x = exp(x - maximum); returns the sum in 16 lanes.
ORC float row_exponentials(float *x, size_t n, float maximum) {
    const vf mv = vsplat(maximum);
    lanes16 s = lanes_zero();
    EACH_LANES(i, q, n, {
        const vf e = vexp(LD(x + i) - mv);
        ST(x + i, e);
        s.part[q] = vselect(present, s.part[q] + e, s.part[q]);
    });
    return lanes_fold(s);
}

static double cross_entropy(float *logits, size_t n, size_t target, float weight, int gradient, int *correct) {
    const float maximum = row_maximum(logits, n);
    const float logit = logits[target];
    int first = logit == maximum;
    for (size_t j = 0; first && j < target; j++) first = logits[j] != maximum;
    *correct = first;
    const float sum = row_exponentials(logits, n, maximum);
    if (gradient) {
        const float inverse = 1.0f / sum;
        const float probability = logits[target] * inverse;
        const vf iv = vsplat(inverse), wv = vsplat(weight);
        EACH(i, n, ST(logits + i, (LD(logits + i) * iv) * wv););
        logits[target] = (probability - 1.0f) * weight;
    }
    return orc_log64((double)sum) + ((double)maximum - (double)logit);
}

static void k_cross_entropy(float *logits, orc_scored_row *rows, size_t count, size_t n, int gradient) {
    for (size_t r = 0; r < count; r++, logits += n)
        rows[r].nats = cross_entropy(logits, n, rows[r].target, rows[r].weight, gradient, &rows[r].correct);
}

// MARK: Optimizer

/// Sixteen 64-bit lanes would differ in nothing: the sum wraps, so its order is free.
static uint64_t k_adamw(float *restrict w, float *restrict m, float *restrict v, const float *restrict g, size_t n,
                        uint64_t first_index, const orc_adamw *c) {
    const orc_adamw k = *c;
    uint64_t hash = 0;
#pragma clang loop vectorize(enable)
    for (size_t i = 0; i < n; i++) {
        const float gs = g[i] * k.gradient_factor;
        const float mi = k.beta1 * m[i] + k.one_minus_beta1 * gs;
        const float vi_ = k.beta2 * v[i] + k.one_minus_beta2 * (gs * gs);
        const float step = (mi / k.correction1) / (__builtin_elementwise_sqrt(vi_ / k.correction2) + k.epsilon);
        const float wi = w[i] - k.learning_rate * (step + k.weight_decay * w[i]);
        m[i] = mi;
        v[i] = vi_;
        w[i] = wi;
        hash += orc_mix_inline(first_index + i, orc_bits(wi), orc_bits(mi), orc_bits(vi_));
    }
    return hash;
}
static uint64_t k_state_hash(const float *w, const float *m, const float *v, size_t n, uint64_t first_index) {
    uint64_t hash = 0;
    for (size_t i = 0; i < n; i++) hash += orc_mix_inline(first_index + i, orc_bits(w[i]), orc_bits(m[i]), orc_bits(v[i]));
    return hash;
}

static void k_squared_norms(const float *x, size_t n, double *chunks) {
    for (size_t start = 0; start < n; start += 4096, chunks++) {
        const size_t count = n - start < 4096 ? n - start : 4096;
        double lane[16] = {0};
        size_t i = 0;
        for (; i + 16 <= count; i += 16)
            for (int l = 0; l < 16; l++) {
                const double value = x[start + i + l];
                lane[l] = lane[l] + value * value;  // the product of two floats is exact
            }
        for (int l = 0; i < count; i++, l++) {
            const double value = x[start + i];
            lane[l] = lane[l] + value * value;
        }
        for (int half = 8; half > 0; half /= 2)
            for (int l = 0; l < half; l++) lane[l] = lane[l] + lane[l + half];
        *chunks = lane[0];
    }
}

static size_t k_first_non_finite(const float *x, size_t n) {
    size_t i = 0;
    for (; i + 1024 <= n; i += 1024) {
        uint32_t bad = 0;
        for (int l = 0; l < 1024; l++) bad |= (orc_bits(x[i + l]) & 0x7f800000u) == 0x7f800000u;
        if (bad) break;
    }
    for (; i < n; i++)
        if ((orc_bits(x[i]) & 0x7f800000u) == 0x7f800000u) return i;
    return n;
}

// MARK: Nearest codeword

/// mr points against one panel of 2 W codewords, [n, 2 W]; better ones replace what index and distance hold.
ORC void nearest_rows(const int mr, const float *x, size_t n, const float *panel, size_t first, size_t columns,
                      uint32_t *index, float *distance) {
    vf acc[6][2];
#pragma clang loop unroll(full)
    for (int r = 0; r < mr; r++) acc[r][0] = acc[r][1] = vsplat(0);
    for (size_t k = 0; k < n; k++) {
        const vf c0 = vload(panel + k * 2 * W), c1 = vload(panel + k * 2 * W + W);
#pragma clang loop unroll(full)
        for (int r = 0; r < mr; r++) {
            const vf xv = vsplat(x[r * n + k]);
            const vf d0 = xv - c0, d1 = xv - c1;
            acc[r][0] = vfma(d0, d0, acc[r][0]);
            acc[r][1] = vfma(d1, d1, acc[r][1]);
        }
    }
    for (int r = 0; r < mr; r++) {
        float t[2 * ORC_W];
        vstore(t, acc[r][0]);
        vstore(t + W, acc[r][1]);
        for (size_t l = 0; l < columns; l++)
            if (t[l] < distance[r]) {
                distance[r] = t[l];
                index[r] = (uint32_t)(first + l);
            }
    }
}

static void k_nearest(const float *x, size_t rows, size_t n, const float *codes, size_t count, size_t ldc,
                      uint32_t *index, float *distance) {
    float *panel = orc_packing_buffer(n * 2 * W);
    for (size_t i = 0; i < rows; i++) {
        distance[i] = __builtin_inff();
        index[i] = 0;
    }
    for (size_t j = 0; j < count; j += 2 * W) {
        const size_t columns = count - j < 2 * W ? count - j : 2 * W;
        for (size_t k = 0; k < n; k++) __builtin_memcpy(panel + k * 2 * W, codes + k * ldc + j, 2 * W * sizeof(float));
        size_t i = 0;
        for (; i + 6 <= rows; i += 6) nearest_rows(6, x + i * n, n, panel, j, columns, index + i, distance + i);
        for (; i < rows; i++) nearest_rows(1, x + i * n, n, panel, j, columns, index + i, distance + i);
    }
}
