#pragma once
// Where other files that a file names lie: only those in its own folder and below are read.
//
// A stranger's file may name any file of this machine, by external links, virtual datasets and external raw data. Names are
// resolved as the library would, symbolic links too, before anything is opened.
#include "walk.h"

/// Notes in which folders the file that is read stands: by its name, and by where its bytes are.
static inline void orc_h5_note_folders(struct orc_h5_walk *walk, const char *path) {
    char named[PATH_MAX];
    snprintf(named, sizeof named, "%s", path);
    char *slash = strrchr(named, '/');
    if (slash) slash[slash == named] = 0;
    if (!realpath(slash ? named : ".", walk->folders[0])) walk->folders[0][0] = 0;
    if (!realpath(path, walk->folders[1])) walk->folders[1][0] = 0;
    slash = strrchr(walk->folders[1], '/');
    if (slash) slash[slash == walk->folders[1]] = 0;
}

/// Whether `path` leads to nothing, or to something in a folder of the file or below it.
static inline int orc_h5_is_within(const struct orc_h5_walk *walk, const char *path) {
    char real[PATH_MAX];
    if (!realpath(path, real)) return errno == ENOENT || errno == ENOTDIR;
    for (int i = 0; i < 2; i++) {
        size_t length = strlen(walk->folders[i]);
        if (length == 0) continue;
        if (strcmp(walk->folders[i], "/") == 0) return 1;
        if (strncmp(real, walk->folders[i], length) == 0 && real[length] == '/') return 1;
    }
    return 0;
}

/// The folder of the file that `object` lies in.
static inline void orc_h5_folder_of(hid_t object, char *folder, size_t size) {
    ssize_t length = H5Fget_name(object, folder, size);
    char *slash = length > 0 && (size_t)length < size ? strrchr(folder, '/') : NULL;
    if (slash) {
        slash[slash == folder] = 0;
    } else {
        snprintf(folder, size, ".");
    }
}

/// Whether every place where the library would look for `name` is within: the folders of an environment's `prefixes`, that of the
/// file that names it, and the one where this program runs.
static inline int orc_h5_name_is_within(
    const struct orc_h5_walk *walk, const char *folder, const char *name, const char *prefixes) {
    char path[2 * PATH_MAX];
    if (!orc_h5_is_within(walk, name)) return 0;
    if (name[0] == '/') return 1;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (!orc_h5_is_within(walk, path)) return 0;
    const char *prefix = prefixes ? getenv(prefixes) : NULL;
    while (prefix && *prefix) {
        size_t length = strcspn(prefix, ":");
        snprintf(path, sizeof path, "%.*s/%s", (int)(length < PATH_MAX ? length : PATH_MAX), prefix, name);
        if (strncmp(prefix, "${ORIGIN}", 9) != 0 && !orc_h5_is_within(walk, path)) return 0;
        prefix += length + (prefix[length] == ':');
    }
    return 1;
}

static inline void orc_h5_refuse(char *reason, size_t size, const char *how, const char *object, const char *file) {
    snprintf(
        reason, size, "%s '%s' of '%s', which is outside this file's folder and is not read; copy it into the folder", how,
        object, file);
}

/// Whether an external link leads out; then `reason` tells where to.
static inline int orc_h5_link_leads_out(
    const struct orc_h5_walk *walk, hid_t group, const char *name, const H5L_info_t *info, char *reason, size_t size) {
    char *value = (char *)calloc(info->u.val_size + 1, 1);
    const char *file = NULL, *object = NULL;
    unsigned flags = 0;
    int out = 0;
    if (value && H5Lget_val(group, name, value, info->u.val_size, H5P_DEFAULT) >= 0 &&
        H5Lunpack_elink_val(value, info->u.val_size, &flags, &file, &object) >= 0) {
        char folder[PATH_MAX];
        orc_h5_folder_of(group, folder, sizeof folder);
        if (!orc_h5_name_is_within(walk, folder, file, "HDF5_EXT_PREFIX")) {
            orc_h5_refuse(reason, size, "an external link to", object, file);
            out = 1;
        }
    }
    free(value);
    return out;
}

