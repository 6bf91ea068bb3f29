#pragma once
// The structure of a file as bytes: groups, attributes with their values, and where the data of each dataset stands.
//
//   answer     := u8 0, object | u8 1, place and frames (an error in the structure) | u8 2, frames (no HDF5 file)
//   object     := u8 0 (cannot be opened) | u8 1, u32 number of an object above
//               | u8 2, attributes, members (a group) | u8 3, attributes, dataset        numbered in this order
//               | u8 4, text (why it is not opened)
//   members    := (u8 1, text name, object)* u8 0
//   attributes := (u8 1, text name, value)* u8 0
//   value      := u8 0, u64 n, i64* | u8 1, u64 n, f64* | u8 2, u64 n, text* | u8 3, text (what it is)
//   dataset    := u8 rank, u64 shape*, type, u64 stored bytes, u8 n, u32 filter*, u8 is chunked, u64 chunk*,
//                 u8 has a fill value, bytes (one element), data
//   type       := u8 class, u64 bytes, u8 is signed, u8 is big-endian, u8 is plain, text (what it is)
//   data       := u8 0 (to be read through the library) | u8 1, u64 address (in one piece)
//               | u8 2, u64 n, (u64 address, u64 bytes, u32 filters skipped)* | u8 3, u64 n, bytes (here)
//
// Numbers are this machine's. The address of what was never written is all ones.
#include "dataset.h"
#include "links.h"
#include "walk.h"

/// Deeper groups are not entered.
enum { orc_h5_depth = 64 };

static inline void orc_h5_put_value(struct orc_h5_walk *walk, hid_t attribute) {
    struct orc_bytes *out = walk->out;
    hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    hssize_t points = space >= 0 ? H5Sget_simple_extent_npoints(space) : -1;
    size_t size = type >= 0 ? H5Tget_size(type) : 0;
    struct orc_bytes described = {NULL, 0, 0, 0};
    int plain = 0;
    enum orc_h5_class kind = type >= 0 ? orc_h5_put_type(&described, type, &plain) : orc_h5_other;
    // Attributes are metadata, not data.
    size_t widest = size > 16 ? size : 16;
    if (points < 0 || (uint64_t)points > ((uint64_t)64 << 20) / widest) {
        orc_h5_note(walk, "an attribute claims more than 64 MiB of values");
        kind = orc_h5_other;
    }
    size_t count = points > 0 ? (size_t)points : 0;
    if (kind == orc_h5_other || (!plain && kind != orc_h5_variable)) {
        const char *word = described.used > 16 ? (const char *)described.bytes + 16 : "";
        uint32_t length = described.used > 16 ? (uint32_t)(described.used - 16) : 0;
        orc_put_u8(out, 3);
        orc_put_u32(out, length ? length : 18);
        orc_put(out, length ? word : "an unusual number", length ? length : 18);
    } else {
        int is_text = kind == orc_h5_fixed || kind == orc_h5_variable;
        hid_t memory = is_text ? H5Tcopy(type) : H5Tcopy(kind == orc_h5_float ? H5T_NATIVE_DOUBLE : H5T_NATIVE_INT64);
        size_t width = kind == orc_h5_fixed ? size : 8;
        void *values = calloc(count + 1, width);
        herr_t status = values && memory >= 0 ? (count ? H5Aread(attribute, memory, values) : 0) : -1;
        if (status >= 0) {
            orc_put_u8(out, is_text ? 2 : kind == orc_h5_float ? 1 : 0);
            orc_put_u64(out, count);
            if (is_text) {
                orc_h5_put_strings(out, values, count, kind == orc_h5_fixed ? width : 0);
                if (kind == orc_h5_variable && count) H5Dvlen_reclaim(memory, space, H5P_DEFAULT, values);
            } else {
                orc_put(out, values, 8 * count);
            }
        } else {
            orc_h5_note(walk, "an attribute cannot be read");
        }
        free(values);
        orc_h5_close(memory);
    }
    free(described.bytes);
    orc_h5_close(space);
    orc_h5_close(type);
}

static inline herr_t orc_h5_put_attribute(hid_t object, const char *name, const H5A_info_t *info, void *context) {
    (void)info;
    struct orc_h5_walk *walk = (struct orc_h5_walk *)context;
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    if (attribute < 0 || walk->error[0]) return -1;
    orc_put_u8(walk->out, 1);
    orc_put_text(walk->out, name);
    orc_h5_put_value(walk, attribute);
    H5Aclose(attribute);
    return walk->error[0] || walk->out->failed ? -1 : 0;
}

static inline void orc_h5_put_object(struct orc_h5_walk *walk, hid_t object);

