/* A crossbar array as dense matrices: what `circuitnn._cext.array` works on.
 *
 * Word line i is the chain of nodes (i, 0) … (i, n-1), bit line j that of nodes (0, j) … (m-1, j);
 * a cell joins the two nodes (i, j). Voltages are kept as deviations from a reference of their line
 * (the voltage it is driven with), so that a picoampere beside a milliampere is no difference of
 * large numbers. Pinned nodes (an end conductance of infinity) have the inverse pivot 0: then every
 * solution is 0 there, and no loop asks. */
#ifndef CIRCUITNN_ARRAY_H
#define CIRCUITNN_ARRAY_H
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "kernel.h"

enum { CNN_TILE = 8, CNN_LANES = 8 };

typedef struct {
    ptrdiff_t m, n;
    const double *a; /* word links, (i, j) to (i, j+1): a[i*ai + j*aj] */
    ptrdiff_t ai, aj;
    const double *c; /* bit links, (i, j) to (i+1, j): c[i*ci + j] */
    ptrdiff_t ci;
    const double *ends[4];  /* left (m), right (m), top (n), bottom (n): conductances; INFINITY pins */
    const double *given[4]; /* their voltages */
    double *held[4];        /* the same as deviations from the line's reference */
    const unsigned char *word_held; /* (m) whether a line without resistance is held as a whole */
    const unsigned char *bit_held;  /* (n) */
    double *word_ref;       /* (m) */
    double *bit_ref;        /* (n) */
    const double *gate;     /* voltages of the gate lines along rows or columns, or NULL */
    ptrdiff_t gate_i, gate_j;
    double *g;              /* (m, n) conductance of each cell, ∂I/∂v of the word node's voltage */
    double *h;              /* (m, n) -∂I/∂v of the bit node's voltage: g itself where the cell has no gate */
    int transposed;         /* whether the system is that of the transposed matrix */
    double *current;        /* (m, n) current of each cell where it is not given by g and h, else NULL */
    double *xw, *xb;        /* (m, n) deviations */
    double *word_sums;      /* (2, m) of |residual| and |cell current| along each line */
    double *bit_sums;       /* (2, n) */
    double *buffer;         /* 3 n + 1 */
} cnn_array;

/* A coarse grid over the array for what is smooth along both families: hat functions at (rows + 1) × (columns + 1)
 * points, with the inverse of the matrix between them. Nothing where `inverse` is NULL. */
typedef struct {
    ptrdiff_t rows, columns;
    const int *block;        /* (m) of each row the point before it, … */
    const double *way;       /* (m) … and how far it is from there to the next */
    const int *starts;       /* (columns + 1) where the blocks of columns begin */
    const float *along;      /* (ld) as `way`, of each column */
    const double *inverse;
    double *r, *y, *e;       /* at the points: residual, image of the direction, correction */
} cnn_coarse;

/* What the iteration for a step works on, in single or in double precision.
 *
 * Matrices are `rows` × `ld`: m and n rounded up to whole tiles, with a row more before the first and
 * after the last; all that is not of the array is zero. Where word lines are swept, a tile of them lies
 * turned: element (i, j) at ((i / TILE) ld + j) TILE + i % TILE, so that the lines are the lanes of a vector. */
typedef struct {
    ptrdiff_t rows, ld;
    const void *a; /* word links, turned: a[(i / TILE)*ai + j*aj + i % TILE] */
    ptrdiff_t ai, aj;
    const void *c; /* bit links, (i, j) to (i+1, j): c[i*ci + j] */
    ptrdiff_t ci;
    const void *top, *bottom; /* (ld) conductances of the bit lines' ends, 0 where they pin */
    void *g, *h;              /* as above */
    void *w;                  /* inverse pivots of the word lines' tridiagonals, turned */
    void *b;                  /* inverse pivots of the bit lines' */
    void *f, *r;              /* currents into the word nodes and into the bit nodes, times `scale` */
    void *p, *q;              /* direction and its image */
    double *x, *y;            /* the step of the bit nodes and of the word nodes, times `scale` */
    void *z, *t, *shadow;     /* of BiCGSTAB */
    void *u, *turned;         /* a tile of word lines as it is, and turned */
    double *pivots, *swept;   /* a tile of word lines, turned */
    double *diagonals;        /* what else than links holds its nodes, twice, `stride` numbers a line */
    ptrdiff_t stride;
    cnn_coarse coarse;
    double scale;
} cnn_work;

/* Many right-hand sides of a linear array at once: `lanes` innermost. */
typedef struct {
    const double *held[4];  /* (m or n, lanes) */
    const double *word_ref; /* (m, lanes) */
    const double *bit_ref;  /* (n, lanes) */
    double *r, *p, *q, *x;  /* (m, n, lanes) */
    double *buffer;         /* n lanes */
    double *out[4];         /* (m or n, lanes) currents out of the array through each end */
} cnn_batch;

enum { CNN_SOLVED = 0, CNN_STALLED = 1, CNN_INDEFINITE = -1 };

typedef struct {
    /* Returns 0, or 1 where a line's matrix is not positive definite. */
    int (*factor)(const cnn_array *s, const cnn_work *k);
    void (*residual)(const cnn_array *s, const cnn_work *k);
    /* The step for the residual, to a relative accuracy; counts iterations, of which there are at most `most`. */
    int (*conjugate)(const cnn_array *s, const cnn_work *k, double accuracy, ptrdiff_t most, ptrdiff_t *turns);
    int (*stabilised)(const cnn_array *s, const cnn_work *k, double accuracy, ptrdiff_t most, ptrdiff_t *turns);
    /* Add `size` times the step to the deviations. */
    void (*move)(const cnn_array *s, const cnn_work *k, double size);
} cnn_array_code;

typedef struct {
    void (*start)(const cnn_array *s, const cnn_work *k, const cnn_batch *b);
    void (*apply)(const cnn_array *s, const cnn_work *k, const cnn_batch *b, double *sums);
    void (*update)(const cnn_array *s, const cnn_work *k, const cnn_batch *b, const double *alpha,
                   const double *beta, double *rz);
    void (*currents)(const cnn_array *s, const cnn_work *k, const cnn_batch *b);
} cnn_batch_code;

#include "array_nodes.h"

static inline double cnn_finite(double x) { return x < INFINITY ? x : 0.0; }

/* A pivot this small beside its diagonal is the difference of rounding errors. */
static const double CNN_SMALL_PIVOT = 1e-14;
/* A residual this much smaller than the one before is not known before it is computed: start anew. */
static const double CNN_CANCELLED = 1e-9;

#define CNN_BODY "array_isa.h"
#include "each_isa.h"

static inline const cnn_array_code *cnn_array_single(void) { return CNN_BEST(array_single, 2); }
static inline const cnn_array_code *cnn_array_double(void) { return CNN_BEST(array_double, 2); }
static inline const cnn_batch_code *cnn_array_batch(void) { return CNN_BEST(array_batch, 2); }
#endif
