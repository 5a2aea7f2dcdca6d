/* Condensation of the inner unknowns of many instances at once: lanes are instances.
 *
 * Included once for each CNN_ISA. See condense.pyx for the equations; the rows of `blocks` are J_ss, J_so, J_os in
 * sequence, those of `factors` J_ss⁻¹, W, B; only the listed pairs of J_so and J_os are nonzero. */
#ifndef CIRCUITNN_CONDENSE_H
#define CIRCUITNN_CONDENSE_H
#include <math.h>
#include <stddef.h>

enum { CNN_MAX_INNER = 8, CNN_LANES = 64 };

/* Pivots below this fraction of their row's largest entry are left to the scalar code, which pivots by rows. */
#define CNN_WEAK 1e-4

typedef struct {
    ptrdiff_t n, stride;
    int m, r;              /* numbers of inner and outer unknowns */
    int n_so, n_os, n_fill;
    const int *so;         /* (n_so, 2): inner row, outer column; by column */
    const int *os;         /* (n_os, 2): outer row, inner column; by row */
    const int *fill;       /* (n_fill, 2): outer row and column of entries that the elimination changes */
    const int *rates;      /* (m,): whether the row reads y = d(e)/dt; its pivot is exact, however large 1/h is */
    const int *inner_nodes; /* (m, stride): unknowns */
    const int *outer_nodes; /* (r, stride) */
    double *blocks, *factors;
    double *made;          /* (max(n_fill, r), stride) */
} cnn_inner;

typedef struct {
    void (*invert)(const cnn_inner *c, ptrdiff_t lo, ptrdiff_t hi, char *weak);
    void (*eliminate)(const cnn_inner *c, ptrdiff_t lo, ptrdiff_t hi);
    void (*reduce)(const cnn_inner *c, ptrdiff_t lo, ptrdiff_t hi, const double *residual);
    void (*expand)(const cnn_inner *c, ptrdiff_t lo, ptrdiff_t hi, double *dx);
} cnn_condense_code;

#define CNN_BODY "condense.h"
#include "each_isa.h"

/* The code for the instruction set of this machine. */
static inline const cnn_condense_code *cnn_condense(void) { return CNN_BEST(condense, 2); }
#endif

#ifdef CNN_ISA
#include "isa.h"

#define ROW(array, row) ((array) + (row) * c->stride + lo)

/* J_ss⁻¹ by Gauss-Jordan elimination with diagonal pivots; marks the lanes where these are too small. */
static CNN_TARGET void CNN_NAME(invert)(const cnn_inner *c, ptrdiff_t lo, ptrdiff_t hi, char *restrict weak)
{
    double a[CNN_MAX_INNER * CNN_MAX_INNER][CNN_LANES], size[CNN_MAX_INNER][CNN_LANES];
    const ptrdiff_t n = hi - lo;
    const int m = c->m;
    for (int row = 0; row < m; row++) {
        for (ptrdiff_t k = 0; k < n; k++)
            size[row][k] = 0.0;
        for (int j = 0; j < m; j++) {
            const double *restrict from = ROW(c->blocks, row * m + j);
            const int own = !c->rates[row] || j == row;
            for (ptrdiff_t k = 0; k < n; k++) {
                a[row * m + j][k] = from[k];
                size[row][k] = own && fabs(from[k]) > size[row][k] ? fabs(from[k]) : size[row][k];
            }
        }
    }
    for (int e = 0; e < c->n_so; e++) {
        const int row = c->so[2 * e];
        const double *restrict from = ROW(c->blocks, m * m + row * c->r + c->so[2 * e + 1]);
        if (c->rates[row])
            continue;
        for (ptrdiff_t k = 0; k < n; k++)
            size[row][k] = fabs(from[k]) > size[row][k] ? fabs(from[k]) : size[row][k];
    }
    for (ptrdiff_t k = 0; k < n; k++)
        weak[k] = 0;
    for (int p = 0; p < m; p++) {
        double *restrict pivot = a[p * m + p];
        for (ptrdiff_t k = 0; k < n; k++) {
            /* written so that NaN is weak too */
            weak[k] |= !(fabs(pivot[k]) > CNN_WEAK * size[p][k]);
            pivot[k] = 1.0 / pivot[k];
        }
        for (int j = 0; j < m; j++) {
            double *restrict to = a[p * m + j];
            if (j == p)
                continue;
            for (ptrdiff_t k = 0; k < n; k++)
                to[k] *= pivot[k];
        }
        for (int row = 0; row < m; row++) {
            double *restrict factor = a[row * m + p];
            if (row == p)
                continue;
            for (int j = 0; j < m; j++) {
                double *restrict to = a[row * m + j];
                const double *restrict from = a[p * m + j];
                if (j == p)
                    continue;
                for (ptrdiff_t k = 0; k < n; k++)
                    to[k] = CNN_FMA(-factor[k], from[k], to[k]);
            }
            for (ptrdiff_t k = 0; k < n; k++)
                factor[k] = -factor[k] * pivot[k];
        }
    }
    for (int e = 0; e < m * m; e++)
        for (ptrdiff_t k = 0; k < n; k++)
            ROW(c->factors, e)[k] = a[e][k];
}

