// Threads that run parts of one operation together. Parts write disjoint outputs, so how many there are is no part of the bits.
#include "sets/shared.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

/// How often a thread looks before it sleeps: some tens of microseconds, longer than the gap between two operations of a layer and
/// shorter than what a core loses when another rank wants it.
enum { looks = 4000 };

struct orc_team {
    int count;
    pthread_t *threads;
    /// Raised for every operation, read without the lock while looking.
    _Atomic uint64_t generation;
    /// Parts that are not done.
    _Atomic int left;
    _Atomic int sleeping;
    int ending;
    void (*body)(void *, int);
    void *context;
    pthread_mutex_t lock;
    pthread_cond_t wake, done;
};

typedef struct { orc_team *team; int part; } member;

static void pause_briefly(void) {
#if defined(__x86_64__)
    _mm_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static void set_exact_environment(void) {
#if defined(__x86_64__)
    _mm_setcsr(0x1F80);  // all exceptions masked, round to nearest, subnormals kept
#elif defined(__aarch64__)
    const uint64_t fpcr = 0;
    __asm__ volatile("msr fpcr, %0" : : "r"(fpcr));
#endif
}

static void *work(void *argument) {
    member self = *(member *)argument;
    free(argument);
    orc_team *team = self.team;
    set_exact_environment();
    uint64_t seen = 0;
    for (;;) {
        for (int i = 0; i < looks && atomic_load_explicit(&team->generation, memory_order_acquire) == seen; i++) pause_briefly();
        if (atomic_load_explicit(&team->generation, memory_order_acquire) == seen) {
            pthread_mutex_lock(&team->lock);
            atomic_fetch_add(&team->sleeping, 1);
            while (atomic_load(&team->generation) == seen) pthread_cond_wait(&team->wake, &team->lock);
            atomic_fetch_sub(&team->sleeping, 1);
            pthread_mutex_unlock(&team->lock);
        }
        seen++;
        if (team->ending) return NULL;
        team->body(team->context, self.part);
        if (atomic_fetch_sub_explicit(&team->left, 1, memory_order_acq_rel) == 1) {
            pthread_mutex_lock(&team->lock);
            pthread_cond_signal(&team->done);
            pthread_mutex_unlock(&team->lock);
        }
    }
}

/// Starts the next generation for all threads, those that look and those that sleep.
static void announce(orc_team *team) {
    pthread_mutex_lock(&team->lock);
    atomic_fetch_add_explicit(&team->generation, 1, memory_order_acq_rel);
    if (atomic_load(&team->sleeping) > 0) pthread_cond_broadcast(&team->wake);
    pthread_mutex_unlock(&team->lock);
}

orc_team *orc_team_make(int count) {
    orc_team *team = calloc(1, sizeof *team);
    if (!team) return NULL;
    team->count = 1;
    team->threads = calloc((size_t)count, sizeof *team->threads);
    pthread_mutex_init(&team->lock, NULL);
    pthread_cond_init(&team->wake, NULL);
    pthread_cond_init(&team->done, NULL);
    for (int part = 1; team->threads && part < count; part++) {
        member *argument = malloc(sizeof *argument);
        if (argument) *argument = (member){team, part};
        if (!argument || pthread_create(&team->threads[part], NULL, work, argument)) {
            free(argument);
            break;
        }
        team->count++;
    }
    if (team->count == count) return team;
    orc_team_end(team);
    return NULL;
}

void orc_team_run(orc_team *team, void (*body)(void *, int), void *context) {
    team->body = body;
    team->context = context;
    atomic_store(&team->left, team->count - 1);
    announce(team);
    body(context, 0);
    for (int i = 0; i < looks && atomic_load_explicit(&team->left, memory_order_acquire) > 0; i++) pause_briefly();
    if (atomic_load_explicit(&team->left, memory_order_acquire) > 0) {
        pthread_mutex_lock(&team->lock);
        while (atomic_load(&team->left) > 0) pthread_cond_wait(&team->done, &team->lock);
        pthread_mutex_unlock(&team->lock);
    }
}

void orc_team_end(orc_team *team) {
    team->ending = 1;
    announce(team);
    for (int part = 1; part < team->count; part++) pthread_join(team->threads[part], NULL);
    pthread_cond_destroy(&team->wake);
    pthread_cond_destroy(&team->done);
    pthread_mutex_destroy(&team->lock);
    free(team->threads);
    free(team);
}
