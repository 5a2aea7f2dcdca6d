/* circuitnn-batch: runs a command line of circuitnn in a worker of `circuitnn serve` or, if no server takes it, in a
 * process of its own. Same arguments, output, signals and exit codes either way. Where there is no server, one is started
 * for the runs that follow; it ends when it has been idle.
 *
 * The request goes over a Unix socket, and this process's stdin, stdout, stderr and current folder as descriptors when a
 * worker is there; circuitnn/ngspice/serving/request.py describes their contents. Answers are lines:
 *
 *     H           a worker is there and waits for the descriptors
 *     N reason    refused
 *     P pid       accepted by this worker, which gets this process's signals; it has begun
 *     X code      the worker has ended with this exit code
 *     S signal    the worker was ended by this signal
 *
 * CIRCUITNN_BATCH_VERBOSE=1 reports on stderr why no server ran the command. CIRCUITNN_SERVE=off neither asks a server
 * nor starts one. CIRCUITNN_SOCKET is the socket of a server that the user keeps: none is started for it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef VERSION
#error "setup.py says which version this is"
#endif

extern char **environ;

static char home[PATH_MAX]; /* the folder of this program and of circuitnn */

/* ---- without a server ------------------------------------------------------------------------------------------- */

static void run_cold(char **arguments, const char *why)
{
    char path[PATH_MAX + 16];
    const char *verbose = getenv("CIRCUITNN_BATCH_VERBOSE");

    if (verbose && *verbose)
        fprintf(stderr, "circuitnn-batch: not served: %s\n", why);
    snprintf(path, sizeof path, "%s/circuitnn", home);
    arguments[0] = path;
    execv(path, arguments);
    fprintf(stderr, "circuitnn-batch: %s: %s\n", path, strerror(errno));
    _exit(127);
}

#ifdef __linux__

/* ---- address of the server: as in circuitnn/ngspice/serving/address.py ------------------------------------------ */

static uint64_t fnv1a(const char *text)
{
    uint64_t hash = 0xcbf29ce484222325u;

    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
    return hash;
}

static const char *own_socket(void) /* the path that the user gives; NULL if none */
{
    const char *given = getenv("CIRCUITNN_SOCKET");

    return given && *given ? given : NULL;
}

/* The folder of this user's sockets, made if `make`; returns 0 if there is none, or if other users have access to it. */
static int find_folder(char *folder, size_t size, int make)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    struct stat about;
    int length;

    if (runtime && *runtime)
        length = snprintf(folder, size, "%s/circuitnn", runtime);
    else
        length = snprintf(folder, size, "/tmp/circuitnn-%ld", (long)geteuid());
    if (length < 0 || (size_t)length >= size)
        return 0;
    if (make)
        mkdir(folder, 0700);
    return lstat(folder, &about) == 0 && S_ISDIR(about.st_mode) && about.st_uid == geteuid() && !(about.st_mode & 077);
}

/* The socket's path; returns 0 if it is too long, or in a folder that other users have access to. */
static int find_socket(char *path, size_t size, int make_folder)
{
    const char *given = own_socket();
    char folder[256];
    int length;

    if (given)
        length = snprintf(path, size, "%s", given);
    else if (find_folder(folder, sizeof folder, make_folder))
        length = snprintf(path, size, "%s/%s-%016llx", folder, VERSION, (unsigned long long)fnv1a(home));
    else
        return 0;
    return length >= 0 && (size_t)length < size;
}

static const char NO_SERVER[] = "there is no server";

/* A connection to a server of this user, or -1. */
static int connected(const char **why)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct ucred peer;
    socklen_t size = sizeof peer;
    int server;

    *why = NO_SERVER;
    if (!find_socket(address.sun_path, sizeof address.sun_path, 0))
        return -1;
    server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server < 0)
        return -1;
    if (connect(server, (struct sockaddr *)&address, sizeof address) != 0) {
        close(server);
        return -1;
    }
    if (getsockopt(server, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.uid != geteuid()) {
        *why = "the server is another user's";
        close(server);
        return -1;
    }
    return server;
}

/* ---- a server for the runs that follow -------------------------------------------------------------------------- */

enum { LOCK = 3 }; /* descriptor of the lock in a server that was started here */

/* Leave the client's session, files and signals, and become a server. */
static void become_server(int lock)
{
    char path[PATH_MAX + 16];
    long most = sysconf(_SC_OPEN_MAX);
    int nowhere = open("/dev/null", O_RDWR);

    for (int k = 1; k < 32; k++)
        signal(k, SIG_DFL);
    if (nowhere < 0 || chdir("/") != 0)
        _exit(1);
    if (lock != LOCK)
        dup2(lock, LOCK);
    else
        fcntl(lock, F_SETFD, 0);
    for (int k = 0; k < LOCK; k++)
        dup2(nowhere, k);
    for (long k = LOCK + 1; k < (most > 0 && most < 65536 ? most : 65536); k++)
        close((int)k);
    snprintf(path, sizeof path, "%s/circuitnn", home);
    execl(path, path, "serve", (char *)NULL);
    _exit(1);
}

