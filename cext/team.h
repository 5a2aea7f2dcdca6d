/* A team of threads that shares the parts of one loop after another: see teams.pyx.
 *
 * Each thread has a queue of parts: one word with the number of the loop, the end, and the next part. Whoever has
 * emptied its own queue takes parts of the others', so that a thread which gets no processor delays only the part that
 * it has begun. The number of the loop keeps a thread that was interrupted between reading a queue and taking a part
 * from taking one of a later loop. */
#ifndef CIRCUITNN_TEAM_H
#define CIRCUITNN_TEAM_H
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
    CNN_MOST_THREADS = 64,
    CNN_LOOKS = 32,         /* looks for work between two looks at the clock */
    CNN_PATIENCE = 50000,   /* ns for which a thread without work stays awake: about as long as waking it takes */
};

typedef void (*cnn_work)(void *data, int part, int parts);

typedef struct {
    _Alignas(64) uint64_t word;     /* loop << 32 | end << 16 | next */
} cnn_queue;

typedef struct cnn_team cnn_team;

typedef struct {
    cnn_team *team;
    int number;
    pthread_t thread;
} cnn_member;

struct cnn_team {
    cnn_queue queues[CNN_MOST_THREADS];
    _Alignas(64) uint32_t left;     /* parts that are not done */
    _Alignas(64) uint32_t loop;     /* number of the present loop */
    _Alignas(64) int asleep;        /* whether a thread may be waiting for `more` */
    int waits;                      /* whether the caller waits for `done` */
    int ends;
    cnn_work work;
    void *data;
    int parts;
    int threads;                    /* with the caller */
    pid_t process;                  /* a fork has no other threads than the caller */
    pthread_mutex_t lock;
    pthread_cond_t more, done;
    cnn_member members[CNN_MOST_THREADS];
};

static inline void cnn_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("yield");
#endif
}

static inline int64_t cnn_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return 1000000000 * (int64_t)time.tv_sec + time.tv_nsec;
}

/* Wait, awake, until `*word` has or no longer has `value`; returns whether that happened soon. */
static int cnn_watch(const uint32_t *word, uint32_t value, int equal)
{
    for (const int64_t tired = cnn_now() + CNN_PATIENCE; cnn_now() < tired;)
        for (int look = 0; look < CNN_LOOKS; look++) {
            if ((__atomic_load_n(word, __ATOMIC_ACQUIRE) == value) == equal)
                return 1;
            cnn_pause();
        }
    return 0;
}

/* Take the next part of a queue; -1: there is none. */
static inline int cnn_take(cnn_queue *queue)
{
    uint64_t word = __atomic_load_n(&queue->word, __ATOMIC_ACQUIRE);
    while ((word & 0xffff) < (word >> 16 & 0xffff))
        if (__atomic_compare_exchange_n(&queue->word, &word, word + 1, 1, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
            return (int)(word & 0xffff);
    return -1;
}

/* Do what is left of the present loop, the thread's own parts first; returns the number of parts still not done. */
static int cnn_do_parts(cnn_team *team, int number)
{
    int made = 0;
    for (int turn = 0; turn < team->threads; turn++) {
        cnn_queue *queue = &team->queues[(number + turn) % team->threads];
        for (int part = cnn_take(queue); part >= 0; part = cnn_take(queue), made++)
            team->work(team->data, part, team->parts);
    }
    return made ? (int)__atomic_sub_fetch(&team->left, made, __ATOMIC_SEQ_CST) : -1;
}

static void cnn_sleep(cnn_team *team, uint32_t seen)
{
    pthread_mutex_lock(&team->lock);
    while (1) {
        __atomic_store_n(&team->asleep, 1, __ATOMIC_SEQ_CST);
        if (__atomic_load_n(&team->loop, __ATOMIC_SEQ_CST) != seen)
            break;
        pthread_cond_wait(&team->more, &team->lock);
    }
    pthread_mutex_unlock(&team->lock);
}

static void *cnn_serve(void *given)
{
    cnn_member *self = given;
    cnn_team *team = self->team;
    uint32_t seen = 0;
    while (1) {
        if (!cnn_watch(&team->loop, seen, 0))
            cnn_sleep(team, seen);
        seen = __atomic_load_n(&team->loop, __ATOMIC_ACQUIRE);
        if (__atomic_load_n(&team->ends, __ATOMIC_ACQUIRE))
            return NULL;
        if (cnn_do_parts(team, self->number) == 0 && __atomic_load_n(&team->waits, __ATOMIC_SEQ_CST)) {
            pthread_mutex_lock(&team->lock);
            pthread_cond_signal(&team->done);
            pthread_mutex_unlock(&team->lock);
        }
    }
}

/* Tell the others that there is a new loop, or that the team ends. */
static void cnn_announce(cnn_team *team)
{
    __atomic_add_fetch(&team->loop, 1, __ATOMIC_SEQ_CST);
    if (__atomic_exchange_n(&team->asleep, 0, __ATOMIC_SEQ_CST)) {
        pthread_mutex_lock(&team->lock);
        pthread_cond_broadcast(&team->more);
        pthread_mutex_unlock(&team->lock);
    }
}

/* Let the team do all parts of a loop. */
static void cnn_share(cnn_team *team, cnn_work work, void *data, int parts)
{
    const uint64_t loop = (uint64_t)(team->loop + 1) << 32;
    team->work = work, team->data = data, team->parts = parts;
    __atomic_store_n(&team->left, parts, __ATOMIC_RELAXED);
    for (int k = 0; k < team->threads; k++) {
        const uint64_t first = parts * k / team->threads, end = parts * (k + 1) / team->threads;
        __atomic_store_n(&team->queues[k].word, loop | end << 16 | first, __ATOMIC_RELEASE);
    }
    cnn_announce(team);
    if (cnn_do_parts(team, 0) == 0 || cnn_watch(&team->left, 0, 1))
        return;
    pthread_mutex_lock(&team->lock);
    __atomic_store_n(&team->waits, 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&team->left, __ATOMIC_SEQ_CST))
        pthread_cond_wait(&team->done, &team->lock);
    __atomic_store_n(&team->waits, 0, __ATOMIC_SEQ_CST);
    pthread_mutex_unlock(&team->lock);
}

/* Start the threads of a team; it has as many as could be started. NULL: no memory. */
static cnn_team *cnn_assemble(int threads)
{
    void *room = NULL;
    if (posix_memalign(&room, 64, sizeof(cnn_team)))
        return NULL;
    cnn_team *team = room;
    *team = (cnn_team){.threads = 1, .process = getpid()};
    pthread_mutex_init(&team->lock, NULL);
    pthread_cond_init(&team->more, NULL);
    pthread_cond_init(&team->done, NULL);
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are for the threads of the program */
    for (int k = 1; k < threads && k < CNN_MOST_THREADS; k++) {
        team->members[k] = (cnn_member){.team = team, .number = k};
        if (pthread_create(&team->members[k].thread, NULL, cnn_serve, &team->members[k]))
            break;
        team->threads++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return team;
}

static void cnn_dismiss(cnn_team *team)
{
    if (team->process != getpid())
        return; /* its lock may be held for ever */
    __atomic_store_n(&team->ends, 1, __ATOMIC_SEQ_CST);
    cnn_announce(team);
    for (int k = 1; k < team->threads; k++)
        pthread_join(team->members[k].thread, NULL);
    pthread_mutex_destroy(&team->lock);
    pthread_cond_destroy(&team->more);
    pthread_cond_destroy(&team->done);
    free(team);
}
#endif
