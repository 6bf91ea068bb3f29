#pragma once
// What a dataset is, and where its data stands; structure.h says in which form.
#include "walk.h"

enum orc_h5_class { orc_h5_integer, orc_h5_float, orc_h5_boolean, orc_h5_fixed, orc_h5_variable, orc_h5_other };

/// Datasets of more chunks are read through the library, which looks up one chunk at a time by going through all.
enum { orc_h5_chunk_limit = 4096 };

/// Describes a type: `is plain` says that its elements are what this project converts itself.
static inline enum orc_h5_class orc_h5_put_type(struct orc_bytes *out, hid_t type, int *plain) {
    size_t bytes = H5Tget_size(type);
    H5T_class_t class = H5Tget_class(type);
    enum orc_h5_class kind = orc_h5_other;
    const char *word = "";
    int is_signed = 0, big = 0;
    *plain = 0;
    switch (class) {
    case H5T_INTEGER:
        kind = orc_h5_integer;
        is_signed = H5Tget_sign(type) == H5T_SGN_2;
        big = H5Tget_order(type) == H5T_ORDER_BE;
        *plain = (big || H5Tget_order(type) == H5T_ORDER_LE) && H5Tget_precision(type) == 8 * bytes &&
                 H5Tget_offset(type) == 0 && (bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8);
        break;
    case H5T_FLOAT: {
        kind = orc_h5_float;
        is_signed = 1;
        big = H5Tget_order(type) == H5T_ORDER_BE;
        size_t sign, exponent, exponent_bits, mantissa, mantissa_bits;
        size_t wanted = bytes == 2 ? 5 : bytes == 4 ? 8 : 11;
        *plain = (big || H5Tget_order(type) == H5T_ORDER_LE) && H5Tget_precision(type) == 8 * bytes &&
                 H5Tget_offset(type) == 0 && (bytes == 2 || bytes == 4 || bytes == 8) &&
                 H5Tget_fields(type, &sign, &exponent, &exponent_bits, &mantissa, &mantissa_bits) >= 0 &&
                 sign == 8 * bytes - 1 && exponent_bits == wanted && mantissa == 0 &&
                 mantissa_bits == 8 * bytes - 1 - wanted && exponent == mantissa_bits &&
                 H5Tget_norm(type) == H5T_NORM_IMPLIED && H5Tget_ebias(type) == ((size_t)1 << (wanted - 1)) - 1;
        break;
    }
    case H5T_STRING:
        kind = H5Tis_variable_str(type) > 0 ? orc_h5_variable : orc_h5_fixed;
        *plain = kind == orc_h5_fixed;
        break;
    case H5T_ENUM:
        // How h5py stores booleans.
        if (bytes == 1 && H5Tget_nmembers(type) == 2) {
            kind = orc_h5_boolean;
            *plain = 1;
        } else {
            word = "enumeration";
        }
        break;
    case H5T_COMPOUND: word = "compound"; break;
    case H5T_REFERENCE: word = "reference"; break;
    case H5T_OPAQUE: word = "opaque bytes"; break;
    case H5T_VLEN: word = "list of variable length"; break;
    case H5T_ARRAY: word = "array"; break;
    case H5T_BITFIELD: word = "bit field"; break;
    default: word = "unknown type"; break;
    }
    orc_put_u8(out, (uint8_t)kind);
    orc_put_u64(out, bytes);
    orc_put_u8(out, (uint8_t)is_signed);
    orc_put_u8(out, (uint8_t)big);
    orc_put_u8(out, (uint8_t)*plain);
    orc_put_text(out, word);
    return kind;
}

/// Writes `count` strings of `width` bytes, or pointers to them when `width` is 0.
static inline void orc_h5_put_strings(struct orc_bytes *out, const void *values, size_t count, size_t width) {
    for (size_t i = 0; i < count; i++) {
        if (width == 0) {
            const char *text = ((char *const *)values)[i];
            orc_put_text(out, text ? text : "");
        } else {
            const char *text = (const char *)values + i * width;
            size_t length = strnlen(text, width);
            while (length > 0 && text[length - 1] == ' ') length--;
            orc_put_u32(out, (uint32_t)length);
            orc_put(out, text, length);
        }
    }
}

/// Writes where every chunk stands.
static inline void orc_h5_put_chunks(
    struct orc_h5_walk *walk, hid_t dataset, int rank, const hsize_t *shape, const hsize_t *chunk, uint64_t count) {
    hsize_t offset[H5S_MAX_RANK] = {0};
    orc_put_u8(walk->out, 2);
    orc_put_u64(walk->out, count);
    for (uint64_t i = 0; i < count; i++) {
        unsigned skipped = 0;
        haddr_t address = HADDR_UNDEF;
        hsize_t bytes = 0;
        if (H5Dget_chunk_info_by_coord(dataset, offset, &skipped, &address, &bytes) < 0) return;
        orc_put_u64(walk->out, bytes ? (uint64_t)address : UINT64_MAX);
        orc_put_u64(walk->out, bytes);
        orc_put_u32(walk->out, skipped);
        for (int axis = rank - 1; axis >= 0; axis--) {
            offset[axis] += chunk[axis];
            if (offset[axis] < shape[axis]) break;
            offset[axis] = 0;
        }
    }
}

