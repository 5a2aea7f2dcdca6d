/* libcircuitnn.so: ngspice's C interface, so that programs which load libngspice can load circuitnn.

   The library runs no Python. It starts the Python interpreter of the circuitnn installation as a child process
   (circuitnn/ngspice/library) and talks to it over a socket. So the host program may embed any other Python, and
   survives if the engine dies.

   A frame is a length (4 bytes, of the rest), a kind (1 byte) and fields in the machine's native format; text ends
   with NUL. A request has one reply. Between them, and at any time while a simulation runs in the background, frames
   arrive that call the host's functions. One thread reads the socket and makes these calls. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define API __attribute__((visibility("default")))
#define ENGINE_FD 3

extern char **environ;

/* ---- the interface's types, with the layout of ngspice's header */

typedef struct { double real, imag; } Complex;
typedef struct {
    char *name;
    int type;
    short flags;
    double *real;
    Complex *complex_;
    int length;
} VectorInfo;
typedef struct { char *name; double real, imag; bool is_scale, is_complex; } Value;
typedef struct { int count, index; Value **values; } Values;
typedef struct { int number; char *name; bool is_real; void *vector, *scale; } Announced;
typedef struct { char *name, *title, *date, *type; int count; Announced **vectors; } Announcement;

typedef int SendChar(char *, int, void *);
typedef int SendStat(char *, int, void *);
typedef int ControlledExit(int, bool, bool, int, void *);
typedef int SendData(Values *, int, int, void *);
typedef int SendInitData(Announcement *, int, void *);
typedef int BGThreadRunning(bool, int, void *);
typedef int GetSource(double *, double, char *, int, void *);
typedef int GetSyncData(double, double *, double, int, int, int, void *);

static struct {
    SendChar *text;
    SendStat *status;
    ControlledExit *exit;
    SendData *data;
    SendInitData *announce;
    BGThreadRunning *background;
    GetSource *voltage, *current;
    GetSyncData *sync;
    void *user, *sync_user;
    int ident;
} host;

/* ---- memory that the host may look at after a call has returned */

typedef struct Kept { struct Kept *next; char *key; VectorInfo info; } Kept;
static Kept *kept;
static char **strings, *string_bytes, *current_plot;
static Announced *announced;
static int n_announced;

static void *allocate(size_t bytes)
{
    void *found = calloc(1, bytes ? bytes : 1);
    if (!found) {
        fputs("libcircuitnn: not enough memory\n", stderr);
        abort();
    }
    return found;
}

static char *copied(const char *text)
{
    return strcpy(allocate(strlen(text) + 1), text);
}

static void forget(Kept **place)
{
    Kept *gone = *place;
    *place = gone->next;
    free(gone->key);
    free(gone->info.name);
    free(gone->info.real);
    free(gone->info.complex_);
    free(gone);
}

/* ---- frames */

typedef struct { char *bytes; size_t length, at; } Frame;

static pthread_mutex_t calls = PTHREAD_MUTEX_INITIALIZER;    /* one request at a time */
static pthread_mutex_t writing = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t waiting = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t arrived = PTHREAD_COND_INITIALIZER;
static pthread_t reader;
static int channel = -1;
static pid_t child;
static volatile bool alive, running, initialised;
static Frame reply;
static bool has_reply;

static void tell(const char *text)
{
    char *line = copied(text);
    if (host.text)
        host.text(line, host.ident, host.user);
    else
        fprintf(stderr, "%s\n", text);
    free(line);
}