static inline herr_t orc_h5_put_member(hid_t group, const char *name, const H5L_info_t *info, void *context) {
    struct orc_h5_walk *walk = (struct orc_h5_walk *)context;
    size_t above = strlen(walk->place);
    snprintf(walk->place + above, sizeof walk->place - above, "/%s", name);
    // A soft or external link may lead nowhere.
    char reason[2 * PATH_MAX];
    walk->minding = info->type == H5L_TYPE_HARD;
    int out = info->type == H5L_TYPE_EXTERNAL &&
              orc_h5_link_leads_out(walk, group, name, info, reason, sizeof reason);
    hid_t object = out ? -1 : H5Oopen(group, name, H5P_DEFAULT);
    walk->minding = 1;
    orc_put_u8(walk->out, 1);
    orc_put_text(walk->out, name);
    if (out) {
        orc_put_u8(walk->out, 4);
        orc_put_text(walk->out, reason);
    } else if (object < 0) {
        orc_put_u8(walk->out, 0);
    } else {
        orc_h5_put_object(walk, object);
        H5Oclose(object);
    }
    walk->place[above] = 0;
    return walk->error[0] || walk->out->failed ? -1 : 0;
}

static inline void orc_h5_put_object(struct orc_h5_walk *walk, hid_t object) {
    struct orc_bytes *out = walk->out;
    unsigned char identity[16];
    unsigned long fileno = 0;
    H5I_type_t kind = H5Iget_type(object);
    if ((kind != H5I_GROUP && kind != H5I_DATASET) || walk->depth >= orc_h5_depth ||
        orc_h5_identity(object, identity, &fileno) < 0) {
        orc_put_u8(out, 0);
        return;
    }
    if (walk->objects == 0) walk->fileno = fileno;
    // Links may lead to one object many times over, or in a circle.
    struct orc_h5_visit *visit = orc_h5_visited_entry(&walk->visited, identity);
    if (!visit) {
        out->failed = 1;
        return;
    }
    if (visit->number != UINT32_MAX) {
        orc_put_u8(out, 1);
        orc_put_u32(out, visit->number);
        return;
    }
    char reason[2 * PATH_MAX];
    if ((fileno != walk->fileno && orc_h5_object_is_outside(walk, object, walk->place, reason, sizeof reason)) ||
        (kind == H5I_DATASET && orc_h5_data_leads_out(walk, object, 0, reason, sizeof reason))) {
        orc_put_u8(out, 4);
        orc_put_text(out, reason);
        return;
    }
    visit->number = walk->objects++;
    orc_put_u8(out, kind == H5I_GROUP ? 2 : 3);
    hsize_t start = 0;
    if (H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, &start, orc_h5_put_attribute, walk) < 0) {
        orc_h5_note(walk, "its attributes cannot be read");
        return;
    }
    orc_put_u8(out, 0);
    if (kind == H5I_GROUP) {
        start = 0;
        walk->depth++;
        if (H5Literate(object, H5_INDEX_NAME, H5_ITER_INC, &start, orc_h5_put_member, walk) < 0) {
            orc_h5_note(walk, "its members cannot be read");
        }
        walk->depth--;
        orc_put_u8(out, 0);
    } else {
        orc_h5_put_dataset(walk, object, fileno == walk->fileno);
    }
}

/// The task that describes the file whose path is `context`.
static inline void orc_h5_describe(void *context, struct orc_bytes *out) {
    struct orc_h5_walk walk;
    memset(&walk, 0, sizeof walk);
    walk.out = out;
    walk.minding = 1;
    orc_h5_note_folders(&walk, (const char *)context);
    H5Eset_auto2(H5E_DEFAULT, orc_h5_note_error, &walk);
    hid_t access = orc_h5_reading_properties();
    walk.file = H5Fopen((const char *)context, H5F_ACC_RDONLY, access);
    orc_h5_close(access);
    int opened = walk.file >= 0;
    if (opened) {
        hid_t made = H5Fget_create_plist(walk.file);
        if (made >= 0) H5Pget_userblock(made, &walk.user_block);
        orc_h5_close(made);
        hid_t root = H5Gopen2(walk.file, "/", H5P_DEFAULT);
        orc_put_u8(out, 0);
        if (root >= 0) {
            orc_h5_put_object(&walk, root);
            H5Gclose(root);
        }
        H5Fclose(walk.file);
    }
    orc_h5_quiet();
    free(walk.visited.visits);
    if (!opened || walk.error[0]) {
        const char *text = walk.error[0] ? walk.error : "/\n";
        out->used = 0;
        orc_put_u8(out, opened ? 1 : 2);
        orc_put(out, text, strlen(text));
    }
}
