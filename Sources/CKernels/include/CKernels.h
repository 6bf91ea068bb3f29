#pragma once
// The float kernels of the project. One definition per operation, compiled for several instruction sets with equal bits.
// What the bits are is defined in Documentation/Numerics.md; every function says which chain or lanes it follows.
// Matrices are row-major; a leading dimension counts floats. No function allocates except matmul's per-thread packing buffer.

#include <stddef.h>
#include <stdint.h>

/// The constants of one AdamW pass, all of them computed by the caller.
typedef struct {
    float gradient_factor;   ///< one factor for the summed gradient: Float(min(1, clip / norm) / weight)
    float learning_rate;
    float beta1, one_minus_beta1;
    float beta2, one_minus_beta2;
    float correction1, correction2;   ///< 1 - beta^t
    float epsilon;
    float weight_decay;
} orc_adamw;

/// One row of logits and what is known of it.
typedef struct {
    size_t target;
    float weight;
    int correct;   ///< set: 1 when target is the lowest index of the maximum
    double nats;   ///< set: -log softmax[target]
} orc_scored_row;

/// C[M,N] (+)= op(A) op(B); op(A) is A[M,K], or A[K,M] transposed when `ta`; op(B) is B[K,N], or B[N,K] transposed when `tb`.
typedef void (*orc_matmul)(int ta, int tb, size_t m, size_t n, size_t k, const float *a, size_t lda, const float *b, size_t ldb,
                           float *c, size_t ldc, int accumulate);

/// Kernels compiled for one instruction set.
typedef struct {
    const char *name;

    /// acc = fma(a, b, acc), k ascending, from 0 or from C when `accumulate`.
    orc_matmul matmul;
    /// The same with both operands rounded to bf16, in pairs of k: acc = fma(a[2i+1], b[2i+1], acc), then with 2i; K padded to even
    /// with +0, subnormal inputs zeros, results flushed after rounding at unbounded exponent. To be called by orc_matmul_bf16.
    orc_matmul matmul_bf16;
    /// Whether `matmul_bf16` computes what it must only while the thread's float mode flushes.
    int bf16_wants_flush_mode;
    /// y = x rounded to bf16: to nearest even, subnormals to zeros of their sign.
    void (*round_bf16)(const float *x, float *y, size_t n);

    void (*exp)(const float *x, float *y, size_t n);
    void (*log)(const float *x, float *y, size_t n);
    void (*tanh)(const float *x, float *y, size_t n);

    /// a += b
    void (*add)(float *a, const float *b, size_t n);
    /// y += s * x, one fma per element
    void (*scale_add)(float *y, const float *x, float s, size_t n);
    /// x *= s
    void (*scale)(float *x, float s, size_t n);
    /// Sum over 16 lanes, folded 8, 4, 2, 1.
    float (*sum)(const float *x, size_t n);

    /// y = (x * inv) * gain with inv = 1 / sqrt(mean square + eps); `inverse`[rows] is kept for the way back.
    void (*rms_norm)(const float *x, const float *gain, float *y, float *inverse, size_t rows, size_t n, float eps);
    /// dx is overwritten, or added to when `accumulate`; dgain, where it is not NULL, is continued, rows ascending.
    void (*rms_norm_backward)(const float *dy, const float *x, const float *gain, const float *inverse, float *dx,
                              float *dgain, size_t rows, size_t n, int accumulate);
    /// The columns first ..< last of dgain alone.
    void (*rms_norm_gain)(const float *dy, const float *x, const float *inverse, float *dgain, size_t rows, size_t n,
                          size_t first, size_t last);

    /// Rotates halves of every head in place (the convention of Hugging Face's Llama); table rows hold d/2 values.
    /// `sign` is 1 forward and -1 backward. Row r is at positions[r]; the rows first ..< last are turned.
    void (*rope)(float *x, size_t first, size_t last, size_t heads, size_t d, const float *cosines, const float *sines,
                 const uint32_t *positions, float sign);

    /// y = gate / (1 + exp(-gate)) * up
    void (*swiglu)(const float *gate, const float *up, float *y, size_t n);
    void (*swiglu_backward)(const float *dy, const float *gate, const float *up, float *dgate, float *dup, size_t n);
    /// y = x / (1 + exp(-x)), and its derivative times dy.
    void (*silu)(const float *x, float *y, size_t n);
    void (*silu_backward)(const float *dy, const float *x, float *dx, size_t n);

    /// Causal attention inside documents: document i is the rows starts[i] ..< starts[i + 1]. q and out are [rows, heads * d],
    /// k and v [rows, kv_heads * d]. Keeps maximum and inverse sum of every row: stats[heads, 2, rows] of each document, one after
    /// the other. Computed are the pairs first ..< last of (document, key-value head).
    void (*attention)(const float *q, const float *k, const float *v, float *out, float *stats, float *scratch,
                      const size_t *starts, size_t first, size_t last, size_t heads, size_t kv_heads, size_t d, float scale);
    void (*attention_backward)(const float *q, const float *k, const float *v, const float *out, const float *dout,
                               const float *stats, float *dq, float *dk, float *dv, float *scratch, const size_t *starts,
                               size_t first, size_t last, size_t heads, size_t kv_heads, size_t d, float scale);
    /// Attention of `n` new rows over a cache that already holds them as its last rows.
    /// keys: [kv_heads, d, capacity] (transposed), values: [kv_heads, capacity, orc_padded(d)].
    void (*attention_cached)(const float *q, const float *keys, const float *values, float *out, float *scratch, size_t n,
                             size_t past, size_t capacity, size_t heads, size_t kv_heads, size_t d, float scale);

    /// Softmax cross-entropy of rows of n logits, which become weight * (softmax - one hot) when `gradient`.
    void (*cross_entropy)(float *logits, orc_scored_row *rows, size_t count, size_t n, int gradient);

    /// One AdamW step, operation by operation; returns the wrapping sum of mix(index, weight, m, v).
    uint64_t (*adamw)(float *w, float *m, float *v, const float *g, size_t n, uint64_t first_index, const orc_adamw *c);
    /// The sum that `adamw` returns, for state at rest.
    uint64_t (*state_hash)(const float *w, const float *m, const float *v, size_t n, uint64_t first_index);
    /// Squared norm of every 4096-element chunk in 16 fp64 lanes.
    void (*squared_norms)(const float *x, size_t n, double *chunks);
    /// Index of the first element that is NaN or infinite; n if there is none.
    size_t (*first_non_finite)(const float *x, size_t n);

    /// For every row of x[rows, n] the lowest index of the nearest row of codes, given transposed [n, ld] with ld a multiple
    /// of 32 and `count` real columns; the distance chain is fma(diff, diff, acc), dimensions ascending.
    void (*nearest)(const float *x, size_t rows, size_t n, const float *codes_transposed, size_t count, size_t ld,
                    uint32_t *index, float *distance);
} orc_kernels;

