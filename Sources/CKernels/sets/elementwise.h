// Element-wise operations, norms, rotations, gates, losses, optimizer.

static void k_exp(const float *x, float *y, size_t n) {
    for (size_t i = 0; i < n; i += W) st(y, i, n, vexp(ld(x, i, n)));
}
static void k_log(const float *x, float *y, size_t n) {
    for (size_t i = 0; i < n; i += W) st(y, i, n, vlog(ld(x, i, n)));
}
static void k_tanh(const float *x, float *y, size_t n) {
    for (size_t i = 0; i < n; i += W) st(y, i, n, vtanh(ld(x, i, n)));
}
static void k_add(float *a, const float *b, size_t n) {
    for (size_t i = 0; i < n; i += W) st(a, i, n, ld(a, i, n) + ld(b, i, n));
}
static void k_scale_add(float *y, const float *x, float s, size_t n) {
    const vf sv = vsplat(s);
    for (size_t i = 0; i < n; i += W) st(y, i, n, vfma(sv, ld(x, i, n), ld(y, i, n)));
}
static void k_scale(float *x, float s, size_t n) {
    const vf sv = vsplat(s);
    for (size_t i = 0; i < n; i += W) st(x, i, n, ld(x, i, n) * sv);
}
static float k_sum(const float *x, size_t n) { return lanes_sum(x, n); }

// MARK: RMSNorm

static void k_rms_norm(const float *x, const float *gain, float *y, float *inverse, size_t rows, size_t n, float eps) {
    for (size_t r = 0; r < rows; r++, x += n, y += n) {
        const float mean = lanes_dot(x, x, n) / (float)n;
        const float inv = 1.0f / __builtin_elementwise_sqrt(mean + eps);
        inverse[r] = inv;
        const vf iv = vsplat(inv);
        for (size_t i = 0; i < n; i += W) st(y, i, n, (ld(x, i, n) * iv) * ld(gain, i, n));
    }
}

/// dx = (gain * dy - x * (inv * inv * dot / n)) * inv with dot = sum of (gain * dy) * x in 16 lanes.
static void k_rms_norm_backward(const float *dy, const float *x, const float *gain, const float *inverse, float *dx,
                                float *dgain, size_t rows, size_t n, int accumulate) {
    for (size_t r = 0; r < rows; r++, x += n, dy += n, dx += n) {
        const float inv = inverse[r];
        const vf iv = vsplat(inv);
        lanes16 s = lanes_zero();
        size_t i = 0;
        for (; i + 16 <= n; i += 16)
            for (int q = 0; q < PARTS; q++) {
                const size_t at = i + q * W;
                s.part[q] = vfma(vload(gain + at) * vload(dy + at), vload(x + at), s.part[q]);
            }
        for (int q = 0; i < n && q < PARTS; q++, i += W) {
            const vf next = vfma(ld(gain, i, n) * ld(dy, i, n), ld(x, i, n), s.part[q]);
            s.part[q] = vselect(present(i, n), next, s.part[q]);
        }
        const vf factor = vsplat(((inv * inv) * lanes_fold(s)) / (float)n);
        for (i = 0; i < n; i += W) {
            const vf dyv = ld(dy, i, n), xv = ld(x, i, n);
            const vf value = (ld(gain, i, n) * dyv - xv * factor) * iv;
            st(dx, i, n, accumulate ? ld(dx, i, n) + value : value);
            st(dgain, i, n, vfma(dyv, xv * iv, ld(dgain, i, n)));
        }
    }
}

// MARK: Rotary positions

static void k_rope(float *x, size_t rows, size_t heads, size_t d, const float *cosines, const float *sines, size_t period,
                   size_t offset, float sign) {
    const size_t half = d / 2;
    const vf sv = vsplat(sign);
    for (size_t r = 0; r < rows; r++) {
        const float *cr = cosines + (r % period + offset) * half, *sr = sines + (r % period + offset) * half;
        for (size_t h = 0; h < heads; h++, x += d)
            for (size_t i = 0; i < half; i += W) {
                const vf c = ld(cr, i, half), s = ld(sr, i, half) * sv;
                const vf a = ld(x, i, half), b = ld(x + half, i, half);
                st(x, i, half, vfma(a, c, vneg(b * s)));
                st(x + half, i, half, vfma(b, c, a * s));
            }
    }
}

// MARK: Gates