/// Whether an object that was reached by any links lies in a file outside; then `reason` tells in which.
static inline int orc_h5_object_is_outside(
    const struct orc_h5_walk *walk, hid_t object, const char *place, char *reason, size_t size) {
    char file[PATH_MAX] = "";
    ssize_t length = H5Fget_name(object, file, sizeof file);
    if (length > 0 && (size_t)length < sizeof file && orc_h5_is_within(walk, file)) return 0;
    orc_h5_refuse(reason, size, "links lead to", place, file);
    return 1;
}

/// Virtual datasets made of virtual datasets are followed so far.
enum { orc_h5_virtual_depth = 8 };

/// Whether the data of a dataset stand in files outside, also by way of others; then `reason` tells in which.
static inline int orc_h5_data_leads_out(
    struct orc_h5_walk *walk, hid_t dataset, int depth, char *reason, size_t size) {
    char folder[PATH_MAX], name[PATH_MAX], source[1024], last[PATH_MAX] = "", last_source[1024] = "";
    hid_t made = H5Dget_create_plist(dataset);
    int out = 0;
    orc_h5_folder_of(dataset, folder, sizeof folder);
    H5D_layout_t layout = made >= 0 ? H5Pget_layout(made) : H5D_COMPACT;
    int pieces = layout == H5D_CONTIGUOUS ? H5Pget_external_count(made) : 0;
    for (int i = 0; i < pieces && !out; i++) {
        off_t offset = 0;
        hsize_t bytes = 0;
        if (H5Pget_external(made, (unsigned)i, sizeof name, name, &offset, &bytes) < 0) continue;
        name[sizeof name - 1] = 0;
        if (orc_h5_name_is_within(walk, folder, name, "HDF5_EXTFILE_PREFIX")) continue;
        orc_h5_refuse(reason, size, "external data, bytes", "0…", name);
        out = 1;
    }
#if H5_VERSION_GE(1, 10, 0)
    size_t mappings = 0;
    if (layout == H5D_VIRTUAL && H5Pget_virtual_count(made, &mappings) < 0) mappings = 0;
    for (size_t i = 0; i < mappings && !out; i++) {
        ssize_t length = H5Pget_virtual_filename(made, i, name, sizeof name);
        ssize_t source_length = H5Pget_virtual_dsetname(made, i, source, sizeof source);
        if (length <= 0 || source_length < 0 || strcmp(name, ".") == 0) continue;
        if (strcmp(name, last) == 0 && strcmp(source, last_source) == 0) continue;
        snprintf(last, sizeof last, "%s", name);
        snprintf(last_source, sizeof last_source, "%s", source);
        if ((size_t)length >= sizeof name || (size_t)source_length >= sizeof source || strchr(name, '%') ||
            strchr(source, '%') || depth >= orc_h5_virtual_depth) {
            orc_h5_refuse(reason, size, "a virtual dataset by a pattern, or of too many others,", source, name);
            out = 1;
        } else if (!orc_h5_name_is_within(walk, folder, name, "HDF5_VDS_PREFIX")) {
            orc_h5_refuse(reason, size, "a virtual dataset of", source, name);
            out = 1;
        } else {
            // What it is made of may itself be made of others.
            char path[2 * PATH_MAX];
            snprintf(path, sizeof path, name[0] == '/' ? "%.0s%s" : "%s/%s", folder, name);
            int minding = walk->minding;
            walk->minding = 0;
            hid_t access = orc_h5_reading_properties();
            hid_t file = H5Fopen(path, H5F_ACC_RDONLY, access);
            orc_h5_close(access);
            hid_t inner = file >= 0 ? H5Dopen2(file, source, H5P_DEFAULT) : -1;
            if (inner >= 0) {
                out = orc_h5_object_is_outside(walk, inner, source, reason, size) ||
                      orc_h5_data_leads_out(walk, inner, depth + 1, reason, size);
                H5Dclose(inner);
            }
            if (file >= 0) H5Fclose(file);
            walk->minding = minding;
        }
    }
#endif
    orc_h5_close(made);
    return out;
}
