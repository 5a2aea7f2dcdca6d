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

typedef struct {
    ptrdiff_t m, n;
    const double *a; /* word links, (i, j) to (i, j+1): a[i*ai + j*aj] */
    ptrdiff_t ai, aj;
    const double *c; /* bit links, (i, j) to (i+1, j): c[i*ci + j] */
    ptrdiff_t ci;
    const double *ends[4];  /* left (m), right (m), top (n), bottom (n): conductances; INFINITY pins */
    const double *held[4];  /* their voltages as deviations from the line's reference */
    const unsigned char *word_held; /* (m) whether a line without resistance is held as a whole */
    const unsigned char *bit_held;  /* (n) */
    const double *word_ref; /* (m) */
    const double *bit_ref;  /* (n) */
    double *g;              /* (m, n) conductance of each cell, ∂I/∂v of the word node's voltage */
    double *h;              /* (m, n) -∂I/∂v of the bit node's voltage: g itself where the cell has no gate */
    double *current;        /* (m, n) current of each cell where it is not g·v, else NULL */
    double *wi, *bi;        /* (m, n) inverse pivots of the word and bit lines' tridiagonals */
    double *xw, *xb;        /* (m, n) deviations */
    double *f;              /* (m, n) current into the word nodes */
    double *r, *p, *q, *x;  /* (m, n) of the iteration; r starts as the current into the bit nodes */
    double *word_sums;      /* (2, m) of |residual| and |cell current| along each line */
    double *bit_sums;       /* (2, n) */
    double *buffer;         /* 4 n */
} cnn_array;

/* Many right-hand sides of a linear array at once: `lanes` innermost. */
enum { CNN_LANES = 8 };

typedef struct {
    const double *held[4];  /* (m or n, lanes) */
    const double *word_ref; /* (m, lanes) */
    const double *bit_ref;  /* (n, lanes) */
    double *r, *p, *q, *x;  /* (m, n, lanes) */
    double *buffer;         /* n lanes */
    double *out[4];         /* (m or n, lanes) currents out of the array through each end */
} cnn_batch;

typedef struct {
    int (*factor)(const cnn_array *s);
    void (*residual)(const cnn_array *s);
    void (*start)(const cnn_array *s);
    void (*apply)(const cnn_array *s, double *sums);
    double (*update)(const cnn_array *s, double alpha, double beta);
    void (*finish)(const cnn_array *s);
    void (*move)(const cnn_array *s, double step);
    void (*batch_start)(const cnn_array *s, const cnn_batch *b);
    void (*batch_apply)(const cnn_array *s, const cnn_batch *b, double *sums);
    void (*batch_update)(const cnn_array *s, const cnn_batch *b, const double *alpha, const double *beta,
                         double *rz);
    void (*batch_currents)(const cnn_array *s, const cnn_batch *b);
    void (*reduce)(const cnn_array *s);
    void (*schur)(const cnn_array *s, const double *z, double *q);
    void (*precondition)(const cnn_array *s, const double *r, double *z);
    void (*combine)(ptrdiff_t count, double a, const double *x, double b, double *y);
    double (*dot)(ptrdiff_t count, const double *x, const double *y);
} cnn_array_code;

static inline double cnn_finite(double x) { return x < INFINITY ? x : 0.0; }

/* A pivot this small beside its diagonal is the difference of rounding errors. */
static const double CNN_SMALL_PIVOT = 1e-14;

#define CNN_ISA 0
#include "array_isa.h"
#undef CNN_ISA
#ifdef CNN_MULTI
#define CNN_ISA 1
#include "array_isa.h"
#undef CNN_ISA
#define CNN_ISA 2
#include "array_isa.h"
#undef CNN_ISA
#endif

static inline const cnn_array_code *cnn_array_best(int wanted)
{
    switch (cnn_isa(wanted)) {
#ifdef CNN_MULTI
    case 2:
        return &array_code_2;
    case 1:
        return &array_code_1;
#endif
    default:
        return &array_code_0;
    }
}
#endif
