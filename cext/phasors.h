/* (G + jωC + D(ω))·x = b at CNN_LANES frequencies at once, each a lane of the processor's vectors.
 *
 * All lanes take their pivots in the same order, so that they share the work with indices. Rows and columns
 * are numbered in that order here. A complex number of every lane is CNN_LANES real parts, then as many
 * imaginary ones. */
#ifndef CIRCUITNN_PHASORS_H
#define CIRCUITNN_PHASORS_H
#include <math.h>
#include <stddef.h>
#include <string.h>

#define CNN_LANES 8
#define CNN_PAIR (2 * CNN_LANES)

/* Where the numbers of a triangular factor stand, column by column in ascending order; no diagonal. */
typedef struct {
    const int *start, *index;
} cnn_pattern;

/* G + jωC + D, by column or by row. */
typedef struct {
    const int *start, *index;
    const int *slot; /* which number of D each entry has, -1 without; NULL where there is no D at all */
    const double *G, *C;
} cnn_entries;

typedef struct {
    int n, blocks, transposed;
    const int *block; /* where the blocks of the upper block triangular matrix begin */
    cnn_pattern lower, upper;
    cnn_entries columns;
    cnn_entries equations; /* rows, or columns where transposed */
    const double *b;       /* complex, the same in all lanes */
    double *omega;         /* by lane */
    double *dispersive;    /* D */
    double *l, *u, *inverse, *work; /* factors, pivots' inverses, a column that is all zero between uses */
    double *x, *r;
    double good; /* a lane's equations hold if their residual, relative to the sizes of the terms, is below this; … */
} cnn_phasors;

#define CNN_REFINEMENTS 3
/* … where refinement does not reach it, the pivots are kept if it is below this … */
#define CNN_BAD_RESIDUAL 1e-9
/* … or is rounding of the largest unknown, as where an unknown is zero because large ones cancel. */
#define CNN_ROUNDING (4 * 0x1p-52)

#define CNN_BODY "phasors_body.h"
#include "each_isa.h"

/* Solve; returns how many of the first lanes have a solution that can be trusted. */
static int cnn_solve_phasors(const cnn_phasors *s)
{
    return CNN_BEST(phasors, 2)(s);
}
#endif
