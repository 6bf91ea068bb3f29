// Plain scalar code with hardware fma; the portable set, and the slow one.
#include "sets/shared.h"

#pragma clang fp contract(off)
#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("fma"))), apply_to = function)
#endif

#define ORC_W 1
#define ORC_MR 4
#define ORC_NV 4
#define ORC_KC 256
#define ORC_MODE_FLUSHES 0
#define ORC_SET orc_scalar_kernels
#define ORC_NAME "scalar"
#include "sets/set.h"

#if defined(__x86_64__)
#pragma clang attribute pop
#endif
