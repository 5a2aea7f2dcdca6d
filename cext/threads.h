/* Threads of the core beside those of the program, and the clock by which they wait. */
#ifndef CIRCUITNN_THREADS_H
#define CIRCUITNN_THREADS_H
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <time.h>

static inline int64_t cnn_clock(clockid_t clock) /* [ns] */
{
    struct timespec time;
    clock_gettime(clock, &time);
    return 1000000000 * (int64_t)time.tv_sec + time.tv_nsec;
}

static inline int64_t cnn_now(void) /* [ns] */
{
    return cnn_clock(CLOCK_MONOTONIC);
}

/* Start a thread that no signal interrupts: signals are for the threads of the program. Returns 0 if it runs. */
static int cnn_start_thread(pthread_t *thread, void *(*work)(void *), void *data)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int failed = pthread_create(thread, NULL, work, data);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed;
}
#endif
