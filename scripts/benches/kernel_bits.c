// Prints a hash of the results of every float kernel over seeded shapes, a line for each: `kernel_bits SET...`. Called by `scripts/prove-neon`.
// Two programs, or two sets of one, that print the same lines computed the same bits. Only which NaN a result is stays open.
#define _POSIX_C_SOURCE 200809L
#include "CKernels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const orc_kernels *set;
static uint64_t state;

static uint64_t word(void) {
    uint64_t z = (state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}
static float *memory(size_t n) {
    float *p = NULL;
    if (posix_memalign((void **)&p, 64, (n + 16) / 16 * 64)) abort();
    memset(p, 0, (n + 16) / 16 * 64);
    return p;
}
/// n values of -2 ..< 2 on a grid of 2^-22: exact on every machine.
static float *values(size_t n) {
    float *p = memory(n);
    for (size_t i = 0; i < n; i++) p[i] = (float)((int32_t)(word() >> 40) - (1 << 23)) * 0x1p-22f;
    return p;
}
/// n floats of any bits, infinities and NaN among them, or of magnitudes whose products lie around the least normal number.
static float *any(size_t n, int small) {
    float *p = memory(n);
    for (size_t i = 0; i < n; i++) {
        const uint32_t low = (uint32_t)word();
        const uint32_t bits = small ? (low & 0x807fffff) | ((52 + (low >> 23 & 15)) << 23) : low;
        memcpy(p + i, &bits, 4);
    }
    return p;
}
/// n floats of which every hundredth is a signed zero, a subnormal or the least normal number.
static float *edged(size_t n) {
    static const uint32_t edges[] = {0, 0x80000000, 1, 0x807fffff, 0x00800000, 0x80800001};
    float *p = values(n);
    for (size_t i = 0; i < n; i += 1 + word() % 200) memcpy(p + i, &edges[word() % 6], 4);
    return p;
}

static uint64_t hash;
static void take(const void *data, size_t bytes) {
    const unsigned char *p = data;
    for (size_t i = 0; i < bytes; i++) hash = (hash ^ p[i]) * 0x100000001B3u;
}
static void floats(const float *x, size_t n) {
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, x + i, 4);
        if ((bits & 0x7fffffff) > 0x7f800000) bits = 0x7fc00000;
        take(&bits, 4);
    }
}
/// Begins a kernel: its inputs and its hash depend on nothing before it.
static void begin(uint64_t seed) {
    state = seed;
    hash = 0xCBF29CE484222325u;
}
static void line(const char *name) { printf("%-22s %016llx\n", name, (unsigned long long)hash); }

// MARK: Products

static void product(const char *name, int bf16, int small) {
    static const size_t shapes[][3] = {
        {1, 1, 0}, {1, 1, 1}, {3, 2, 0}, {5, 7, 1}, {2, 3, 5}, {1, 97, 31}, {97, 1, 31}, {13, 33, 17}, {8, 8, 8}, {9, 9, 9},
        {31, 37, 41}, {48, 300, 19}, {29, 530, 30}, {64, 259, 345}, {41, 103, 2}, {225, 16, 90}, {23, 29, 661},
    };
    begin(11);
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (int way = 0; way < 8; way++) {
            const size_t m = shapes[s][0], n = shapes[s][1], k = shapes[s][2];
            const int ta = way & 1, tb = way >> 1 & 1, accumulate = way >> 2;
            float *a = small ? any(m * k, 1) : edged(m * k), *b = small ? any(k * n, 1) : edged(k * n);
            float *c = edged(m * n);
            const size_t lda = ta ? m : k, ldb = tb ? k : n;
            if (bf16) orc_matmul_bf16(set, ta, tb, m, n, k, a, lda, b, ldb, c, n, accumulate);
            else set->matmul(ta, tb, m, n, k, a, lda, b, ldb, c, n, accumulate);
            floats(c, m * n);
            free(a), free(b), free(c);
        }
    line(name);
}

// MARK: Functions of one vector or two

static const size_t lengths[] = {0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 33, 64, 97, 1000, 4096, 4097, 9001};
#define LENGTHS(n) for (size_t at_ = 0, n; at_ < sizeof lengths / sizeof *lengths && (n = lengths[at_], 1); at_++)