/* y = a·b, or y += a·b. */
static inline CNN_TARGET void CNN_NAME(product)(double *restrict y, const double *restrict a,
                                                const double *restrict b, int add, ptrdiff_t n)
{
    if (add)
        for (ptrdiff_t k = 0; k < n; k++)
            y[k] = CNN_FMA(a[k], b[k], y[k]);
    else
        for (ptrdiff_t k = 0; k < n; k++)
            y[k] = a[k] * b[k];
}

/* W = J_ss⁻¹·J_so and B = J_os·J_ss⁻¹; the change between the outer unknowns, J_os·W, goes to `made`. */
static CNN_TARGET void CNN_NAME(eliminate)(const cnn_inner *c, ptrdiff_t lo, ptrdiff_t hi)
{
    const ptrdiff_t n = hi - lo;
    const int m = c->m, r = c->r;
    const double *inverse = c->factors, *J_so = c->blocks + m * m * c->stride, *J_os = J_so + m * r * c->stride;
    double *W = c->factors + m * m * c->stride, *B = W + m * r * c->stride;
    for (int s = 0; s < m; s++) {
        for (int e = 0, j = -1; e < c->n_so; e++) {
            const int p = c->so[2 * e], again = c->so[2 * e + 1] == j;
            j = c->so[2 * e + 1];
            CNN_NAME(product)(ROW(W, s * r + j), ROW(inverse, s * m + p), ROW(J_so, p * r + j), again, n);
        }
        for (int e = 0, i = -1; e < c->n_os; e++) {
            const int p = c->os[2 * e + 1], again = c->os[2 * e] == i;
            i = c->os[2 * e];
            CNN_NAME(product)(ROW(B, i * m + s), ROW(J_os, i * m + p), ROW(inverse, p * m + s), again, n);
        }
    }
    for (int f = 0; f < c->n_fill; f++) {
        const int i = c->fill[2 * f], j = c->fill[2 * f + 1];
        for (int e = 0, again = 0; e < c->n_os; e++) {
            const int s = c->os[2 * e + 1];
            if (c->os[2 * e] != i)
                continue;
            CNN_NAME(product)(ROW(c->made, f), ROW(J_os, i * m + s), ROW(W, s * r + j), again, n);
            again = 1;
        }
    }
}

/* B·r_s of every outer row coupled to inner unknowns, in `made`. */
static CNN_TARGET void CNN_NAME(reduce)(const cnn_inner *c, ptrdiff_t lo, ptrdiff_t hi,
                                        const double *restrict residual)
{
    double inner[CNN_MAX_INNER][CNN_LANES];
    const ptrdiff_t n = hi - lo;
    const int m = c->m;
    const double *B = c->factors + m * (m + c->r) * c->stride;
    for (int s = 0; s < m; s++)
        for (ptrdiff_t k = 0; k < n; k++)
            inner[s][k] = residual[ROW(c->inner_nodes, s)[k]];
    for (int e = 0, i = -1; e < c->n_os; e++) {
        if (c->os[2 * e] == i)
            continue;
        i = c->os[2 * e];
        for (int s = 0; s < m; s++)
            CNN_NAME(product)(ROW(c->made, i), ROW(B, i * m + s), inner[s], s > 0, n);
    }
}

/* Overwrite r_s with dx_s = J_ss⁻¹·r_s - W·dx_o. */
static CNN_TARGET void CNN_NAME(expand)(const cnn_inner *c, ptrdiff_t lo, ptrdiff_t hi, double *restrict dx)
{
    double inner[CNN_MAX_INNER][CNN_LANES], solved[CNN_MAX_INNER][CNN_LANES], outer[CNN_LANES];
    const ptrdiff_t n = hi - lo;
    const int m = c->m, r = c->r;
    const double *W = c->factors + m * m * c->stride;
    for (int s = 0; s < m; s++)
        for (ptrdiff_t k = 0; k < n; k++)
            inner[s][k] = dx[ROW(c->inner_nodes, s)[k]];
    for (int s = 0; s < m; s++)
        for (int p = 0; p < m; p++)
            CNN_NAME(product)(solved[s], ROW(c->factors, s * m + p), inner[p], p > 0, n);
    for (int e = 0, j = -1; e < c->n_so; e++) {
        if (c->so[2 * e + 1] == j)
            continue;
        j = c->so[2 * e + 1];
        for (ptrdiff_t k = 0; k < n; k++)
            outer[k] = -dx[ROW(c->outer_nodes, j)[k]];
        for (int s = 0; s < m; s++)
            CNN_NAME(product)(solved[s], ROW(W, s * r + j), outer, 1, n);
    }
    for (int s = 0; s < m; s++)
        for (ptrdiff_t k = 0; k < n; k++)
            dx[ROW(c->inner_nodes, s)[k]] = solved[s][k];
}

static const cnn_condense_code CNN_NAME(condense) = {
    CNN_NAME(invert), CNN_NAME(eliminate), CNN_NAME(reduce), CNN_NAME(expand),
};
#undef ROW
#endif
