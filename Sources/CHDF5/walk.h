#pragma once
// A walk over a file: what it has met, and the first error, after which nothing is trusted.
#include "apart.h"
#include "shim.h"
#include <errno.h>
#include <limits.h>

/// Objects that were looked at, by identity, with their numbers; a hash table that doubles.
struct orc_h5_visited {
    struct orc_h5_visit {
        unsigned char identity[16];
        uint32_t number;
    } *visits;
    size_t room, used;
};

/// Where a walk over a file is.
struct orc_h5_walk {
    struct orc_bytes *out;
    hid_t file;
    /// Identity of the file that was asked for; external links lead into others.
    unsigned long fileno;
    hsize_t user_block;
    /// Where the file stands, by its name and by its bytes; other files are read only there and below.
    char folders[2][PATH_MAX];
    struct orc_h5_visited visited;
    uint32_t objects;
    int depth;
    /// Whether errors count now: those of following a link that may lead nowhere do not.
    int minding;
    char place[512];
    /// The first error's place and frames, innermost first, one a line; empty when there was none.
    char error[2048];
};

/// Notes the first error that counts; what comes after it is not to be trusted.
static inline herr_t orc_h5_note_error(hid_t stack, void *context) {
    (void)stack;
    struct orc_h5_walk *walk = (struct orc_h5_walk *)context;
    if (!walk->minding || walk->error[0]) return 0;
    int length = snprintf(walk->error, sizeof walk->error, "%s\n", walk->place[0] ? walk->place : "/");
    if (length < 0 || (size_t)length + 64 > sizeof walk->error) return 0;
    struct orc_text text = {walk->error + length, sizeof walk->error - (size_t)length, 0};
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, orc_h5_append_frame, &text);
    return 0;
}

/// Notes an error of our own finding.
static inline void orc_h5_note(struct orc_h5_walk *walk, const char *what) {
    if (walk->error[0]) return;
    snprintf(walk->error, sizeof walk->error, "%s\n%s\n", walk->place[0] ? walk->place : "/", what);
}

/// The entry of an object; a new one has the number `UINT32_MAX`. NULL when memory ran out.
static inline struct orc_h5_visit *orc_h5_visited_entry(struct orc_h5_visited *visited, const unsigned char *identity) {
    static const unsigned char none[16];
    if (2 * visited->used >= visited->room) {
        struct orc_h5_visited larger = {NULL, visited->room ? 2 * visited->room : 1024, 0};
        larger.visits = (struct orc_h5_visit *)calloc(larger.room, sizeof *larger.visits);
        if (!larger.visits) return NULL;
        for (size_t i = 0; i < visited->room; i++) {
            if (memcmp(visited->visits[i].identity, none, 16) == 0) continue;
            orc_h5_visited_entry(&larger, visited->visits[i].identity)->number = visited->visits[i].number;
        }
        free(visited->visits);
        *visited = larger;
    }
    uint64_t hash = 14695981039346656037ull;
    for (int i = 0; i < 16; i++) hash = (hash ^ identity[i]) * 1099511628211ull;
    for (size_t place = hash % visited->room;; place = (place + 1) % visited->room) {
        struct orc_h5_visit *visit = &visited->visits[place];
        if (memcmp(visit->identity, identity, 16) == 0) return visit;
        if (memcmp(visit->identity, none, 16) != 0) continue;
        memcpy(visit->identity, identity, 16);
        visit->number = UINT32_MAX;
        visited->used++;
        return visit;
    }
}

/// Writes 16 bytes into `identity` that two handles share when they lead to the same object.
static inline herr_t orc_h5_identity(hid_t object, unsigned char *identity, unsigned long *fileno) {
    memset(identity, 0, 16);
#if H5_VERSION_GE(1, 12, 0)
    H5O_info2_t info;
    if (H5Oget_info3(object, &info, H5O_INFO_BASIC) < 0) return -1;
    memcpy(identity, &info.token, sizeof info.token < 16 ? sizeof info.token : 16);
    for (int i = 0; i < 8; i++) identity[15 - i] ^= (unsigned char)((unsigned long long)info.fileno >> 8 * i);
#else
    H5O_info_t info;
    if (H5Oget_info2(object, &info, H5O_INFO_BASIC) < 0) return -1;
    memcpy(identity, &info.addr, sizeof info.addr);
    memcpy(identity + 8, &info.fileno, sizeof info.fileno < 8 ? sizeof info.fileno : 8);
#endif
    *fileno = info.fileno;
    return 0;
}
