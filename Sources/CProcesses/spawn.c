#define _GNU_SOURCE
#include "CProcesses.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

static int set_affinity(const int *cpus, int count) {
    cpu_set_t set;
    CPU_ZERO(&set);
    for (int i = 0; i < count; i++) {
        if (cpus[i] < 0 || cpus[i] >= CPU_SETSIZE) return EINVAL;
        CPU_SET(cpus[i], &set);
    }
    return sched_setaffinity(0, sizeof set, &set) == 0 ? 0 : errno;
}

/// Between fork and exec only async-signal-safe calls are allowed.
static void become(const struct orc_spawn_options *options, pid_t parent, int failure_pipe) {
    struct sigaction fallback = {.sa_handler = SIG_DFL};
    for (int number = 1; number < NSIG; number++) sigaction(number, &fallback, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if ((options->new_session ? setsid() : (pid_t)setpgid(0, 0)) < 0) goto failed;
    if (options->dies_with_parent) {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) goto failed;
        if (getppid() != parent) _exit(127);
    }
    if (options->cpu_count > 0) {
        int code = set_affinity(options->cpus, options->cpu_count);
        if (code != 0) {
            errno = code;
            goto failed;
        }
    }
    if (options->directory != NULL && chdir(options->directory) != 0) goto failed;
    // The descriptors may themselves be 0, 1 or 2: copy them out of the way first.
    int in = fcntl(options->standard_input, F_DUPFD_CLOEXEC, 3);
    int out = fcntl(options->standard_output, F_DUPFD_CLOEXEC, 3);
    int err = fcntl(options->standard_error, F_DUPFD_CLOEXEC, 3);
    if (in < 0 || out < 0 || err < 0) goto failed;
    if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0) goto failed;
#ifdef SYS_close_range
    if (syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC) != 0)
#endif
        for (int descriptor = 3; descriptor < 1024; descriptor++) fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    execve(options->path, options->arguments, options->environment);
failed:;
    int code = errno;
    ssize_t written = write(failure_pipe, &code, sizeof code);
    (void)written;
    _exit(127);
}

int orc_spawn(const struct orc_spawn_options *options, pid_t *child) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return errno;
    pid_t parent = getpid();
    // No handler of this process may run in the child before it has reset them.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t made = fork();
    int code = errno;
    if (made == 0) become(options, parent, ends[1]);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(ends[1]);
    if (made < 0) {
        close(ends[0]);
        return code;
    }
    int failure = 0;
    ssize_t count;
    do count = read(ends[0], &failure, sizeof failure);
    while (count < 0 && errno == EINTR);
    close(ends[0]);
    if (count == sizeof failure) return failure;
    *child = made;
    return 0;
}

int orc_die_with_parent(int number, pid_t parent) {
    if (prctl(PR_SET_PDEATHSIG, number) != 0) return errno;
    if (getppid() != parent) kill(getpid(), number);
    return 0;
}

int orc_adopt_orphans(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1) == 0 ? 0 : errno; }

int orc_allowed_cpus(int *cpus, int capacity) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return -1;
    int count = 0;
    for (int cpu = 0; cpu < CPU_SETSIZE && count < capacity; cpu++) {
        if (CPU_ISSET(cpu, &set)) cpus[count++] = cpu;
    }
    return count;
}

int orc_restrict_thread(const int *cpus, int count) { return set_affinity(cpus, count); }

// The kernel's struct sched_attr, first version; C libraries declare it only lately.
struct orc_sched_attributes {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

int orc_prefer_short_slices(unsigned long long slice_ns) {
    struct orc_sched_attributes attributes = {.size = sizeof attributes};
    if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0) return errno;
    // Only the ordinary policy has slices; nobody's real-time thread is changed.
    if (attributes.policy != SCHED_OTHER) return EINVAL;
    attributes.size = sizeof attributes;
    attributes.runtime = slice_ns;
    return syscall(SYS_sched_setattr, 0, &attributes, 0) == 0 ? 0 : errno;
}