enum { orc_set_scalar = 0, orc_set_avx2 = 1, orc_set_avx512 = 2, orc_set_neon = 3, orc_set_avx512bf16 = 4, orc_set_count = 5 };

/// The kernels of a set, or NULL when this build or this processor lacks them.
const orc_kernels *orc_kernels_of(int set);

/// The bf16 product of a set, in the float mode that it wants.
void orc_matmul_bf16(const orc_kernels *set, int ta, int tb, size_t m, size_t n, size_t k, const float *a, size_t lda,
                     const float *b, size_t ldb, float *c, size_t ldc, int accumulate);
/// The tiles of `avx512bf16` with its instruction spelled out, which an AVX-512 processor without it can run; NULL on others.
orc_matmul orc_matmul_bf16_spelled_out(void);
/// Whether `product`, run in a flushing float mode or not, gives the scalar set's bits on probes that tell apart roundings, orders and
/// ways of flushing.
int orc_bf16_product_agrees(orc_matmul product, int wants_flush_mode);
/// The processor's own bf16 product: 1 it is there and agrees with the definition, 0 there is none, -1 it differs.
int orc_native_bf16(void);

/// Bytes of a huge page; large buffers begin at a multiple of it.
enum { orc_huge_page = 1 << 21 };
/// Asks for huge pages: a matrix then takes a few translations instead of thousands.
void orc_advise_huge_pages(void *memory, size_t bytes);

/// Rounds up to the tile width that padded buffers use.
static inline size_t orc_padded(size_t n) { return (n + 31) / 32 * 32; }
/// Floats of scratch that the attention functions need for documents of up to t rows; 64-byte aligned memory.
size_t orc_attention_scratch(size_t t, size_t d);
size_t orc_attention_backward_scratch(size_t t, size_t d);
size_t orc_attention_cached_scratch(size_t capacity, size_t d);

/// Threads that run parts of one operation together, among them the calling one.
typedef struct orc_team orc_team;
/// A team of `count` threads, at least one; NULL when the system gives no more threads.
orc_team *orc_team_make(int count);
/// Calls body(context, part) for every part 0 ..< count at once and returns when all are done. One caller at a time.
void orc_team_run(orc_team *team, void (*body)(void *context, int part), void *context);
void orc_team_end(orc_team *team);

/// The mixing function of the state hash, for one element.
uint64_t orc_mix(uint64_t index, uint32_t w, uint32_t m, uint32_t v);
/// Floating-point operations a second that one core does in fused multiply-adds on registers alone, with the widest vectors it has;
/// the best of some runs in processor time of this thread. 0 where this program does not know the processor.
double orc_fma_peak(void);
/// The same of sums of products of bf16 pairs; 0 on a processor without the instruction.
double orc_bf16_peak(void);
/// Whether this thread rounds to nearest and keeps subnormals.
int orc_float_environment_is_exact(void);
