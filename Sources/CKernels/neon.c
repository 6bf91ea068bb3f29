// Four floats a register: NEON, which every 64-bit ARM has.
#include "sets/shared.h"

#if defined(__aarch64__)
#pragma clang fp contract(off)

#define ORC_W 4
#define ORC_MR 8
#define ORC_NV 2
#define ORC_KC 320
#define ORC_MODE_FLUSHES 0
#define ORC_SET orc_neon_kernels
#define ORC_NAME "neon"
#include "sets/set.h"

#endif
