#pragma once
// Values that only the library can read: of unusual types, behind its filters, in other files, of variable length.
#include "dataset.h"
#include <sys/mman.h>

/// Which rows of which dataset, and where they go.
struct orc_h5_request {
    const char *path;
    const char *dataset;
    /// The type in memory; 0 for the stored one, which is then strings.
    hid_t memory;
    /// Rows of the first axis.
    hsize_t first, rows;
    /// Filled with numbers or fixed-length strings; NULL for variable-length ones, which stand in the answer.
    void *values;
    /// Bytes at `values`.
    size_t size;
};

/// The task that answers a `struct orc_h5_request`: u8 0, then variable-length strings as texts; or u8 1 and frames.
static inline void orc_h5_fetch(void *context, struct orc_bytes *out) {
    const struct orc_h5_request *request = (const struct orc_h5_request *)context;
    hid_t access = orc_h5_reading_properties();
    hid_t file = H5Fopen(request->path, H5F_ACC_RDONLY, access);
    hid_t dataset = file >= 0 ? H5Dopen2(file, request->dataset, H5P_DEFAULT) : -1;
    hid_t space = dataset >= 0 ? H5Dget_space(dataset) : -1;
    hid_t stored = dataset >= 0 ? H5Dget_type(dataset) : -1;
    hid_t memory = request->memory ? request->memory : stored;
    int rank = space >= 0 ? H5Sget_simple_extent_ndims(space) : -1;
    hsize_t start[H5S_MAX_RANK] = {0}, extent[H5S_MAX_RANK] = {0};
    herr_t status = stored >= 0 && rank >= 0 && rank <= H5S_MAX_RANK ? H5Sget_simple_extent_dims(space, extent, NULL) : -1;
    hsize_t count = 1;
    if (status >= 0 && rank > 0) {
        start[0] = request->first;
        if (request->first > extent[0] || request->rows > extent[0] - request->first) status = -1;
        extent[0] = request->rows;
        for (int i = 0; i < rank; i++) count *= extent[i];
    }
    hid_t selected = -1;
    if (status >= 0) selected = rank > 0 ? H5Screate_simple(rank, extent, NULL) : H5Screate(H5S_SCALAR);
    if (status >= 0 && rank > 0) status = H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, extent, NULL);
    if (status >= 0 && selected < 0) status = -1;
    if (status >= 0) {
        orc_put_u8(out, 0);
        if (request->values) {
            status = count <= request->size / (H5Tget_size(memory) ? H5Tget_size(memory) : 1)
                         ? H5Dread(dataset, memory, selected, space, H5P_DEFAULT, request->values)
                         : -1;
        } else {
            char **texts = (char **)calloc(count + 1, sizeof(char *));
            status = texts && H5Tis_variable_str(memory) > 0
                         ? H5Dread(dataset, memory, selected, space, H5P_DEFAULT, texts)
                         : -1;
            if (status >= 0) {
                orc_h5_put_strings(out, texts, count, 0);
                H5Dvlen_reclaim(memory, selected, H5P_DEFAULT, texts);
            }
            free(texts);
        }
    }
    if (status < 0) {
        char frames[4096];
        orc_h5_frames(frames, sizeof frames);
        out->used = 0;
        orc_put_u8(out, 1);
        orc_put(out, frames, strlen(frames));
    }
    orc_h5_close(selected);
    orc_h5_close(stored);
    orc_h5_close(space);
    orc_h5_close(dataset);
    orc_h5_close(file);
    orc_h5_close(access);
}

/// Memory that a child fills for its parent; NULL when there is none.
static inline void *orc_shared_memory(size_t size) {
    void *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return bytes == MAP_FAILED ? NULL : bytes;
}
