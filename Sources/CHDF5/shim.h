#pragma once
// What Swift cannot see of HDF5: constants behind macros, calls whose signature changes with the library's version,
// callbacks, and a probe that meets damaged files in a child process first.
#include <errno.h>
#include <fcntl.h>
#include <hdf5.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

// Constants that are casts or comma expressions.
static inline unsigned orc_h5f_acc_rdonly(void) { return H5F_ACC_RDONLY; }
static inline unsigned orc_h5f_acc_trunc(void) { return H5F_ACC_TRUNC; }
static inline hid_t orc_h5p_file_access(void) { return H5P_FILE_ACCESS; }
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
static inline void orc_h5_quiet(void) {
    static _Thread_local int done = 0;
    if (done) return;
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    done = 1;
}

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

struct orc_names {
    void (*visit)(void *context, const char *name);
    void *context;
};

static inline herr_t orc_h5_visit_link(hid_t group, const char *name, const H5L_info_t *info, void *context) {
    (void)group;
    (void)info;
    struct orc_names *names = (struct orc_names *)context;
    names->visit(names->context, name);
    return 0;
}

/// Calls `visit` with the name of every link of a group.
static inline herr_t orc_h5_links(hid_t group, void (*visit)(void *, const char *), void *context) {
    struct orc_names names = {visit, context};
    hsize_t start = 0;
    return H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, &start, orc_h5_visit_link, &names);
}

static inline herr_t orc_h5_visit_attribute(hid_t object, const char *name, const H5A_info_t *info, void *context) {
    (void)object;
    (void)info;
    struct orc_names *names = (struct orc_names *)context;
    names->visit(names->context, name);
    return 0;
}

/// Calls `visit` with the name of every attribute of an object.
static inline herr_t orc_h5_attributes(hid_t object, void (*visit)(void *, const char *), void *context) {
    struct orc_names names = {visit, context};
    hsize_t start = 0;
    return H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, &start, orc_h5_visit_attribute, &names);
}

/// Reads a stored chunk without its filters into `bytes`, which holds at least the chunk's storage size.
static inline herr_t orc_h5_read_chunk(
    hid_t dataset, const hsize_t *offset, uint32_t *filters, void *bytes, size_t size) {
#if H5_VERSION_GE(2, 0, 0)
    return H5Dread_chunk2(dataset, H5P_DEFAULT, offset, filters, bytes, &size);
#else
    (void)size;
    return H5Dread_chunk(dataset, H5P_DEFAULT, offset, filters, bytes);
#endif
}

/// Writes 16 bytes into `identity` that two handles share when they lead to the same object.
static inline herr_t orc_h5_identity(hid_t object, unsigned char *identity) {
    memset(identity, 0, 16);
#if H5_VERSION_GE(1, 12, 0)
    H5O_info2_t info;
    herr_t status = H5Oget_info3(object, &info, H5O_INFO_BASIC);
    if (status >= 0) {
        memcpy(identity, &info.token, sizeof info.token < 16 ? sizeof info.token : 16);
        // Other files are reached through external links.
        for (int i = 0; i < 8; i++) identity[15 - i] ^= (unsigned char)((unsigned long long)info.fileno >> 8 * i);
    }
#else
    H5O_info_t info;
    herr_t status = H5Oget_info2(object, &info, H5O_INFO_BASIC);
    if (status >= 0) {
        memcpy(identity, &info.addr, sizeof info.addr);
        memcpy(identity + 8, &info.fileno, sizeof info.fileno < 8 ? sizeof info.fileno : 8);
    }
#endif
    return status;
}

