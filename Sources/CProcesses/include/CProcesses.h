#pragma once
#include <sys/types.h>

/// How a child starts. Descriptors are duplicated onto 0, 1 and 2; every other one is closed.
struct orc_spawn_options {
    /// Absolute path of the program.
    const char *path;
    /// Null-terminated.
    char *const *arguments;
    /// Null-terminated.
    char *const *environment;
    const char *directory;
    int standard_input;
    int standard_output;
    int standard_error;
    /// 1: a session of its own, 0: a process group of its own.
    int new_session;
    /// 1: it is killed when the calling thread ends.
    int dies_with_parent;
    /// Processors the child may use; none for all.
    const int *cpus;
    int cpu_count;
};

/// Starts a child. Returns 0 and the process id, or an errno value.
int orc_spawn(const struct orc_spawn_options *options, pid_t *child);

/// Asks for `signal` when the parent process dies; 0 or an errno value. If the parent is already gone the process ends.
int orc_die_with_parent(int signal, pid_t parent);

/// Orphaned descendants become children of this process; 0 or an errno value.
int orc_adopt_orphans(void);

/// The processors this process may use, at most `capacity` of them; their number, or -1.
int orc_allowed_cpus(int *cpus, int capacity);

/// Asks that the calling thread be scheduled often and briefly, `slice_ns` at a time; 0 or an errno value.
int orc_prefer_short_slices(unsigned long long slice_ns);

/// Restricts the calling thread to these processors; 0 or an errno value.
int orc_restrict_thread(const int *cpus, int count);