static void function(const char *name, void (*body)(const float *, float *, size_t), int bits) {
    begin(12);
    LENGTHS(n) {
        float *x = bits ? any(n, 0) : values(n), *y = memory(n);
        body(x, y, n);
        floats(y, n);
        free(x), free(y);
    }
    line(name);
}

static void elementwise(void) {
    function("exp", set->exp, 1);
    function("log", set->log, 1);
    function("tanh", set->tanh, 1);
    function("silu", set->silu, 0);
    function("round_bf16", set->round_bf16, 1);
    begin(13);
    LENGTHS(n) {
        float *x = edged(n), *y = edged(n), *z = edged(n), *u = memory(n), *v = memory(n);
        set->add(y, x, n);
        floats(y, n);
        set->scale_add(y, x, 0.7f, n);
        floats(y, n);
        set->scale(y, 1.3f, n);
        floats(y, n);
        const float sum = set->sum(y, n);
        floats(&sum, 1);
        set->swiglu(x, y, u, n);
        floats(u, n);
        set->swiglu_backward(z, x, y, u, v, n);
        floats(u, n);
        floats(v, n);
        set->silu_backward(z, x, u, n);
        floats(u, n);
        double chunks[8] = {0};
        set->squared_norms(x, n, chunks);
        take(chunks, sizeof chunks);
        if (n > 2) memcpy(x + n * 2 / 3, &(uint32_t){0x7f800000}, 4);
        const uint64_t first = set->first_non_finite(x, n);
        take(&first, 8);
        free(x), free(y), free(z), free(u), free(v);
    }
    line("vectors");
}

// MARK: Rows

static void rows(void) {
    begin(14);
    static const size_t widths[] = {2, 6, 16, 34, 72, 256, 1000};
    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
        const size_t n = widths[w], count = 1 + w * 3;
        float *x = values(count * n), *dy = values(count * n), *gain = values(n), *y = memory(count * n), *inverse = memory(count);
        float *dx = values(count * n), *dgain = values(n);
        set->rms_norm(x, gain, y, inverse, count, n, 1e-5f);
        floats(y, count * n);
        floats(inverse, count);
        for (int accumulate = 0; accumulate < 2; accumulate++) {
            set->rms_norm_backward(dy, x, gain, inverse, dx, accumulate ? dgain : NULL, count, n, accumulate);
            set->rms_norm_gain(dy, x, inverse, dgain, count, n, n / 3, n);
            floats(dx, count * n);
            floats(dgain, n);
        }
        free(x), free(dy), free(gain), free(y), free(inverse), free(dx), free(dgain);
    }
    line("rms_norm");

    begin(15);
    for (size_t half = 1; half <= 33; half += 8) {
        const size_t count = 9, heads = 3, d = 2 * half;
        float *x = values(count * heads * d), *cosines = values(count * half), *sines = values(count * half);
        uint32_t positions[9];
        for (size_t i = 0; i < count; i++) positions[i] = (uint32_t)(i < 5 ? i : i - 5);
        set->rope(x, 0, count, heads, d, cosines, sines, positions, 1);
        set->rope(x, 2, 7, heads, d, cosines, sines, positions, -1);
        floats(x, count * heads * d);
        free(x), free(cosines), free(sines);
    }
    line("rope");

    begin(16);
    static const size_t classes[] = {1, 2, 15, 16, 33, 1003};
    for (size_t w = 0; w < sizeof classes / sizeof *classes; w++)
        for (int gradient = 0; gradient < 2; gradient++) {
            const size_t n = classes[w], count = 5;
            float *logits = values(count * n);
            orc_scored_row scored[5];
            for (size_t r = 0; r < count; r++) scored[r] = (orc_scored_row){.target = word() % n, .weight = 256 - 31 * (float)r};
            set->cross_entropy(logits, scored, count, n, gradient);
            floats(logits, count * n);
            for (size_t r = 0; r < count; r++) take(&scored[r].nats, 8), take(&scored[r].correct, sizeof scored[r].correct);
            free(logits);
        }
    line("cross_entropy");

    begin(17);
    for (size_t count = 1; count <= 97; count += 32) {
        const size_t points = 41, n = 27, ld = orc_padded(count);
        float *x = values(points * n), *codes = values(n * ld), *distance = memory(points);
        uint32_t index[41];
        set->nearest(x, points, n, codes, count, ld, index, distance);
        take(index, sizeof index);
        floats(distance, points);
        free(x), free(codes), free(distance);
    }
    line("nearest");
}

