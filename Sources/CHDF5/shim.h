#pragma once
#include <hdf5.h>

static inline unsigned orc_h5f_acc_rdonly(void) { return H5F_ACC_RDONLY; }
