/* Cells of a lattice: many instances that meet only through linear elements.
 *
 * Every vector has a row for each unknown of a cell; between rows, and before the first, there is room for the
 * neighbours that cells at an edge do not have. */
#ifndef CIRCUITNN_LATTICE_H
#define CIRCUITNN_LATTICE_H
#include <stddef.h>

#include "largest.h"

enum { CNN_CELL = 8, CNN_TILE = CNN_SOME }; /* most unknowns of a cell; cells at a time */

typedef struct {
    int to;     /* equation, or place in the block */
    int output; /* row of the kernel's outputs */
} cnn_stamp;

typedef struct {
    int row;              /* equation of cell k, to which … */
    ptrdiff_t from;       /* … values[k] times number `from` + k of the unknowns is added, … */
    const int *others;    /* … or number others[k], if this is not NULL */
    int charge;           /* whether it is a charge */
    int entry;            /* place in the block; -1: it couples different cells */
    const double *values;
} cnn_link;

typedef struct {
    ptrdiff_t n, stride;  /* cells, and places per row of the group's tables */
    int m, inputs;        /* unknowns of a cell; inputs of its kernel */
    ptrdiff_t start[CNN_CELL];  /* first number of each row */
    const int *row_of;    /* (inputs,): row of each input; -1: ground */
    const int *unknowns;  /* (m, stride): numbers in the circuit */
    int n_f, n_q, n_G, n_C, n_links;
    const cnn_stamp *f, *q, *G, *C;
    const cnn_link *links;
    const unsigned char *nonzero; /* (m, m): entries of the factors */
    double relative[CNN_CELL], x_tolerance[CNN_CELL], f_tolerance[CNN_CELL];
    double *inputs_at, *out;      /* the group's tables */
    double *factors;              /* (m·m, stride) */
} cnn_cells;

typedef struct {
    double alpha;
    double rounding, slight; /* EPSILON and SLIGHT of the convergence test */
    double *x, *dx, *made[2], *q, *history, *fixed;
    int kept; /* whether the factors are needed again */
} cnn_lattice;

typedef struct {
    cnn_quotients norm, moved; /* corrections, and their last parts, in tolerances */
    cnn_quotients residual;    /* residuals, in tolerances */
    int rough;           /* rounding may exceed a tolerance */
    int far;             /* some correction is not slight */
    int bad;             /* not finite, or a pivot too small */
} cnn_found;

typedef struct {
    void (*take)(const cnn_lattice *l, const cnn_cells *c, ptrdiff_t lo, ptrdiff_t hi, const double *x, const double *history);
    void (*place)(const cnn_lattice *l, const cnn_cells *c, ptrdiff_t lo, ptrdiff_t hi);
    void (*correct)(const cnn_lattice *l, const cnn_cells *c, ptrdiff_t lo, ptrdiff_t hi, cnn_found *found);
    void (*exchange)(const cnn_lattice *l, const cnn_cells *c, ptrdiff_t lo, ptrdiff_t hi, int turn, cnn_found *found);
    void (*move)(const cnn_lattice *l, const cnn_cells *c, ptrdiff_t lo, ptrdiff_t hi, int turns);
    void (*give)(const cnn_lattice *l, const cnn_cells *c, ptrdiff_t lo, ptrdiff_t hi, int turns, double *x, double *q);
    int (*any)(const double *values, ptrdiff_t n);
} cnn_lattice_code;

#endif
