/* The points of a transient: sums over them, and the errors of a step. Numbers are by equation. */
#ifndef CIRCUITNN_HISTORY_H
#define CIRCUITNN_HISTORY_H
#include <stddef.h>

typedef struct {
    int by_rates, degree; /* whether a difference follows from the rates; its degree */
    double h, h1, h2, h01, h12, h012; /* reciprocals of the times between the last points */
} cnn_spans;

typedef struct {
    double alpha, miss, h; /* of the formula, and the step */
    cnn_spans per;
    const double *q, *history;           /* charges at the end of the step, and the known part of their rates */
    const double *q0, *q1, *q2;          /* charges before, newest first */
    const double *rate0, *rate1;         /* … and rates */
    const double *differences;           /* divided differences of degrees above 3 */
    const double *x, *x0;                /* unknowns at the end and at the beginning */
    const double *capacity, *sizes, *statetol;
    const double *floors, *limits;
    double reltol, abstol, trtol;
    double *rate, *tolerances;           /* rates at the end; tolerances of the charges' errors */
} cnn_step;

typedef struct {
    double worst; /* in tolerances; those of plain equations without trtol */
    int ringing;  /* whether a charge alternates */
} cnn_errors;

/* Finds the errors of equations first … end - 1. */
typedef void (*cnn_judge)(const cnn_step *s, ptrdiff_t first, ptrdiff_t end, cnn_errors *found);

typedef struct {
    /* y = Σ c·x of at least two vectors */
    void (*sum)(ptrdiff_t first, ptrdiff_t end, int count, const double *c, const double **x, double *y);
    /* y = x[0] + Σ c·(x - x[0]), so that what does not change keeps all its bits */
    void (*extend)(ptrdiff_t first, ptrdiff_t end, int count, const double *c, const double **x, double *y);
    cnn_judge plain, strict; /* by SPICE's criterion, and by the unknowns */
    /* divided differences of the charges in `n` equations */
    void (*differ)(const cnn_step *s, ptrdiff_t first, ptrdiff_t n, double *made);
    /* largest |Σ c·x|/tolerance */
    double (*reach)(ptrdiff_t first, ptrdiff_t end, int count, const double *c, const double **x,
                    const double *tolerances);
} cnn_history_code;

#endif
