/* A program that loads ngspice's shared library, or ours, as a schematic editor does, and does what a script says.

   host LIBRARY [fd] < script         one call a line; what comes back is printed, one line each

   init                        ngSpice_Init and ngSpice_Init_Sync, with all functions; noinit: without any call of it
   circ LINE|LINE|…            ngSpice_Circ
   cmd TEXT                    ngSpice_Command, and what it returns; null: without a text
   plots, current, vecs PLOT   ngSpice_AllPlots, ngSpice_CurPlot, ngSpice_AllVecs
   vec NAME                    ngGet_Vec_Info: type, flags, length, first and last value
   wait MS, running            wait until nothing runs, at most so long; ngSpice_running
   sleep MS, events            sleep; ngSpice_AllEvtNodes and ngGet_Evt_NodeInfo
   quiet                       print no text that the simulator sends
   bkpt T, point T             ngSpice_SetBkpt, and what it returns; whether the vector of time has this value
   steps MOST [AGAIN [BKPT]]   ngSpice_Init_Sync with a function for steps: none longer than MOST, the first one beyond
                               AGAIN taken again with a tenth, and from then on a breakpoint at BKPT
   asked                       what it was asked: begun, tried, rejected by the simulator, and by it; order and times good */

#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct { double real, imag; } Complex;
typedef struct { char *name; int type; short flags; double *real; Complex *complex_; int length; } Vector;
typedef struct { char *name; double real, imag; bool is_scale, is_complex; } Value;
typedef struct { int count, index; Value **values; } Values;
typedef struct { int number; char *name; bool is_real; void *vector, *scale; } Announced;
typedef struct { char *name, *title, *date, *type; int count; Announced **vectors; } Announcement;

static bool quiet;
static long points;
static double last_point[2];

static int on_text(char *text, int ident, void *user)
{
    (void)ident, (void)user;
    if (!quiet)
        printf("text %s\n", text);
    return 0;
}

static int on_status(char *text, int ident, void *user)
{
    (void)text, (void)ident, (void)user;
    return 0;
}

static int on_exit_wanted(int status, bool immediate, bool by_quit, int ident, void *user)
{
    (void)immediate, (void)ident, (void)user;
    printf("exit %d %d\n", status, by_quit);
    return 0;
}

static int on_points(Values *all, int count, int ident, void *user)
{
    (void)ident, (void)user;
    points++;
    for (int k = 0; k < count && k < 2; k++)
        last_point[k] = all->values[k]->real;
    return 0;
}

static int on_announcement(Announcement *plot, int ident, void *user)
{
    (void)ident, (void)user;
    printf("announced %s %d\n", plot->type, plot->count);
    return 0;
}

static int on_background(bool stopped, int ident, void *user)
{
    (void)ident, (void)user;
    printf("background %s\n", stopped ? "stopped" : "runs");
    return 0;
}

static int on_source(double *value, double t, char *name, int ident, void *user)
{
    (void)name, (void)ident, (void)user;
    *value = 2.0 * t / 1e-3;  /* a ramp to 2 V at 1 ms */
    return 0;
}

static double most, again_at, bkpt_at;
static long begun, tried, rejected, refused, wrong;
static double stands, ends;
static bool (*set_bkpt)(double);

static int on_step(double t, double *step, double before, int is_rejected, int ident, int location, void *user)
{
    wrong += user == NULL || ident != 7;
    if (location == 0) {  /* it stands at the end of the last attempt that was good */
        begun++;
        wrong += t != ends || before != 0.0 || is_rejected;
        stands = t;
        if (*step > most)
            *step = most;
        return 0;
    }
    tried++;
    if (is_rejected) {
        rejected++;
        wrong += t != stands || !(*step < before);
        return 0;
    }
    wrong += !(t > stands) || before > 1.000001 * most || t - stands > 1.000001 * before;
    if (again_at > 0.0 && t > again_at) {
        refused++;
        again_at = 0.0;
        *step = 0.1 * before;
        wrong += bkpt_at > 0.0 && (!set_bkpt(bkpt_at) || set_bkpt(0.5 * stands));
        return 1;
    }
    ends = t;
    return 0;
}

static void *symbol(void *library, const char *name)
{
    void *found = dlsym(library, name);
    if (!found) {
        printf("missing %s\n", name);
        exit(2);
    }
    return found;
}

static void pause_ms(long ms)
{
    struct timespec t = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&t, NULL);
}