/// Frees the strings that a read of variable-length strings allocated.
static inline herr_t orc_h5_reclaim(hid_t type, hid_t space, void *bytes) {
    return H5Dvlen_reclaim(type, space, H5P_DEFAULT, bytes);
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

/// Gives properties back and keeps the error stack: every call of the library clears it.
static inline void orc_h5_close_properties(hid_t properties) {
    if (properties < 0) return;
    hid_t errors = H5Eget_current_stack();
    H5Pclose(properties);
    if (errors >= 0) H5Eset_current_stack(errors);
}

/// Inflates a zlib stream of exactly `size` bytes; returns 0, or zlib's error, or 1 for another length.
static inline int orc_inflate(unsigned char *bytes, size_t size, const unsigned char *stored, size_t stored_size) {
    uLongf length = (uLongf)size;
    int status = uncompress(bytes, &length, stored, (uLong)stored_size);
    if (status != Z_OK) return status;
    return length == size ? 0 : 1;
}

// The probe. HDF5 1.10 reads files of the old format without checksums, and of files with one damaged byte about two in
// a thousand end it with a segmentation fault, an endless loop or, worse, silently overwritten memory. So a child process
// reads all structure first, and the first error it meets there is told: what comes after such an error is not to be
// trusted with this process's memory.

/// What a probe found.
struct orc_h5_findings {
    /// Whether errors count now: those of reading data do not, a filter may only be missing here.
    int minding;
    /// Where the probe is.
    char place[512];
    /// The first error's place and frames, innermost first, one a line; empty when there was none.
    char text[2048];
};

static inline herr_t orc_h5_note_error(hid_t stack, void *context) {
    (void)stack;
    struct orc_h5_findings *findings = (struct orc_h5_findings *)context;
    if (!findings->minding || findings->text[0]) return 0;
    int length = snprintf(findings->text, sizeof findings->text, "%s\n", findings->place[0] ? findings->place : "/");
    if (length < 0 || (size_t)length + 64 > sizeof findings->text) return 0;
    struct orc_text text = {findings->text + length, sizeof findings->text - (size_t)length, 0};
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, orc_h5_append_frame, &text);
    return 0;
}

static inline void orc_h5_probe_values(
    hid_t type, hid_t space, hid_t attribute, hid_t dataset, struct orc_h5_findings *findings) {
    hssize_t count = H5Sget_simple_extent_npoints(space);
    size_t size = H5Tget_size(type);
    H5T_class_t class = H5Tget_class(type);
    // Numbers have no structure of their own; large ones would only cost the time of inflating every frame.
    if (class != H5T_STRING && count > (1 << 14)) return;
    if (count <= 0 || count > (1 << 20) || size == 0 || size > (1 << 20) || (double)count * (double)size > (64 << 20)) return;
    hid_t memory = class == H5T_STRING   ? H5Tcopy(type)
                   : class == H5T_FLOAT   ? H5Tcopy(H5T_NATIVE_DOUBLE)
                   : class == H5T_INTEGER ? H5Tcopy(H5T_NATIVE_INT64)
                                          : -1;
    if (memory < 0) return;
    size_t width = H5Tget_size(memory);
    if (width < size) width = size;
    void *bytes = calloc((size_t)count, width < 8 ? 8 : width);
    if (bytes) {
        findings->minding = dataset < 0;
        herr_t status = dataset >= 0 ? H5Dread(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes)
                                     : H5Aread(attribute, memory, bytes);
        if (status >= 0 && H5Tis_variable_str(memory) > 0) {
            for (hssize_t i = 0; i < count; i++) {
                volatile size_t length = ((char **)bytes)[i] ? strlen(((char **)bytes)[i]) : 0;
                (void)length;
            }
            orc_h5_reclaim(memory, space, bytes);
        }
        findings->minding = 1;
        free(bytes);
    }
    H5Tclose(memory);
}

static inline herr_t orc_h5_probe_attribute(hid_t object, const char *name, const H5A_info_t *info, void *context) {
    (void)info;
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    if (attribute < 0) return 0;
    hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    if (type >= 0 && space >= 0) orc_h5_probe_values(type, space, attribute, -1, (struct orc_h5_findings *)context);
    if (space >= 0) H5Sclose(space);
    if (type >= 0) H5Tclose(type);
    H5Aclose(attribute);
    return 0;
}

