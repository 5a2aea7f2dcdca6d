/* Instances at rest: lanes whose unknowns have hardly moved are extrapolated linearly instead of evaluated.
 *
 * Included once for each CNN_ISA. If no unknown of an instance has moved by more than a small fraction of its
 * tolerance since its kernel ran, the error of f + G·dx is of second order in that fraction. */
#ifndef CIRCUITNN_LATENCY_H
#define CIRCUITNN_LATENCY_H
#include <math.h>
#include <stddef.h>
#include <string.h>

typedef struct {
    ptrdiff_t stride, inputs, nf, nq, nG, nC;
    const int *G_entries, *C_entries; /* (entries, 2): local row and column */
    const int *G_outputs, *C_outputs; /* the output of which an entry is the derivative */
    double relative;                  /* allowed move of an unknown, relative to |x|, … */
    double *absolute;                 /* (inputs, stride): … plus this absolute move */
    double *evaluated;                /* (inputs, stride): where the kernel last ran */
} cnn_latency;

typedef struct {
    int (*resting)(const cnn_latency *l, ptrdiff_t lo, ptrdiff_t hi, const double *x);
    void (*follow)(const cnn_latency *l, ptrdiff_t lo, ptrdiff_t hi, const double *x, const double *last,
                   const double *last_out, double *out);
} cnn_latency_code;

#define CNN_BODY "latency.h"
#include "each_isa.h"

/* The code for the instruction set of this machine. */
static inline const cnn_latency_code *cnn_latency_best(void) { return CNN_BEST(latency, 2); }
#endif

#ifdef CNN_ISA
#include "isa.h"

/* Whether all lanes are close to where they were evaluated. */
static CNN_TARGET int CNN_NAME(resting)(const cnn_latency *l, ptrdiff_t lo, ptrdiff_t hi, const double *x)
{
    for (ptrdiff_t i = 0; i < l->inputs; i++) {
        const double *restrict now = x + i * l->stride, *restrict then = l->evaluated + i * l->stride;
        const double *restrict absolute = l->absolute + i * l->stride;
        int moved = 0;
        /* written so that instances never evaluated (NaN) count as moved */
        for (ptrdiff_t k = lo; k < hi; k++)
            moved |= !(fabs(now[k] - then[k]) <= l->relative * fabs(then[k]) + absolute[k]);
        if (moved)
            return 0;
    }
    return 1;
}

/* Add the derivatives times the move from `last` to their outputs. */
static inline CNN_TARGET void CNN_NAME(along)(const cnn_latency *l, ptrdiff_t lo, ptrdiff_t hi, ptrdiff_t entries,
                                              const int *columns, const int *outputs, const double *slopes,
                                              const double *x, const double *last, double *out)
{
    for (ptrdiff_t e = 0; e < entries; e++) {
        const ptrdiff_t column = columns[2 * e + 1] * l->stride;
        const double *restrict slope = slopes + e * l->stride, *restrict to = x + column, *restrict from = last + column;
        double *restrict y = out + outputs[e] * l->stride;
        for (ptrdiff_t k = lo; k < hi; k++)
            y[k] += slope[k] * (to[k] - from[k]);
    }
}

/* The outputs at x from those at `last`. */
static CNN_TARGET void CNN_NAME(follow)(const cnn_latency *l, ptrdiff_t lo, ptrdiff_t hi, const double *x,
                                        const double *last, const double *restrict last_out, double *restrict out)
{
    const ptrdiff_t G = l->nf + l->nq, C = G + l->nG;
    for (ptrdiff_t row = 0; row < C + l->nC; row++)
        for (ptrdiff_t k = row * l->stride + lo; k < row * l->stride + hi; k++)
            out[k] = last_out[k];
    CNN_NAME(along)(l, lo, hi, l->nG, l->G_entries, l->G_outputs, out + G * l->stride, x, last, out);
    CNN_NAME(along)(l, lo, hi, l->nC, l->C_entries, l->C_outputs, out + C * l->stride, x, last, out + l->nf * l->stride);
}

static const cnn_latency_code CNN_NAME(latency) = {CNN_NAME(resting), CNN_NAME(follow)};
#endif