/* Start a server, unless another client has done so: it keeps the lock beside the socket until it ends. */
static void start_server(void)
{
    char path[PATH_MAX];
    pid_t child;
    int lock;

    if (own_socket() || !find_socket(path, sizeof path - sizeof ".starting", 1))
        return;
    strcat(path, ".starting");
    lock = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (lock < 0)
        return;
    if (flock(lock, LOCK_EX | LOCK_NB) == 0) {
        child = fork();
        if (child == 0) {
            setsid();
            if (fork() == 0)
                become_server(lock);
            _exit(0); /* so that the server is nobody's child */
        }
        if (child > 0)
            waitpid(child, NULL, 0);
    }
    close(lock);
}

/* ---- the request ------------------------------------------------------------------------------------------------ */

static const int passed_on[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGXCPU, SIGUSR1, SIGUSR2, SIGTSTP, SIGCONT};
enum { PASSED = sizeof passed_on / sizeof *passed_on, DESCRIPTORS = 4, PATIENCE = 5000 /* ms */ };

struct text {
    char *bytes;
    size_t length, room;
};

static int put(struct text *text, const char *field) /* with its zero byte; returns 0 if there is no memory */
{
    size_t more = strlen(field) + 1;

    if (text->length + more > text->room) {
        size_t room = 2 * (text->length + more);
        char *bytes = realloc(text->bytes, room);
        if (!bytes)
            return 0;
        text->bytes = bytes, text->room = room;
    }
    memcpy(text->bytes + text->length, field, more);
    text->length += more;
    return 1;
}

static int put_number(struct text *text, unsigned long number)
{
    char field[32];

    snprintf(field, sizeof field, "%lu", number);
    return put(text, field);
}

/* Signals of this process that are ignored or blocked: bit k for signal k. */
static unsigned long ignored_signals(void)
{
    unsigned long found = 0;
    struct sigaction now;

    for (int k = 1; k < 32; k++)
        if (sigaction(k, NULL, &now) == 0 && now.sa_handler == SIG_IGN)
            found |= 1ul << k;
    return found;
}

static unsigned long blocked_signals(const sigset_t *blocked)
{
    unsigned long found = 0;

    for (int k = 1; k < 32; k++)
        if (sigismember(blocked, k) == 1)
            found |= 1ul << k;
    return found;
}

static int write_request(struct text *text, int count, char **arguments, const sigset_t *blocked)
{
    mode_t mask = umask(0);
    int good;

    umask(mask);
    good = put(text, VERSION) && put(text, home) && put_number(text, mask) && put_number(text, ignored_signals())
        && put_number(text, blocked_signals(blocked)) && put_number(text, (unsigned long)(count - 1));
    for (int k = 1; good && k < count; k++)
        good = put(text, arguments[k]);
    for (char **entry = environ; good && *entry; entry++)
        good = put(text, *entry);
    return good;
}