int main(int argc, char **argv)
{
    static char line[1 << 20];
    setvbuf(stdout, NULL, _IOLBF, 0);
    void *library = dlopen(argc > 1 ? argv[1] : "", RTLD_NOW);
    if (!library) {
        printf("%s\n", dlerror());
        return 2;
    }
    int (*init)() = symbol(library, "ngSpice_Init"), (*sync)() = symbol(library, "ngSpice_Init_Sync");
    int (*command)(char *) = symbol(library, "ngSpice_Command"), (*circ)(char **) = symbol(library, "ngSpice_Circ");
    char *(*current)(void) = symbol(library, "ngSpice_CurPlot");
    char **(*plots)(void) = symbol(library, "ngSpice_AllPlots"), **(*vecs)(char *) = symbol(library, "ngSpice_AllVecs");
    Vector *(*vec)(char *) = symbol(library, "ngGet_Vec_Info");
    bool (*running)(void) = symbol(library, "ngSpice_running");
    int (*lock)(void) = symbol(library, "ngSpice_LockRealloc"), (*unlock)(void) = symbol(library, "ngSpice_UnlockRealloc");
    set_bkpt = symbol(library, "ngSpice_SetBkpt");
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        char *word = line, *rest = strchr(line, ' ');
        if (rest)
            *rest++ = '\0';
        else
            rest = line + strlen(line);
        if (!strcmp(word, "init")) {
            int ident = 0;
            printf("init %d\n", init(on_text, on_status, on_exit_wanted, on_points, on_announcement, on_background, &ident));
            sync(on_source, on_source, NULL, &ident, &ident);
        }
        else if (!strcmp(word, "plain")) {  /* as KiCad: without functions for points */
            printf("init %d\n", init(on_text, on_status, on_exit_wanted, NULL, NULL, on_background, NULL));
        }
        else if (!strcmp(word, "circ")) {
            char *lines[1000];
            int n = 0;
            for (char *part = strtok(rest, "|"); part && n < 999; part = strtok(NULL, "|"))
                lines[n++] = part;
            lines[n] = NULL;
            printf("circ %d\n", circ(lines));
        }
        else if (!strcmp(word, "cmd"))
            printf("command %d\n", command(rest));
        else if (!strcmp(word, "null"))
            printf("command %d\n", command(NULL));
        else if (!strcmp(word, "plots") || !strcmp(word, "vecs")) {
            char **found = *word == 'p' ? plots() : vecs(rest);
            printf("%s", word);
            for (; found && *found; found++)
                printf(" %s", *found);
            printf("\n");
        }
        else if (!strcmp(word, "current")) {
            char *name = current();
            printf("current %s\n", name ? name : "none");
        }
        else if (!strcmp(word, "vec")) {
            lock();
            Vector *v = vec(rest);
            if (!v)
                printf("vec none\n");
            else if (v->complex_)
                printf("vec %s %d %d %d %.12g %.12g\n", v->name, v->type, v->flags & 3, v->length, v->complex_[v->length - 1].real,
                       v->complex_[v->length - 1].imag);
            else
                printf("vec %s %d %d %d %.12g %.12g\n", v->name, v->type, v->flags & 3, v->length, v->real[0],
                       v->real[v->length - 1]);
            unlock();
        }
        else if (!strcmp(word, "wait")) {
            long left = atol(rest);
            do
                pause_ms(5);
            while (running() && (left -= 5) > 0);
            printf("waited %d\n", !running());
        }
        else if (!strcmp(word, "running"))
            printf("running %d\n", running());
        else if (!strcmp(word, "bkpt"))
            printf("bkpt %d\n", set_bkpt(atof(rest)));
        else if (!strcmp(word, "point")) {
            Vector *v = vec("time");
            int found = 0;
            for (int k = 0; v && k < v->length; k++)
                found += v->real[k] == atof(rest);
            printf("point %d\n", found);
        }
        else if (!strcmp(word, "steps")) {
            static int seven = 7;
            sscanf(rest, "%lf %lf %lf", &most, &again_at, &bkpt_at);
            stands = ends = 0.0;
            printf("steps %d\n", sync(on_source, on_source, on_step, &seven, &seven));
        }
        else if (!strcmp(word, "unsteps"))
            printf("steps %d\n", sync(on_source, on_source, NULL, NULL, NULL));
        else if (!strcmp(word, "asked")) {
            printf("asked %ld %ld %ld %ld %ld\n", begun, tried, rejected, refused, wrong);
            begun = tried = rejected = refused = wrong = 0;
        }
        else if (!strcmp(word, "points"))
            printf("points %d %.12g %.12g\n", points > 0, last_point[0], last_point[1]);
        else if (!strcmp(word, "sleep"))
            pause_ms(atol(rest));
        else if (!strcmp(word, "quiet"))
            quiet = true;
        else if (!strcmp(word, "events")) {
            char **(*nodes)(void) = symbol(library, "ngSpice_AllEvtNodes");
            void *(*info)(char *) = symbol(library, "ngGet_Evt_NodeInfo");
            char **found = nodes();
            printf("events %d %d\n", found && *found, info("a") != NULL);
        }
    }
    return 0;
}