/// Writes where the data of a dataset stands.
static inline void orc_h5_put_data(
    struct orc_h5_walk *walk, hid_t dataset, hid_t made, hid_t type, int rank, const hsize_t *shape, int plain, int here) {
    struct orc_bytes *out = walk->out;
    H5D_layout_t layout = H5Pget_layout(made);
    size_t size = H5Tget_size(type);
    double count = 1;
    for (int i = 0; i < rank; i++) count *= (double)shape[i];
    if (!plain || !here || walk->user_block != 0) {
        orc_put_u8(out, 0);
    } else if (layout == H5D_CONTIGUOUS && H5Pget_external_count(made) == 0) {
        haddr_t address = H5Dget_offset(dataset);
        orc_put_u8(out, 1);
        orc_put_u64(out, address == HADDR_UNDEF ? UINT64_MAX : (uint64_t)address);
    } else if (layout == H5D_COMPACT) {
        // The library copies as many bytes as the shape says from as many as are stored.
        if (count * (double)size != (double)H5Dget_storage_size(dataset) || count * (double)size > 1 << 17) {
            orc_h5_note(walk, "its shape and its stored bytes contradict each other");
            return;
        }
        size_t bytes = (size_t)count * size;
        void *values = calloc(bytes + 1, 1);
        if (!values || (bytes && H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0)) {
            orc_h5_note(walk, "its data cannot be read");
        } else {
            orc_put_u8(out, 3);
            orc_put_u64(out, bytes);
            orc_put(out, values, bytes);
        }
        free(values);
    } else if (layout == H5D_CHUNKED) {
        hsize_t chunk[H5S_MAX_RANK];
        unsigned options = 0;
        double chunks = 1;
        int known = rank > 0 && H5Pget_chunk(made, H5S_MAX_RANK, chunk) == rank;
        for (int i = 0; known && i < rank; i++) {
            known = chunk[i] > 0;
            if (known) chunks *= (double)((shape[i] + chunk[i] - 1) / chunk[i]);
        }
#if H5_VERSION_GE(1, 10, 0)
        known = known && H5Pget_chunk_opts(made, &options) >= 0 && options == 0;
#endif
        for (int i = 0, compressed = 0, n = H5Pget_nfilters(made); known && i < n; i++) {
            unsigned flags = 0;
            size_t parameters = 0;
            H5Z_filter_t filter = H5Pget_filter2(made, (unsigned)i, &flags, &parameters, NULL, 0, NULL, NULL);
            int compresses = filter == H5Z_FILTER_DEFLATE || filter == (H5Z_filter_t)orc_h5z_lzf;
            compressed += compresses;
            known = (compresses && compressed == 1) || filter == H5Z_FILTER_SHUFFLE ||
                    filter == H5Z_FILTER_FLETCHER32;
        }
        if (known && chunks <= orc_h5_chunk_limit) {
            orc_h5_put_chunks(walk, dataset, rank, shape, chunk, (uint64_t)chunks);
        } else {
            orc_put_u8(out, 0);
        }
    } else {
        orc_put_u8(out, 0);
    }
}

static inline void orc_h5_put_dataset(struct orc_h5_walk *walk, hid_t dataset, int here) {
    struct orc_bytes *out = walk->out;
    hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset), made = H5Dget_create_plist(dataset);
    int rank = space >= 0 ? H5Sget_simple_extent_ndims(space) : -1;
    hsize_t shape[H5S_MAX_RANK] = {0}, chunk[H5S_MAX_RANK] = {0};
    if (type < 0 || made < 0 || rank < 0 || rank > H5S_MAX_RANK || H5Sget_simple_extent_dims(space, shape, NULL) < 0) {
        orc_h5_note(walk, "its shape, type or storage cannot be read");
        return;
    }
    // The library calls no data at all "null"; it has no elements.
    if (H5Sget_simple_extent_type(space) == H5S_NULL) {
        rank = 1;
        shape[0] = 0;
    }
    orc_put_u8(out, (uint8_t)rank);
    for (int i = 0; i < rank; i++) orc_put_u64(out, shape[i]);
    int plain = 0;
    orc_h5_put_type(out, type, &plain);
    orc_put_u64(out, H5Dget_storage_size(dataset));
    int filters = H5Pget_layout(made) == H5D_CHUNKED ? H5Pget_nfilters(made) : 0;
    if (filters < 0 || filters > 32) filters = 0;
    orc_put_u8(out, (uint8_t)filters);
    for (int i = 0; i < filters; i++) {
        unsigned flags = 0;
        size_t parameters = 0;
        orc_put_u32(out, (uint32_t)H5Pget_filter2(made, (unsigned)i, &flags, &parameters, NULL, 0, NULL, NULL));
    }
    int chunked = H5Pget_layout(made) == H5D_CHUNKED && rank > 0 && H5Pget_chunk(made, H5S_MAX_RANK, chunk) == rank;
    orc_put_u8(out, (uint8_t)chunked);
    for (int i = 0; chunked && i < rank; i++) orc_put_u64(out, chunk[i]);
    size_t size = H5Tget_size(type);
    H5D_fill_value_t defined = H5D_FILL_VALUE_UNDEFINED;
    unsigned char *fill = plain && size > 0 && size <= 1 << 16 ? (unsigned char *)calloc(size, 1) : NULL;
    int filled = fill && H5Pfill_value_defined(made, &defined) >= 0 && defined == H5D_FILL_VALUE_USER_DEFINED &&
                 H5Pget_fill_value(made, type, fill) >= 0;
    orc_put_u8(out, (uint8_t)filled);
    if (filled) orc_put(out, fill, size);
    free(fill);
    orc_h5_put_data(walk, dataset, made, type, rank, shape, plain, here);
    orc_h5_close(made);
    orc_h5_close(space);
    orc_h5_close(type);
}
