/* A crossbar array as dense matrices: the data of `circuitnn._cext.array`.
 *
 * Word line i is the chain of nodes (i, 0) … (i, n-1), bit line j that of nodes (0, j) … (m-1, j);
 * a cell joins the two nodes (i, j). Voltages are stored as deviations from a reference of their line
 * (the voltage it is driven with), so that a picoampere beside a milliampere is not computed as a difference
 * of large numbers. Pinned nodes (an end conductance of infinity) have the inverse pivot 0, which makes every
 * solution 0 there without a test in any loop. */
#ifndef CIRCUITNN_ARRAY_H
#define CIRCUITNN_ARRAY_H
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "kernel.h"

enum { CNN_TILE = 8, CNN_LANES = 8 };

/* What joins a node to the next and to the previous one of its line: a segment without resistance. The nodes that such
 * segments join are one, whose currents are added up at the last of them; held: an end without resistance holds it. */
enum { CNN_JOINED_NEXT = 1, CNN_JOINED_LAST = 2, CNN_JOINED_HELD = 4 };

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
    double *h;              /* (m, n) -∂I/∂v of the bit node's voltage; the same array as g without gates */
    int transposed;         /* whether the system is that of the transposed matrix */
    double *current;        /* (m, n) current of each cell; NULL where g and h determine it */
    double *xw, *xb;        /* (m, n) deviations */
    double *word_sums;      /* (2, m) of |residual| and |cell current| along each line */
    double *bit_sums;       /* (2, n) */
    double *buffer;         /* 3 n + 1 */
} cnn_array;

/* A coarse grid over the array for errors smooth along both families: hat functions at (rows + 1) × (columns + 1)
 * points, with the inverse of the matrix between them. There is no grid if `inverse` is NULL. */
typedef struct {
    ptrdiff_t rows, columns;
    const int *block;        /* (m) point before each row, … */
    const double *way;       /* (m) … and the row's relative position between it and the next point */
    const int *starts;       /* (columns + 1) first columns of the blocks */
    const float *along;      /* (ld) as `way`, for each column */
    const double *inverse;
    double *r, *y, *e;       /* at the points: residual, image of the direction, correction */
} cnn_coarse;

/* Data of the iteration for a step, in single or in double precision.
 *
 * Matrices are `rows` × `ld`: m and n rounded up to whole tiles, with an extra row before the first and
 * after the last; everything outside the array is zero. Where word lines are swept, tiles of them are stored
 * transposed: element (i, j) at ((i / TILE) ld + j) TILE + i % TILE, so that the lines are the lanes of a vector. */
typedef struct {
    ptrdiff_t rows, ld;
    const void *a; /* word links, transposed: a[(i / TILE)*ai + j*aj + i % TILE] */
    ptrdiff_t ai, aj;
    const void *c; /* bit links, (i, j) to (i+1, j): c[i*ci + j] */
    ptrdiff_t ci;
    const void *top, *bottom; /* (ld) conductances of the bit lines' ends, 0 where they pin */
    void *g, *h;              /* as above */
    void *w;                  /* inverse pivots of the word lines' tridiagonals, transposed */
    void *b;                  /* inverse pivots of the bit lines' */
    void *f, *r;              /* currents into the word nodes and into the bit nodes, times `scale` */
    void *p, *q;              /* direction and its image */
    double *x, *y;            /* the step of the bit nodes and of the word nodes, times `scale` */
    void *z, *t, *shadow;     /* vectors of BiCGSTAB */
    void *u, *turned;         /* a tile of word lines, as is and transposed */
    double *pivots, *swept;   /* a tile of word lines, transposed */
    double *diagonals;        /* conductances other than links at its nodes; twice, `stride` numbers per line */
    ptrdiff_t stride;
    const unsigned char *word_joined, *bit_joined; /* (rows, ld) what joins each node; NULL if nothing does */
    const unsigned char *word_rows, *bit_rows;     /* (rows) rows in which something does */
    double *carry;            /* (ld) currents into nodes joined to those of the next row */
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
    /* Returns 0, or 1 if a line's matrix is not positive definite. */
    int (*factor)(const cnn_array *s, const cnn_work *k);
    void (*residual)(const cnn_array *s, const cnn_work *k);
    /* Solve for the step to a relative accuracy; counts iterations, at most `most`. */
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

/* Conductance that stands for a segment without resistance in factors: any other added to it is rounded away, and its
 * product with its inverse is 1, in single precision too. [S] */
static const double CNN_JOINING = 0x1p100;
/* A pivot this small relative to its diagonal consists of rounding errors. */
static const double CNN_SMALL_PIVOT = 1e-14;
/* A residual predicted to be smaller than the last one by this factor is lost to cancellation: restart. */
static const double CNN_CANCELLED = 1e-9;

#define CNN_BODY "array_isa.h"
#include "each_isa.h"

static inline const cnn_array_code *cnn_array_single(void) { return CNN_BEST(array_single, 2); }
static inline const cnn_array_code *cnn_array_double(void) { return CNN_BEST(array_double, 2); }
static inline const cnn_batch_code *cnn_array_batch(void) { return CNN_BEST(array_batch, 2); }
#endif