/// Looks up every chunk of a dataset, as readers of whole chunks do.
static inline void orc_h5_probe_chunks(hid_t dataset, hid_t space, hid_t made) {
    hsize_t shape[H5S_MAX_RANK], chunk[H5S_MAX_RANK], offset[H5S_MAX_RANK];
    int rank = H5Sget_simple_extent_ndims(space);
    if (rank <= 0 || rank > H5S_MAX_RANK || H5Sget_simple_extent_dims(space, shape, NULL) < 0) return;
    if (H5Pget_chunk(made, H5S_MAX_RANK, chunk) != rank || chunk[0] == 0) return;
    memset(offset, 0, sizeof offset);
    for (hsize_t row = 0, looked = 0; row < shape[0] && looked < 1000000; row += chunk[0], looked++) {
        unsigned filters = 0;
        haddr_t address = 0;
        hsize_t size = 0;
        offset[0] = row;
        H5Dget_chunk_info_by_coord(dataset, offset, &filters, &address, &size);
    }
}

/// Objects that were looked at: a hash table of identities that doubles; it is left to the end of the child.
struct orc_h5_visited {
    unsigned char (*identities)[16];
    size_t room, used;
};

/// Notes an object; returns whether it was there before. What does not fit into memory counts as new.
static inline int orc_h5_visit(struct orc_h5_visited *visited, const unsigned char *identity) {
    static const unsigned char none[16];
    if (2 * visited->used >= visited->room) {
        struct orc_h5_visited larger = {NULL, visited->room ? 2 * visited->room : 1024, 0};
        larger.identities = (unsigned char (*)[16])calloc(larger.room, 16);
        if (!larger.identities) return 0;
        for (size_t i = 0; i < visited->room; i++) {
            if (memcmp(visited->identities[i], none, 16) != 0) orc_h5_visit(&larger, visited->identities[i]);
        }
        free(visited->identities);
        *visited = larger;
    }
    unsigned long long hash = 14695981039346656037ull;
    for (int i = 0; i < 16; i++) hash = (hash ^ identity[i]) * 1099511628211ull;
    for (size_t place = hash % visited->room;; place = (place + 1) % visited->room) {
        if (memcmp(visited->identities[place], identity, 16) == 0) return 1;
        if (memcmp(visited->identities[place], none, 16) != 0) continue;
        memcpy(visited->identities[place], identity, 16);
        visited->used++;
        return 0;
    }
}

/// How far a probe has got.
struct orc_h5_walk {
    int depth;
    struct orc_h5_visited *visited;
    struct orc_h5_findings *findings;
};

