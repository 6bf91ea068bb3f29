// The body of one kernel set. The including file defines ORC_W (floats in a vector), ORC_MR and ORC_NV (rows and vectors of a
// matmul tile), ORC_KC (inner indices of a block, even), ORC_MODE_FLUSHES (whether the caller's float mode flushes as bf16 products
// are defined to), ORC_SET (name of the table) and ORC_NAME, under its target attribute.

#include "lanes.h"
#include "elementary.h"
#include "matmul.h"
#include "brain.h"
#include "matmul_brain.h"
#include "elementwise.h"
#include "attention.h"

const orc_kernels ORC_SET = {
    .name = ORC_NAME,
    .matmul = matmul,
    .matmul_bf16 = matmul_bf16,
    .bf16_wants_flush_mode = ORC_MODE_FLUSHES,
    .round_bf16 = k_round_bf16,
    .exp = k_exp,
    .log = k_log,
    .tanh = k_tanh,
    .add = k_add,
    .scale_add = k_scale_add,
    .scale = k_scale,
    .sum = k_sum,
    .rms_norm = k_rms_norm,
    .rms_norm_backward = k_rms_norm_backward,
    .rms_norm_gain = k_rms_norm_gain,
    .rope = k_rope,
    .swiglu = k_swiglu,
    .swiglu_backward = k_swiglu_backward,
    .silu = k_silu,
    .silu_backward = k_silu_backward,
    .attention = k_attention,
    .attention_backward = k_attention_backward,
    .attention_cached = k_attention_cached,
    .cross_entropy = k_cross_entropy,
    .adamw = k_adamw,
    .state_hash = k_state_hash,
    .squared_norms = k_squared_norms,
    .first_non_finite = k_first_non_finite,
    .nearest = k_nearest,
};
