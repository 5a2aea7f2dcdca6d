/* (G + jωC + D(ω))·x = b at CNN_LANES frequencies at once, each in a vector lane.
 *
 * All lanes use the same pivot order, so that they share the index work. Rows and columns are numbered in this
 * order here. A complex number for all lanes is CNN_LANES real parts, then as many imaginary parts. */
#ifndef CIRCUITNN_PHASORS_H
#define CIRCUITNN_PHASORS_H
#include <math.h>
#include <stddef.h>
#include <string.h>

#define CNN_LANES 8
#define CNN_PAIR (2 * CNN_LANES)

/* Pattern of a triangular factor: columns with ascending rows, without the diagonal. */
typedef struct {
    const int *start, *index;
} cnn_pattern;

/* G + jωC + D, by column or by row. */
typedef struct {
    const int *start, *index;
    const int *slot; /* number of D in each entry, -1: none; NULL without any D */
    const double *G, *C;
} cnn_entries;

typedef struct {
    int n, blocks, transposed;
    const int *block; /* starts of the diagonal blocks of the upper block triangular matrix */
    cnn_pattern lower, upper;
    cnn_entries columns;
    cnn_entries equations; /* rows, or columns if transposed */
    const double *b;       /* complex, the same in all lanes */
    double *omega;         /* one per lane */
    double *dispersive;    /* D */
    double *l, *u, *inverse, *work; /* factors, pivots' inverses, a column that is all zero between uses */
    double *x, *r;
    double good; /* a lane's equations hold if their residuals, relative to the sizes of the terms, are below this; … */
} cnn_phasors;

#define CNN_REFINEMENTS 3
/* … if refinement does not reach it, the pivots are kept if the residuals are below this … */
#define CNN_BAD_RESIDUAL 1e-9
/* … or are rounding of the largest unknown, as when an unknown is zero because large ones cancel. */
#define CNN_ROUNDING (4 * 0x1p-52)

#define CNN_BODY "phasors_body.h"
#include "each_isa.h"

/* Solve; returns the number of leading lanes with a reliable solution. */
static int cnn_solve_phasors(const cnn_phasors *s)
{
    return CNN_BEST(phasors, 2)(s);
}
#endif
