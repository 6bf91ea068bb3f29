#include "CKernels.h"
int orc_kernels_version(void) { return 1; }