static void k_swiglu(const float *gate, const float *up, float *y, size_t n) {
    for (size_t i = 0; i < n; i += W) {
        const vf g = ld(gate, i, n);
        st(y, i, n, (g * vsigmoid(g)) * ld(up, i, n));
    }
}
static void k_swiglu_backward(const float *dy, const float *gate, const float *up, float *dgate, float *dup, size_t n) {
    const vf one = vsplat(1.0f);
    for (size_t i = 0; i < n; i += W) {
        const vf g = ld(gate, i, n), u = ld(up, i, n), d = ld(dy, i, n);
        const vf s = vsigmoid(g);
        st(dup, i, n, d * (g * s));
        st(dgate, i, n, (d * u) * (s * vfma(g, one - s, one)));
    }
}
static void k_silu(const float *x, float *y, size_t n) {
    for (size_t i = 0; i < n; i += W) {
        const vf g = ld(x, i, n);
        st(y, i, n, g * vsigmoid(g));
    }
}
static void k_silu_backward(const float *dy, const float *x, float *dx, size_t n) {
    const vf one = vsplat(1.0f);
    for (size_t i = 0; i < n; i += W) {
        const vf g = ld(x, i, n), s = vsigmoid(g);
        st(dx, i, n, ld(dy, i, n) * (s * vfma(g, one - s, one)));
    }
}

// MARK: Softmax and cross-entropy

ORC float row_maximum(const float *x, size_t n) {
    vf best = vsplat(-__builtin_inff());
    size_t i = 0;
    for (; i + W <= n; i += W) best = vmax(best, vload(x + i));
    if (i < n) best = vselect(present(i, n), vmax(best, ld(x, i, n)), best);
    float t[ORC_W];
    vstore(t, best);
    float result = t[0];
    for (size_t l = 1; l < W; l++) result = t[l] > result ? t[l] : result;
    return result;
}

/// x = exp(x - maximum); returns the sum in 16 lanes.
ORC float row_exponentials(float *x, size_t n, float maximum) {
    const vf mv = vsplat(maximum);
    lanes16 s = lanes_zero();
    size_t i = 0;
    for (; i + 16 <= n; i += 16)
        for (int q = 0; q < PARTS; q++) {
            const vf e = vexp(vload(x + i + q * W) - mv);
            vstore(x + i + q * W, e);
            s.part[q] = s.part[q] + e;
        }
    for (int q = 0; i < n && q < PARTS; q++, i += W) {
        const vf e = vexp(ld(x, i, n) - mv);
        st(x, i, n, e);
        s.part[q] = vselect(present(i, n), s.part[q] + e, s.part[q]);
    }
    return lanes_fold(s);
}

static double k_cross_entropy(float *logits, size_t n, size_t target, float weight, int gradient, int *correct) {
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
        for (size_t i = 0; i < n; i += W) st(logits, i, n, (ld(logits, i, n) * iv) * wv);
        logits[target] = (probability - 1.0f) * weight;
    }
    return orc_log64((double)sum) + ((double)maximum - (double)logit);
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

/// mr points against two vectors of codewords.
ORC void distances(const int mr, const float *x, size_t n, const float *codes, size_t ldc, vf acc[][2]) {
#pragma clang loop unroll(full)
    for (int r = 0; r < mr; r++) acc[r][0] = acc[r][1] = vsplat(0);
    for (size_t k = 0; k < n; k++) {
        const vf c0 = vload(codes + k * ldc), c1 = vload(codes + k * ldc + W);
#pragma clang loop unroll(full)
        for (int r = 0; r < mr; r++) {
            const vf xv = vsplat(x[r * n + k]);
            const vf d0 = xv - c0, d1 = xv - c1;
            acc[r][0] = vfma(d0, d0, acc[r][0]);
            acc[r][1] = vfma(d1, d1, acc[r][1]);
        }
    }
}

ORC void nearest_rows(const int mr, const float *x, size_t n, const float *codes, size_t count, size_t ldc,
                      uint32_t *index, float *distance) {
    float best[6];
    uint32_t at[6];
    for (int r = 0; r < mr; r++) {
        best[r] = __builtin_inff();
        at[r] = 0;
    }
    for (size_t j = 0; j < count; j += 2 * W) {
        vf acc[6][2];
        distances(mr, x, n, codes + j, ldc, acc);
        for (int r = 0; r < mr; r++) {
            float t[2 * ORC_W];
            vstore(t, acc[r][0]);
            vstore(t + W, acc[r][1]);
            const size_t columns = count - j < 2 * W ? count - j : 2 * W;
            for (size_t l = 0; l < columns; l++)
                if (t[l] < best[r]) {
                    best[r] = t[l];
                    at[r] = (uint32_t)(j + l);
                }
        }
    }
    for (int r = 0; r < mr; r++) {
        index[r] = at[r];
        if (distance) distance[r] = best[r];
    }
}

static void k_nearest(const float *x, size_t rows, size_t n, const float *codes, size_t count, size_t ldc,
                      uint32_t *index, float *distance) {
    size_t i = 0;
    for (; i + 6 <= rows; i += 6)
        nearest_rows(6, x + i * n, n, codes, count, ldc, index + i, distance ? distance + i : NULL);
    for (; i < rows; i++) nearest_rows(1, x + i * n, n, codes, count, ldc, index + i, distance ? distance + i : NULL);
}
