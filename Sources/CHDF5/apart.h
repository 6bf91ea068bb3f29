#pragma once
// Work in a child process, which a damaged file may end.
//
// HDF5 1.10 reads files of the old format without checksums, and of files with a few damaged bytes one in a hundred ends
// it with a segmentation fault, an endless loop or, worse, silently overwritten memory. So no file from outside is met by
// the library in this process: a child reads it and sends what it found, as bytes whose every length the receiver checks.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/// Bytes that grow; `failed` when memory ran out.
struct orc_bytes {
    unsigned char *bytes;
    size_t size, used;
    int failed;
};

static inline void orc_put(struct orc_bytes *out, const void *bytes, size_t count) {
    if (out->failed || count == 0) return;
    if (out->size - out->used < count) {
        size_t size = out->size ? out->size : 1 << 16;
        while (size - out->used < count && size < (size_t)1 << 62) size *= 2;
        unsigned char *larger = (unsigned char *)realloc(out->bytes, size);
        if (!larger) {
            out->failed = 1;
            return;
        }
        out->bytes = larger;
        out->size = size;
    }
    memcpy(out->bytes + out->used, bytes, count);
    out->used += count;
}

static inline void orc_put_u8(struct orc_bytes *out, uint8_t value) { orc_put(out, &value, 1); }
static inline void orc_put_u32(struct orc_bytes *out, uint32_t value) { orc_put(out, &value, 4); }
static inline void orc_put_u64(struct orc_bytes *out, uint64_t value) { orc_put(out, &value, 8); }

/// A length of four bytes and the text.
static inline void orc_put_text(struct orc_bytes *out, const char *text) {
    size_t length = strlen(text);
    if (length > UINT32_MAX) length = UINT32_MAX;
    orc_put_u32(out, (uint32_t)length);
    orc_put(out, text, length);
}

static inline int orc_send(int end, const void *bytes, size_t count) {
    const unsigned char *next = (const unsigned char *)bytes;
    while (count > 0) {
        ssize_t sent = send(end, next, count, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return -1;
        next += sent;
        count -= (size_t)sent;
    }
    return 0;
}

static inline int orc_receive(int end, void *bytes, size_t count) {
    unsigned char *next = (unsigned char *)bytes;
    while (count > 0) {
        ssize_t got = recv(end, next, count, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return -1;
        next += got;
        count -= (size_t)got;
    }
    return 0;
}

/// What a child does; `out` is what it answers.
typedef void (*orc_task)(void *context, struct orc_bytes *out);

/// Runs `task` in a child process and brings its answer, which the caller frees.
///
/// Returns 0; or the number of the signal that ended the child; or -1 when no child could be made, or it had too little
/// memory. Only this thread goes on in the child: call it while no other thread is inside the libraries that `task` uses.
static inline int orc_apart(unsigned cpu_seconds, orc_task task, void *context, struct orc_bytes *out) {
    memset(out, 0, sizeof *out);
    int ends[2];
    // Closed in programs that other threads start meanwhile.
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return -1;
    pid_t child = fork();
    if (child < 0) {
        close(ends[0]);
        close(ends[1]);
        return -1;
    }
    if (child == 0) {
        close(ends[0]);
        int ends_it[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGXCPU, SIGALRM};
        for (size_t i = 0; i < sizeof ends_it / sizeof *ends_it; i++) signal(ends_it[i], SIG_DFL);
        // Requests to stop are for the parent, with whom the child ends.
        int are_not_for_it[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2};
        for (size_t i = 0; i < sizeof are_not_for_it / sizeof *are_not_for_it; i++) signal(are_not_for_it[i], SIG_IGN);
        sigset_t all;
        sigfillset(&all);
        sigprocmask(SIG_UNBLOCK, &all, NULL);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        // A disk may be slow, but a child that waits without end is stuck.
        alarm(600 + 20 * cpu_seconds);
        struct rlimit none = {0, 0}, cpu = {cpu_seconds, cpu_seconds + 1};
        setrlimit(RLIMIT_CORE, &none);
        setrlimit(RLIMIT_CPU, &cpu);
        int null = open("/dev/null", O_WRONLY);
        if (null >= 0) {
            dup2(null, 1);
            dup2(null, 2);
        }
        task(context, out);
        uint64_t length = out->used;
        if (out->failed || orc_send(ends[1], &length, 8) != 0 || orc_send(ends[1], out->bytes, out->used) != 0) _exit(3);
        _exit(0);
    }
    close(ends[1]);
    uint64_t length = 0;
    int received = orc_receive(ends[0], &length, 8);
    if (received == 0 && length > 0) {
        out->bytes = (unsigned char *)malloc(length);
        if (out->bytes) {
            out->size = length;
            received = orc_receive(ends[0], out->bytes, length);
        } else {
            received = -1;
        }
    }
    close(ends[0]);
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) return -1;
    }
    if (WIFSIGNALED(status)) return WTERMSIG(status);
    if (WEXITSTATUS(status) != 0 || received != 0) return -1;
    out->used = length;
    return 0;
}