static bool send_bytes(const void *bytes, size_t length)
{
    const char *from = bytes;
    while (length) {
        ssize_t sent = send(channel, from, length, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        from += sent;
        length -= (size_t)sent;
    }
    return true;
}

static bool send_frame(char kind, const void *payload, size_t length)
{
    uint32_t size = (uint32_t)length + 1;
    pthread_mutex_lock(&writing);
    bool good = send_bytes(&size, 4) && send_bytes(&kind, 1) && send_bytes(payload, length);
    pthread_mutex_unlock(&writing);
    return good;
}

static bool receive(void *into, size_t length)
{
    char *to = into;
    while (length) {
        ssize_t got = recv(channel, to, length, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        to += got;
        length -= (size_t)got;
    }
    return true;
}

static bool receive_frame(Frame *frame)
{
    uint32_t size;
    if (!receive(&size, 4) || size == 0)
        return false;
    frame->bytes = allocate(size + 1);  /* always NUL-terminated, whatever the engine has sent */
    frame->length = size;
    frame->at = 1;
    if (receive(frame->bytes, size))
        return true;
    free(frame->bytes);
    return false;
}

static void take(Frame *frame, void *into, size_t length)
{
    if (frame->at + length > frame->length) {
        memset(into, 0, length);
        frame->at = frame->length;
        return;
    }
    memcpy(into, frame->bytes + frame->at, length);
    frame->at += length;
}

static int take_int(Frame *frame)
{
    int32_t value;
    take(frame, &value, 4);
    return value;
}

static double take_double(Frame *frame)
{
    double value;
    take(frame, &value, 8);
    return value;
}

static bool take_bool(Frame *frame)
{
    char value;
    take(frame, &value, 1);
    return value != 0;
}

static char *take_text(Frame *frame)
{
    char *text = frame->bytes + frame->at;
    frame->at += strlen(text) + 1;
    if (frame->at > frame->length)
        frame->at = frame->length;
    return text;
}

/* ---- calls from the engine */

static void on_announcement(Frame *frame)
{
    Announcement plot = {take_text(frame), take_text(frame), take_text(frame), take_text(frame), 0, NULL};
    for (int k = 0; k < n_announced; k++)
        free(announced[k].name);
    free(announced);
    plot.count = n_announced = take_int(frame);
    announced = allocate((size_t)n_announced * sizeof *announced);
    plot.vectors = allocate((size_t)n_announced * sizeof *plot.vectors);
    for (int k = 0; k < n_announced; k++) {
        bool is_real = take_bool(frame);
        announced[k] = (Announced){k, copied(take_text(frame)), is_real, NULL, NULL};
        plot.vectors[k] = &announced[k];
    }
    if (host.announce)
        host.announce(&plot, host.ident, host.user);
    free(plot.vectors);
}

static void on_points(Frame *frame)
{
    int points = take_int(frame), count = take_int(frame), first = take_int(frame);
    bool is_complex = take_bool(frame);
    if (!host.data || count != n_announced || count <= 0)
        return;
    Value *values = allocate((size_t)count * sizeof *values);
    Value **places = allocate((size_t)count * sizeof *places);
    for (int point = 0; point < points; point++) {
        for (int k = 0; k < count; k++) {
            double real = take_double(frame), imag = is_complex ? take_double(frame) : 0.0;
            values[k] = (Value){announced[k].name, real, imag, k == 0, is_complex};
            places[k] = &values[k];
        }
        Values all = {count, first + point, places};
        host.data(&all, count, host.ident, host.user);
    }
    free(places);
    free(values);
}

/* Reply to the engine's call number `number` of a host function. */
static void answer(int32_t number, const void *payload, size_t length)
{
    char bytes[16];
    memcpy(bytes, &number, 4);
    memcpy(bytes + 4, payload, length);
    send_frame('x', bytes, 4 + length);
}

static void on_source(Frame *frame)
{
    int number = take_int(frame);
    bool is_voltage = take_bool(frame);
    double time = take_double(frame), value = 0.0;
    char *name = take_text(frame);
    GetSource *get = is_voltage ? host.voltage : host.current;
    if (get)
        get(&value, time, name, host.ident, host.sync_user);
    answer(number, &value, 8);
}

static void on_step(Frame *frame)
{
    int number = take_int(frame);
    double time = take_double(frame), step = take_double(frame), before = take_double(frame);
    int rejected = take_int(frame), location = take_int(frame);
    int32_t again = 0;
    char payload[12];
    if (host.sync)
        again = host.sync(time, &step, before, rejected, host.ident, location, host.sync_user) != 0;
    memcpy(payload, &again, 4);
    memcpy(payload + 4, &step, 8);
    answer(number, payload, sizeof payload);
}

static void on_exit_wanted(Frame *frame)
{
    int status = take_int(frame);
    bool immediate = take_bool(frame), by_quit = take_bool(frame);
    if (host.exit)
        host.exit(status, immediate, by_quit, host.ident, host.user);
}

static void forget_vectors(void)
{
    while (kept)
        forget(&kept);
}

/* Handle a frame; returns whether it was the reply to a request, which is kept. */
static bool dispatch(Frame *frame)
{
    switch (frame->bytes[0]) {
    case 'r':
        return true;
    case 'C':
        tell(take_text(frame));
        break;
    case 'S':
        if (host.status)
            host.status(take_text(frame), host.ident, host.user);
        break;
    case 'B': {
        bool stopped = take_bool(frame);
        running = !stopped;
        if (host.background)
            host.background(stopped, host.ident, host.user);
        break;
    }
    case 'I':
        on_announcement(frame);
        break;
    case 'D':
        on_points(frame);
        break;
    case 'G':
        on_source(frame);
        break;
    case 'T':
        on_step(frame);
        break;
    case 'E':
        on_exit_wanted(frame);
        break;
    }
    free(frame->bytes);
    return false;
}

static void ended(void)
{
    alive = running = false;
    pthread_mutex_lock(&waiting);
    pthread_cond_broadcast(&arrived);
    pthread_mutex_unlock(&waiting);
}

static void *read_frames(void *unused)
{
    Frame frame;
    (void)unused;
    while (receive_frame(&frame)) {
        if (!dispatch(&frame))
            continue;
        pthread_mutex_lock(&waiting);
        reply = frame;
        has_reply = true;
        pthread_cond_signal(&arrived);
        pthread_mutex_unlock(&waiting);
    }
    ended();
    return NULL;
}

/* Wait for the reply to a request. A host function that calls back runs in the reader's thread, so it reads on. */
static bool await_reply(Frame *frame)
{
    if (pthread_equal(pthread_self(), reader)) {
        while (receive_frame(frame))
            if (dispatch(frame))
                return true;
        ended();
        return false;
    }
    pthread_mutex_lock(&waiting);
    while (!has_reply && alive)
        pthread_cond_wait(&arrived, &waiting);
    bool good = has_reply;
    *frame = reply;
    has_reply = false;
    pthread_mutex_unlock(&waiting);
    return good;
}

/* Send a request and take its reply; returns its first field, the status, or a negative number without engine. */
static int request(char kind, const void *payload, size_t length, Frame *answer)
{
    if (!initialised) {
        tell("stderr Error: ngSpice_Init has not been called.");
        return -1;
    }
    bool nested = pthread_equal(pthread_self(), reader);
    if (!nested)
        pthread_mutex_lock(&calls);
    int status = -1;
    if (alive && send_frame(kind, payload, length) && await_reply(answer))
        status = take_int(answer);
    else
        tell("stderr Error: the engine of circuitnn has ended; call ngSpice_Init to start another one.");
    if (!nested)
        pthread_mutex_unlock(&calls);
    return status;
}

/* ---- the engine */

static bool readable(const char *path)
{
    return access(path, X_OK) == 0;
}

/* The Python interpreter of the circuitnn installation: from CIRCUITNN_PYTHON, from the file `python` beside the
   library (written by circuitnn info --libngspice), or from the library's folder. */
static char *interpreter(void)
{
    const char *given = getenv("CIRCUITNN_PYTHON");
    char path[4096] = "";
    Dl_info where;
    if (given && *given)
        return copied(given);
    if (dladdr((void *)interpreter, &where) && where.dli_fname) {
        char *folder = realpath(where.dli_fname, NULL);
        char *slash = folder ? strrchr(folder, '/') : NULL;
        if (slash) {
            *slash = '\0';
            snprintf(path, sizeof path, "%s/python", folder);
            FILE *file = fopen(path, "r");
            if (file) {
                bool good = fgets(path, sizeof path, file) != NULL;
                fclose(file);
                path[strcspn(path, "\n")] = '\0';
                if (good && readable(path)) {
                    free(folder);
                    return copied(path);
                }
            }
            snprintf(path, sizeof path, "%s/../../../../../../bin/python3", folder);
            free(folder);
            if (readable(path))
                return copied(path);
        }
        else
            free(folder);
    }
    return copied("python3");
}

static bool start_engine(void)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
        return false;
    char *python = interpreter(), number[16];
    snprintf(number, sizeof number, "%d", ENGINE_FD);
    char *arguments[] = {python, "-I", "-m", "circuitnn.ngspice.library", number, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", 0, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", 1, 0);
    /* A descriptor that already has the target number would keep its close-on-exec flag. */
    int end = ends[1] == ENGINE_FD ? dup(ends[1]) : ends[1];
    posix_spawn_file_actions_adddup2(&actions, end, ENGINE_FD);
    int problem = posix_spawnp(&child, python, &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (end != ends[1])
        close(end);
    close(ends[1]);
    channel = ends[0];
    alive = !problem;
    char message[4200];
    snprintf(message, sizeof message, "stderr Error: %s cannot be started: %s (set CIRCUITNN_PYTHON)", python,
             strerror(problem));
    if (problem)
        tell(message);
    free(python);
    if (problem || pthread_create(&reader, NULL, read_frames, NULL)) {
        close(channel);
        alive = false;
        return false;
    }
    return true;
}

static void stop_engine(void)
{
    if (channel < 0)
        return;
    shutdown(channel, SHUT_RDWR);
    pthread_join(reader, NULL);
    close(channel);
    channel = -1;
    waitpid(child, NULL, 0);
    forget_vectors();
}

/* ---- ngspice's functions */

/* Tell the engine whether to ask the host about steps. */
static int want_steps(void)
{
    Frame answer;
    char wants = host.sync != NULL;
    if (request('y', &wants, 1, &answer))
        return 1;
    free(answer.bytes);
    return 0;
}

API int ngSpice_Init(SendChar *text, SendStat *status, ControlledExit *leave, SendData *data, SendInitData *announce,
                     BGThreadRunning *background, void *user)
{
    host.text = text;
    host.status = status;
    host.exit = leave;
    host.data = data;
    host.announce = announce;
    host.background = background;
    host.user = user;
    if (initialised && alive)
        return 0;
    if (initialised)
        stop_engine();
    initialised = true;
    if (!start_engine())
        return 1;
    Frame answer;
    char wants_data = data != NULL || announce != NULL;
    if (request('i', &wants_data, 1, &answer))
        return 1;
    free(answer.bytes);
    return host.sync ? want_steps() : 0;
}

API int ngSpice_Init_Sync(GetSource *voltage, GetSource *current, GetSyncData *sync, int *ident, void *user)
{
    bool changed = (sync != NULL) != (host.sync != NULL);
    host.voltage = voltage;
    host.current = current;
    host.sync = sync;
    if (ident)
        host.ident = *ident;
    if (user)
        host.sync_user = user;
    return changed && initialised && alive ? want_steps() : 0;
}

API int ngSpice_Command(char *command)
{
    Frame answer;
    if (!command)
        return 0;
    int status = request('c', command, strlen(command) + 1, &answer);
    if (status < 0)
        return 1;
    free(answer.bytes);
    return status;
}

API int ngSpice_Circ(char **lines)
{
    Frame answer;
    size_t length = 0, count = 0;
    if (!lines)
        return 1;
    for (; lines[count]; count++)
        length += strlen(lines[count]) + 1;
    char *payload = allocate(length + 1), *to = payload;
    for (size_t k = 0; k < count; k++)
        to = stpcpy(to, lines[k]) + 1;
    int status = request('l', payload, length, &answer);
    free(payload);
    if (status < 0)
        return 1;
    free(answer.bytes);
    return status;
}

API char *ngSpice_CurPlot(void)
{
    Frame answer;
    if (request('p', "", 0, &answer))
        return NULL;
    free(current_plot);
    current_plot = copied(take_text(&answer));
    free(answer.bytes);
    return current_plot;
}

static char **listed(char kind, const char *of)
{
    Frame answer;
    static char *none[1];
    if (request(kind, of, strlen(of) + 1, &answer))
        return none;
    int count = take_int(&answer);
    free(strings);
    free(string_bytes);
    string_bytes = answer.bytes;  /* the names stay where they are */
    strings = allocate((size_t)(count + 1) * sizeof *strings);
    for (int k = 0; k < count; k++)
        strings[k] = take_text(&answer);
    return strings;
}

API char **ngSpice_AllPlots(void)
{
    return listed('P', "");
}

API char **ngSpice_AllVecs(char *plot)
{
    return listed('V', plot ? plot : "");
}

API VectorInfo *ngGet_Vec_Info(char *name)
{
    Frame answer;
    if (!name || request('v', name, strlen(name) + 1, &answer))
        return NULL;
    int found = take_int(&answer);
    if (!found) {
        free(answer.bytes);
        return NULL;
    }
    Kept *made = allocate(sizeof *made);
    made->key = copied(take_text(&answer));
    made->info.name = copied(take_text(&answer));
    made->info.type = take_int(&answer);
    bool is_complex = take_bool(&answer);
    made->info.flags = is_complex ? 2 : 1;
    made->info.length = take_int(&answer);
    size_t bytes = (size_t)made->info.length * (is_complex ? sizeof(Complex) : sizeof(double));
    void *values = allocate(bytes);
    take(&answer, values, bytes);
    if (is_complex)
        made->info.complex_ = values;
    else
        made->info.real = values;
    free(answer.bytes);
    for (Kept **place = &kept; *place; place = &(*place)->next)
        if (!strcmp((*place)->key, made->key)) {
            forget(place);
            break;
        }
    made->next = kept;
    kept = made;
    return &made->info;
}

API bool ngSpice_running(void)
{
    return running;
}

API bool ngSpice_SetBkpt(double time)
{
    Frame answer;
    int status = request('b', &time, 8, &answer);
    if (status < 0)
        return false;
    free(answer.bytes);
    return status != 0;
}

/* Vectors are copies, so that they never move. */
API int ngSpice_LockRealloc(void)
{
    return 1;
}

API int ngSpice_UnlockRealloc(void)
{
    return 1;
}

API int ngSpice_Reset(void)
{
    if (!initialised)
        return 1;
    return ngSpice_Command("reset");
}

API int ngSpice_nospinit(void)
{
    return 0;
}

API int ngSpice_nospiceinit(void)
{
    return 0;
}

API char *ngCM_Input_Path(const char *path)
{
    static char *set;
    if (path) {
        free(set);
        set = copied(path);
    }
    return set;
}

/* There are no event nodes. */
API void *ngGet_Evt_NodeInfo(char *node)
{
    (void)node;
    return NULL;
}

API char **ngSpice_AllEvtNodes(void)
{
    static char *none[1];
    return none;
}

API int ngSpice_Init_Evt(void *data, void *announce, void *user)
{
    (void)data;
    (void)announce;
    (void)user;
    return 0;
}

__attribute__((destructor)) static void unload(void)
{
    stop_engine();
}