static int send_all(int server, const char *bytes, size_t length)
{
    while (length) {
        ssize_t sent = send(server, bytes, length, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return 0;
        bytes += sent, length -= (size_t)sent;
    }
    return 1;
}

/* Return 0 if the server has gone, or is stopped with its buffer full. */
static int send_request(int server, const struct text *request)
{
    uint32_t length = (uint32_t)request->length;
    struct timeval patience = {.tv_sec = PATIENCE / 1000};

    setsockopt(server, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    return send_all(server, (const char *)&length, sizeof length) && send_all(server, request->bytes, request->length);
}

static int send_descriptors(int server, int folder) /* with a byte, as they must be; returns 0 if the server has gone */
{
    int descriptors[DESCRIPTORS] = {0, 1, 2, folder};
    struct iovec part = {"D", 1};
    union {
        char room[CMSG_SPACE(sizeof descriptors)];
        struct cmsghdr aligned;
    } control;
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.room,
                             .msg_controllen = sizeof control.room};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    ssize_t sent;

    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof descriptors);
    memcpy(CMSG_DATA(head), descriptors, sizeof descriptors);
    do
        sent = sendmsg(server, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent == 1;
}

/* ---- while the worker runs -------------------------------------------------------------------------------------- */

static volatile pid_t worker;

static void pass_on(int number)
{
    int before = errno;

    kill(worker, number);
    errno = before;
}

static void stop(int number) /* Ctrl-Z: stop the worker, then this process; on SIGCONT in reverse order */
{
    int before = errno;
    sigset_t only;

    kill(worker, SIGSTOP); /* SIGTSTP does not stop a process without a terminal */
    signal(number, SIG_DFL);
    raise(number);
    sigemptyset(&only);
    sigaddset(&only, number);
    sigprocmask(SIG_UNBLOCK, &only, NULL); /* this process stops here */
    kill(worker, SIGCONT);
    signal(number, stop);
    errno = before;
}

static void pass_signals_on(unsigned long ignored)
{
    struct sigaction action = {.sa_flags = SA_RESTART};

    for (int k = 0; k < PASSED; k++) {
        if (ignored & (1ul << passed_on[k]))
            continue;
        action.sa_handler = passed_on[k] == SIGTSTP ? stop : pass_on;
        sigaction(passed_on[k], &action, NULL);
    }
}

static void end_by(int number) /* as the worker did */
{
    sigset_t only;

    signal(number, SIG_DFL);
    sigemptyset(&only);
    sigaddset(&only, number);
    raise(number);
    sigprocmask(SIG_UNBLOCK, &only, NULL);
    _exit(128 + number); /* if the signal's default is not to end a process */
}

/* Read the next line from the server, without its end; return 0 if the server has gone, or is silent for `patience`
 * [ms]. Byte by byte, since lines are few and short. */
static int next_line(int server, char *line, size_t size, int patience)
{
    struct pollfd readable = {.fd = server, .events = POLLIN};
    size_t length = 0;

    while (length + 1 < size) {
        ssize_t got = patience < 0 || poll(&readable, 1, patience) == 1 ? read(server, line + length, 1) : 0;
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return 0;
        if (line[length] == '\n') {
            line[length] = '\0';
            return 1;
        }
        length++;
    }
    return 0;
}

/* The line with which a worker begins or refuses. If none comes in time, end the reading side: either the line is there
 * by then, or the worker can no longer send it, and does not begin. */
static int read_decision(int server, char *line, size_t size)
{
    if (next_line(server, line, size, PATIENCE))
        return 1;
    shutdown(server, SHUT_RD);
    return next_line(server, line, size, 0);
}

static void wait_for_end(int server)
{
    char line[256];

    while (next_line(server, line, sizeof line, -1)) {
        if (line[0] == 'X')
            _exit(atoi(line + 1));
        if (line[0] == 'S')
            end_by(atoi(line + 1));
    }
    fprintf(stderr, "circuitnn-batch: the server has gone, and how the run ended is not known\n");
    _exit(1);
}

/* Run in a worker; returns only if no run has begun, with the reason. */
static const char *run_served(int count, char **arguments, const sigset_t *blocked)
{
    static char line[256];
    struct text request = {0};
    const char *why, *serve = getenv("CIRCUITNN_SERVE");
    int folder, server;

    if (serve && strcmp(serve, "off") == 0)
        return "CIRCUITNN_SERVE is off";
    for (int k = 0; k < 3; k++)
        if (fcntl(k, F_GETFD) < 0)
            return "a standard stream is closed";
    server = connected(&why);
    if (server < 0)
        return why;
    folder = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    why = "the server has gone";
    if (folder < 0)
        why = "the current folder cannot be opened";
    else if (!write_request(&request, count, arguments, blocked))
        why = "no memory";
    else if (send_request(server, &request) && next_line(server, line, sizeof line, PATIENCE) && line[0] == 'H'
             && send_descriptors(server, folder) && read_decision(server, line, sizeof line)) {
        worker = line[0] == 'P' ? (pid_t)atol(line + 1) : 0;
        if (worker > 0) {
            pass_signals_on(ignored_signals());
            sigprocmask(SIG_SETMASK, blocked, NULL);
            wait_for_end(server);
        }
        if (line[0] == 'N')
            why = line + 2;
    }
    free(request.bytes);
    close(folder);
    close(server);
    return why;
}

#endif

int main(int count, char **arguments)
{
    const char *why = "this is no Linux";
    ssize_t length = readlink("/proc/self/exe", home, sizeof home - 1);
    char *end;

    if (length < 0) /* no /proc: the path it was called by */
        length = snprintf(home, sizeof home, "%s", arguments[0]);
    home[length < (ssize_t)sizeof home ? length : (ssize_t)sizeof home - 1] = '\0';
    end = strrchr(home, '/');
    if (end)
        *end = '\0';
    else
        strcpy(home, ".");
#ifdef __linux__
    {
        sigset_t all, blocked;

        /* Signals wait until there is a worker. */
        sigfillset(&all);
        sigprocmask(SIG_BLOCK, &all, &blocked);
        why = run_served(count, arguments, &blocked);
        sigprocmask(SIG_SETMASK, &blocked, NULL);
        if (why == NO_SERVER)
            start_server();
    }
#endif
    run_cold(arguments, why);
}
