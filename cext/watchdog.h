/* A thread that ends the process at a deadline, whatever its other threads do: see watchdog.pyx. */
#ifndef CIRCUITNN_WATCHDOG_H
#define CIRCUITNN_WATCHDOG_H
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "threads.h"

typedef struct {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int64_t deadline; /* [ns] on CLOCK_MONOTONIC */
    int over, code;
    pid_t process;    /* a fork has no watchdog */
    size_t length;
    char message[];
} cnn_watchdog;

static void *cnn_guard(void *given)
{
    cnn_watchdog *dog = given;
    pthread_mutex_lock(&dog->lock);
    while (!dog->over) {
        const int64_t left = dog->deadline - cnn_now();
        if (left <= 0) {
            /* Nothing else is safe here: other threads may hold any lock. */
            if (write(STDERR_FILENO, dog->message, dog->length) < 0) {}
            _exit(dog->code);
        }
        /* Conditions wait on the real clock everywhere; if someone sets that clock, the loop waits again. */
        const int64_t until = cnn_clock(CLOCK_REALTIME) + left;
        const struct timespec time = {until / 1000000000, until % 1000000000};
        pthread_cond_timedwait(&dog->changed, &dog->lock, &time);
    }
    pthread_mutex_unlock(&dog->lock);
    return NULL;
}

/* Start a watchdog. NULL: no memory, or no thread. */
static cnn_watchdog *cnn_start(int64_t deadline, int code, const char *message, size_t length)
{
    cnn_watchdog *dog = calloc(1, sizeof *dog + length);
    if (dog == NULL)
        return NULL;
    dog->deadline = deadline, dog->code = code, dog->process = getpid(), dog->length = length;
    memcpy(dog->message, message, length);
    pthread_mutex_init(&dog->lock, NULL);
    pthread_cond_init(&dog->changed, NULL);
    if (cnn_start_thread(&dog->thread, cnn_guard, dog) == 0)
        return dog;
    free(dog);
    return NULL;
}

static void cnn_change(cnn_watchdog *dog, int64_t deadline, int over)
{
    if (dog->process != getpid())
        return; /* its lock may be held for ever */
    pthread_mutex_lock(&dog->lock);
    dog->deadline = deadline, dog->over = over;
    pthread_cond_signal(&dog->changed);
    pthread_mutex_unlock(&dog->lock);
}

static void cnn_stop(cnn_watchdog *dog)
{
    if (dog->process != getpid())
        return;
    cnn_change(dog, 0, 1);
    pthread_join(dog->thread, NULL);
    free(dog);
}
#endif
