#pragma once
// Float kernels; see Documentation/Numerics.md.
int orc_kernels_version(void);