static inline herr_t orc_h5_probe_link(hid_t group, const char *name, const H5L_info_t *info, void *context) {
    struct orc_h5_walk *above = (struct orc_h5_walk *)context;
    struct orc_h5_findings *findings = above->findings;
    struct orc_h5_walk walk = {above->depth + 1, above->visited, findings};
    if (walk.depth > 32) return 0;
    ssize_t length = H5Iget_name(group, findings->place, sizeof findings->place);
    if (length < 0 || (size_t)length >= sizeof findings->place) length = 0;
    snprintf(findings->place + length, sizeof findings->place - (size_t)length, "%s%s", length > 1 ? "/" : "", name);
    // A soft or external link may lead nowhere.
    findings->minding = info->type == H5L_TYPE_HARD;
    hid_t object = H5Lexists(group, name, H5P_DEFAULT) > 0 ? H5Oopen(group, name, H5P_DEFAULT) : -1;
    findings->minding = 1;
    if (object < 0) return 0;
    hsize_t start = 0;
    // Links may lead to one object many times over, or in a circle.
    unsigned char identity[16];
    if (orc_h5_identity(object, identity) >= 0 && orc_h5_visit(walk.visited, identity)) {
        H5Oclose(object);
        return 0;
    }
    H5I_type_t kind = H5Iget_type(object);
    if (kind == H5I_GROUP) {
        H5Literate(object, H5_INDEX_NAME, H5_ITER_INC, &start, orc_h5_probe_link, &walk);
    } else if (kind == H5I_DATASET) {
        hid_t type = H5Dget_type(object), space = H5Dget_space(object), made = H5Dget_create_plist(object);
        if (type >= 0 && space >= 0 && made >= 0) {
            H5Dget_storage_size(object);
            if (H5Pget_layout(made) == H5D_CHUNKED) {
                for (int f = 0, n = H5Pget_nfilters(made); f < n && f < 32; f++) {
                    size_t parameters = 0;
                    unsigned flags = 0;
                    H5Pget_filter2(made, (unsigned)f, &flags, &parameters, NULL, 0, NULL, NULL);
                }
                orc_h5_probe_chunks(object, space, made);
            }
            orc_h5_probe_values(type, space, -1, object, findings);
        }
        if (made >= 0) H5Pclose(made);
        if (space >= 0) H5Sclose(space);
        if (type >= 0) H5Tclose(type);
    }
    start = 0;
    H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, &start, orc_h5_probe_attribute, findings);
    H5Oclose(object);
    // Whatever went wrong here, the rest is looked at too.
    return 0;
}

/// Reads all structure and small values of a file in a child process.
///
/// Returns 0 when the child found nothing wrong; -2 when it met an error, told in `text`; the number of the signal that
/// ended it; -1 when no child could be made. To be called while no other thread is inside HDF5.
static inline int orc_h5_probe(const char *path, unsigned cpu_seconds, char *text, size_t size) {
    text[0] = 0;
    int ends[2];
    if (pipe(ends) != 0) return -1;
    pid_t child = fork();
    if (child < 0) {
        close(ends[0]);
        close(ends[1]);
        return -1;
    }
    if (child == 0) {
        close(ends[0]);
        int signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGXCPU, SIGTERM, SIGINT};
        for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) signal(signals[i], SIG_DFL);
        struct rlimit none = {0, 0}, cpu = {cpu_seconds, cpu_seconds + 1};
        setrlimit(RLIMIT_CORE, &none);
        setrlimit(RLIMIT_CPU, &cpu);
        int null = open("/dev/null", O_WRONLY);
        if (null >= 0) {
            dup2(null, 1);
            dup2(null, 2);
        }
        struct orc_h5_findings findings = {0, "", ""};
        H5Eset_auto2(H5E_DEFAULT, orc_h5_note_error, &findings);
        // Freed memory goes back to the allocator at once, which then notices what was written beside it.
        H5set_free_list_limits(0, 0, 0, 0, 0, 0);
        hid_t access = orc_h5_reading_properties();
        hid_t file = H5Fopen(path, H5F_ACC_RDONLY, access);
        if (file >= 0) {
            findings.minding = 1;
            struct orc_h5_visited visited = {NULL, 0, 0};
            struct orc_h5_walk walk = {0, &visited, &findings};
            hsize_t start = 0;
            H5Literate(file, H5_INDEX_NAME, H5_ITER_INC, &start, orc_h5_probe_link, &walk);
            H5Fclose(file);
        }
        // Less than a pipe holds, so this does not wait.
        size_t length = strlen(findings.text);
        if (length > 0 && write(ends[1], findings.text, length) < 0) _exit(3);
        _exit(length > 0 ? 2 : 0);
    }
    close(ends[1]);
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
        if (errno == EINTR) continue;
        close(ends[0]);
        return -1;
    }
    ssize_t length = read(ends[0], text, size - 1);
    text[length > 0 ? length : 0] = 0;
    close(ends[0]);
    if (WIFSIGNALED(status)) return WTERMSIG(status);
    return WEXITSTATUS(status) == 0 ? 0 : -2;
}