static void optimizer(void) {
    begin(18);
    const orc_adamw c = {
        .gradient_factor = 0.01f, .learning_rate = 1e-3f, .beta1 = 0.9f, .one_minus_beta1 = 0.1f, .beta2 = 0.95f,
        .one_minus_beta2 = 0.05f, .correction1 = 0.271f, .correction2 = 0.142625f, .epsilon = 1e-8f, .weight_decay = 0.1f,
    };
    LENGTHS(n) {
        float *w = values(n), *m = values(n), *v = values(n), *g = edged(n);
        for (size_t i = 0; i < n; i++) v[i] *= v[i];
        for (int step = 0; step < 3; step++) {
            uint64_t sum = set->adamw(w, m, v, g, n, 4096 * (uint64_t)step, &c);
            take(&sum, 8);
        }
        const uint64_t sum = set->state_hash(w, m, v, n, 77);
        take(&sum, 8);
        floats(w, n), floats(m, n), floats(v, n);
        free(w), free(m), free(v), free(g);
    }
    line("adamw");
}

// MARK: Attention

static void attention(void) {
    static const struct { size_t heads, groups, d, starts[5], documents; } cases[] = {
        {1, 1, 2, {0, 1}, 1}, {2, 1, 8, {0, 7, 24}, 2}, {4, 2, 18, {0, 1, 58, 59, 171}, 4}, {3, 3, 32, {0, 113}, 1}, {4, 1, 40, {0, 56, 112}, 2},
    };
    begin(19);
    for (size_t at = 0; at < sizeof cases / sizeof *cases; at++) {
        const size_t heads = cases[at].heads, groups = cases[at].groups, d = cases[at].d, documents = cases[at].documents;
        const size_t *starts = cases[at].starts, t = starts[documents], n = t * heads * d, kn = t * groups * d;
        float *q = values(n), *k = values(kn), *v = values(kn), *out = memory(n), *dout = values(n), *statistics = memory(2 * heads * t);
        float *dq = memory(n), *dk = memory(kn), *dv = memory(kn);
        float *scratch = memory(orc_attention_scratch(t, d)), *back = memory(orc_attention_backward_scratch(t, d));
        set->attention(q, k, v, out, statistics, scratch, starts, 0, documents * groups, heads, groups, d, 0.3f);
        set->attention_backward(q, k, v, out, dout, statistics, dq, dk, dv, back, starts, 0, documents * groups, heads, groups, d, 0.3f);
        floats(out, n), floats(statistics, 2 * heads * t), floats(dq, n), floats(dk, kn), floats(dv, kn);
        free(q), free(k), free(v), free(out), free(dout), free(statistics), free(dq), free(dk), free(dv), free(scratch), free(back);
    }
    line("attention");

    begin(20);
    const size_t heads = 4, groups = 2, d = 18, capacity = 128;
    float *keys = values(groups * d * capacity), *cached = values(groups * capacity * orc_padded(d));
    float *scratch = memory(orc_attention_cached_scratch(capacity, d));
    for (size_t past = 0; past < 90; past += 29)
        for (size_t n = 1; n < 40; n += 19) {
            float *q = values(n * heads * d), *out = memory(n * heads * d);
            set->attention_cached(q, keys, cached, out, scratch, n, past, capacity, heads, groups, d, 0.3f);
            floats(out, n * heads * d);
            free(q), free(out);
        }
    line("attention_cached");
    free(keys), free(cached), free(scratch);
}

int main(int count, char **names) {
    static const char *const known[orc_set_count] = {
        [orc_set_scalar] = "scalar", [orc_set_avx2] = "avx2", [orc_set_avx512] = "avx512", [orc_set_neon] = "neon", [orc_set_avx512bf16] = "avx512bf16"};
    if (count != 2) return fprintf(stderr, "kernel_bits: one kernel set is expected\n"), 64;
    for (int i = 0; i < orc_set_count; i++)
        if (!strcmp(names[1], known[i])) set = orc_kernels_of(i);
    if (!set) return fprintf(stderr, "kernel_bits: there is no set '%s' here\n", names[1]), 69;
    product("matmul", 0, 0);
    product("matmul, small", 0, 1);
    product("matmul_bf16", 1, 0);
    product("matmul_bf16, small", 1, 1);
    elementwise();
    rows();
    optimizer();
    attention();
    return 0;
}
