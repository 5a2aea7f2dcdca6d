/* A team of threads, each with its own part of every task: see teams.pyx.
 *
 * Part k is thread k's, so that its numbers stay in the cache of one processor. The caller, thread 0, does the parts
 * that the others have not begun when it has done its own: a thread which sleeps, or gets no processor, delays nothing.
 * What does delay the caller is a thread that loses its processor within a part, or takes the caller's when it is woken.
 * The caller then works alone for CNN_ALONE times as long: beside other programs, threads lose at most that fraction of
 * the time. Between two tasks they stay awake for CNN_PATIENCE. */
#ifndef CIRCUITNN_TEAM_H
#define CIRCUITNN_TEAM_H
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "threads.h"

enum {
    CNN_LOOKS = 32,         /* looks between two looks at the clock */
    CNN_PATIENCE = 200000,  /* ns for which a thread that waits stays awake, and that are no delay */
    CNN_ALONE = 40,
};

typedef void (*cnn_work)(void *data, int part);
typedef struct cnn_team cnn_team;

typedef struct {
    _Alignas(64) uint64_t begun;    /* number of the last task whose part someone has begun, … */
    uint64_t done;                  /* … and whose part its thread has done */
    cnn_team *team;
    int number;
    pthread_t thread;
} cnn_member;

struct cnn_team {
    _Alignas(64) uint64_t task;     /* number of the present task */
    cnn_work work;
    void *data;
    int threads;                    /* with the caller */
    pid_t process;                  /* a fork has no other threads than the caller */
    int64_t together;               /* when the others take part again [ns] */
    int ends;
    int asleep, waits;              /* whether threads may be waiting for `more`, and the caller for `over` */
    pthread_mutex_t lock;
    pthread_cond_t more, over;
    cnn_member members[];
};

static inline void cnn_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("yield");
#endif
}

/* Wait, awake, until `*number` is no longer `old`; returns whether that happened soon. */
static int cnn_watch(const uint64_t *number, uint64_t old)
{
    for (const int64_t tired = cnn_now() + CNN_PATIENCE; cnn_now() < tired;)
        for (int look = 0; look < CNN_LOOKS; look++) {
            if (__atomic_load_n(number, __ATOMIC_ACQUIRE) != old)
                return 1;
            cnn_pause();
        }
    return 0;
}

/* Wait asleep for the same; `*told` asks who changes the number to signal. */
static void cnn_sleep(cnn_team *team, const uint64_t *number, uint64_t old, int *told, pthread_cond_t *signal)
{
    pthread_mutex_lock(&team->lock);
    while (1) {
        __atomic_store_n(told, 1, __ATOMIC_SEQ_CST);
        if (__atomic_load_n(number, __ATOMIC_SEQ_CST) != old)
            break;
        pthread_cond_wait(signal, &team->lock);
    }
    pthread_mutex_unlock(&team->lock);
}

/* Change a number that others may be waiting for. */
static void cnn_tell(cnn_team *team, uint64_t *number, uint64_t now, int *told, pthread_cond_t *signal)
{
    __atomic_store_n(number, now, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(told, __ATOMIC_SEQ_CST) && __atomic_exchange_n(told, 0, __ATOMIC_SEQ_CST)) {
        pthread_mutex_lock(&team->lock);
        pthread_cond_broadcast(signal);
        pthread_mutex_unlock(&team->lock);
    }
}

/* Begin a member's part of a task, unless someone has. */
static int cnn_begin(cnn_member *member, uint64_t task)
{
    uint64_t before = task - 1;
    return __atomic_compare_exchange_n(&member->begun, &before, task, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

static void *cnn_serve(void *given)
{
    cnn_member *self = given;
    cnn_team *team = self->team;
    uint64_t task = 0;
    while (1) {
        if (!cnn_watch(&team->task, task))
            cnn_sleep(team, &team->task, task, &team->asleep, &team->more);
        task = __atomic_load_n(&team->task, __ATOMIC_ACQUIRE);
        if (__atomic_load_n(&team->ends, __ATOMIC_ACQUIRE))
            return NULL;
        if (cnn_begin(self, task)) {
            team->work(team->data, self->number);
            cnn_tell(team, &self->done, task, &team->waits, &team->over);
        }
    }
}

/* After what began at `start` and may have delayed the caller: let it work alone if so. */
static void cnn_settle(cnn_team *team, int64_t start)
{
    const int64_t now = cnn_now();
    if (now - start > CNN_PATIENCE)
        team->together = now + CNN_ALONE * (now - start);
}

/* Wait for a member that has begun its part of a task. */
static void cnn_await(cnn_team *team, cnn_member *member, uint64_t before)
{
    const int64_t start = cnn_now();
    if (cnn_watch(&member->done, before))
        return;
    cnn_sleep(team, &member->done, before, &team->waits, &team->over);
    cnn_settle(team, start);
}

/* Do all parts of a task. */
static void cnn_run(cnn_team *team, cnn_work work, void *data)
{
    const int64_t start = cnn_now();
    if (start < team->together) {
        for (int k = 0; k < team->threads; k++)
            work(data, k);
        return;
    }
    const uint64_t task = team->task + 1;
    team->work = work, team->data = data;
    cnn_tell(team, &team->task, task, &team->asleep, &team->more);
    cnn_settle(team, start);
    work(data, 0);
    for (int k = 1; k < team->threads; k++) {
        cnn_member *member = &team->members[k];
        const uint64_t before = __atomic_load_n(&member->done, __ATOMIC_ACQUIRE);
        if (cnn_begin(member, task))
            work(data, k);
        else if (before != task)
            cnn_await(team, member, before);
    }
}

/* Start the threads of a team; it has as many as could be started. NULL: no memory. */
static cnn_team *cnn_assemble(int threads)
{
    void *room = NULL;
    if (posix_memalign(&room, 64, sizeof(cnn_team) + threads * sizeof(cnn_member)))
        return NULL;
    cnn_team *team = room;
    memset(team, 0, sizeof *team + threads * sizeof *team->members);
    team->threads = 1, team->process = getpid();
    pthread_mutex_init(&team->lock, NULL);
    pthread_cond_init(&team->more, NULL);
    pthread_cond_init(&team->over, NULL);
    for (int k = 1; k < threads; k++) {
        team->members[k].team = team, team->members[k].number = k;
        if (cnn_start_thread(&team->members[k].thread, cnn_serve, &team->members[k]))
            break;
        team->threads++;
    }
    return team;
}

static void cnn_dismiss(cnn_team *team)
{
    if (team->process != getpid())
        return; /* its lock may be held for ever */
    __atomic_store_n(&team->ends, 1, __ATOMIC_SEQ_CST);
    cnn_tell(team, &team->task, team->task + 1, &team->asleep, &team->more);
    for (int k = 1; k < team->threads; k++)
        pthread_join(team->members[k].thread, NULL);
    pthread_mutex_destroy(&team->lock);
    pthread_cond_destroy(&team->more);
    pthread_cond_destroy(&team->over);
    free(team);
}
#endif
