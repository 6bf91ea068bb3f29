#pragma once
// What Swift cannot see of HDF5: constants behind macros, and error stacks, which every call of the library clears.
#include <hdf5.h>
#include <liblzf/lzf.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

// Constants that are casts or comma expressions.
static inline unsigned orc_h5f_acc_trunc(void) { return H5F_ACC_TRUNC; }
static inline hid_t orc_h5p_file_create(void) { return H5P_FILE_CREATE; }
static inline hid_t orc_h5p_group_create(void) { return H5P_GROUP_CREATE; }
static inline hid_t orc_h5p_dataset_create(void) { return H5P_DATASET_CREATE; }
static inline hid_t orc_h5t_uint8(void) { return H5T_NATIVE_UINT8; }
static inline hid_t orc_h5t_int8(void) { return H5T_NATIVE_INT8; }
static inline hid_t orc_h5t_uint16(void) { return H5T_NATIVE_UINT16; }
static inline hid_t orc_h5t_int16(void) { return H5T_NATIVE_INT16; }
static inline hid_t orc_h5t_int32(void) { return H5T_NATIVE_INT32; }
static inline hid_t orc_h5t_int64(void) { return H5T_NATIVE_INT64; }
static inline hid_t orc_h5t_float(void) { return H5T_NATIVE_FLOAT; }
static inline hid_t orc_h5t_double(void) { return H5T_NATIVE_DOUBLE; }
static inline hid_t orc_h5t_c_s1(void) { return H5T_C_S1; }
static inline size_t orc_h5t_variable(void) { return H5T_VARIABLE; }
static inline hsize_t orc_h5s_unlimited(void) { return H5S_UNLIMITED; }

/// Turns automatic printing of errors off; the setting belongs to a thread in thread-safe builds.
static inline void orc_h5_quiet(void) { H5Eset_auto2(H5E_DEFAULT, NULL, NULL); }

struct orc_text {
    char *bytes;
    size_t size, used;
};

static inline herr_t orc_h5_append_frame(unsigned n, const H5E_error2_t *e, void *context) {
    (void)n;
    struct orc_text *text = (struct orc_text *)context;
    if (text->used >= text->size) return 0;
    int written = snprintf(
        text->bytes + text->used, text->size - text->used, "%s: %s\n", e->func_name ? e->func_name : "?",
        e->desc ? e->desc : "");
    if (written > 0) text->used += (size_t)written;
    return 0;
}

/// Writes the error stack, one frame a line, innermost first, and clears it.
static inline void orc_h5_frames(char *bytes, size_t size) {
    struct orc_text text = {bytes, size, 0};
    bytes[0] = 0;
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, orc_h5_append_frame, &text);
    H5Eclear2(H5E_DEFAULT);
}

/// Gives an identifier back and keeps the error stack.
static inline void orc_h5_close(hid_t id) {
    if (id < 0) return;
    hid_t errors = H5Eget_current_stack();
    H5Idec_ref(id);
    if (errors >= 0) H5Eset_current_stack(errors);
}

/// Access properties for reading: no locks, which network file systems refuse and readers do not need.
static inline hid_t orc_h5_reading_properties(void) {
    hid_t properties = H5Pcreate(H5P_FILE_ACCESS);
#if (H5_VERS_MAJOR == 1 && H5_VERS_MINOR == 10 && H5_VERS_RELEASE >= 7) || H5_VERSION_GE(1, 12, 1)
    if (properties >= 0) H5Pset_file_locking(properties, 0, 1);
#endif
    return properties;
}

/// Access properties for writing: the file format of HDF5 1.8, whose structures carry checksums.
static inline hid_t orc_h5_writing_properties(void) {
    hid_t properties = orc_h5_reading_properties();
    if (properties >= 0) H5Pset_libver_bounds(properties, H5F_LIBVER_V18, H5F_LIBVER_V18);
    return properties;
}

/// Filters that this project undoes itself beside those of the library; h5py's LZF is not in Debian's library.
enum { orc_h5z_lzf = 32000 };

/// Expands LZF of exactly `size` bytes; returns 0, or 1 for damage or another length.
static inline int orc_unlzf(unsigned char *bytes, size_t size, const unsigned char *stored, size_t stored_size) {
    if (size > UINT32_MAX || stored_size > UINT32_MAX) return 1;
    return lzf_decompress(stored, (unsigned)stored_size, bytes, (unsigned)size) == size ? 0 : 1;
}

/// Inflates a zlib stream of exactly `size` bytes; returns 0, or zlib's error, or 1 for another length.
static inline int orc_inflate(unsigned char *bytes, size_t size, const unsigned char *stored, size_t stored_size) {
    uLongf length = (uLongf)size;
    int status = uncompress(bytes, &length, stored, (uLong)stored_size);
    if (status != Z_OK) return status;
    return length == size ? 0 : 1;
}
