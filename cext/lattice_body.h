/* The equations of a lattice's cells: lanes are cells.
 *
 * Included once for each CNN_ISA. See lattice.pyx for the equations, lattice.h for the data. */
#ifndef CIRCUITNN_LATTICE_BODY_H
#define CIRCUITNN_LATTICE_BODY_H
#include <float.h>
#include <math.h>
#include <string.h>

#include "lattice.h"

/* Pivots below this fraction of their row's own diagonal are left to a solver that chooses pivots. */
#define CNN_WEAK_PIVOT 1e-6

#define CNN_BODY "lattice_body.h"
#include "each_isa.h"

/* The code for the instruction set of this machine. */
static inline const cnn_lattice_code *cnn_lattice_best(void) { return CNN_BEST(lattice, 2); }
#endif

#ifdef CNN_ISA
#include "isa.h"

/* Copy the unknowns, and the known part of dq/dt, from the circuit's vectors. */
static CNN_TARGET void CNN_NAME(take)(const cnn_lattice *l, const cnn_cells *c, ptrdiff_t lo, ptrdiff_t hi,
                                      const double *restrict x, const double *restrict history)
{
    for (int i = 0; i < c->m; i++) {
        double *restrict own = l->x + c->start[i], *restrict past = l->history + c->start[i];
        const int *restrict number = c->unknowns + i * c->stride;
        for (ptrdiff_t k = lo; k < hi; k++) {
            own[k] = x[number[k]];
            past[k] = history[number[k]];
        }
    }
}

/* Place the unknowns where the kernel reads them. */
static CNN_TARGET void CNN_NAME(place)(const cnn_lattice *l, const cnn_cells *c, ptrdiff_t lo, ptrdiff_t hi)
{
    for (int i = 0; i < c->inputs; i++) {
        double *to = c->inputs_at + i * c->stride + lo;
        if (c->row_of[i] < 0)
            memset(to, 0, (hi - lo) * sizeof(double));
        else
            memcpy(to, l->x + c->start[c->row_of[i]] + lo, (hi - lo) * sizeof(double));
    }
}

static inline CNN_TARGET void CNN_NAME(add)(double *restrict y, const double *restrict a, ptrdiff_t n)
{
    for (ptrdiff_t k = 0; k < n; k++)
        y[k] += a[k];
}

static inline CNN_TARGET void CNN_NAME(add_times)(double *restrict y, double factor, const double *restrict a, ptrdiff_t n)
{
    for (ptrdiff_t k = 0; k < n; k++)
        y[k] = CNN_FMA(factor, a[k], y[k]);
}

static inline CNN_TARGET void CNN_NAME(take_product)(double *restrict y, const double *restrict a, const double *restrict b,
                                                     ptrdiff_t n)
{
    for (ptrdiff_t k = 0; k < n; k++)
        y[k] = CNN_FMA(-a[k], b[k], y[k]);
}

/* y += factor · what a link adds, from the unknowns x. */
static inline CNN_TARGET void CNN_NAME(add_link)(double *restrict y, double factor, const cnn_link *link, ptrdiff_t lo,
                                                 const double *x, ptrdiff_t n)
{
    const double *restrict values = link->values + lo, *restrict from = x + link->from + lo;
    if (link->others == NULL) {
        for (ptrdiff_t k = 0; k < n; k++)
            y[k] = CNN_FMA(factor * values[k], from[k], y[k]);
        return;
    }
    const int *restrict others = link->others + lo;
    for (ptrdiff_t k = 0; k < n; k++)
        y[k] = CNN_FMA(factor * values[k], x[others[k]], y[k]);
}

/* r ← (LU)⁻¹ r; the pivots are inverted. */
static inline CNN_TARGET void CNN_NAME(substitute)(const cnn_cells *c, const double *factors, ptrdiff_t ld,
                                                   double (*restrict r)[CNN_TILE], ptrdiff_t n)
{
    const int m = c->m;
    for (int i = 1; i < m; i++)
        for (int j = 0; j < i; j++)
            if (c->nonzero[i * m + j])
                CNN_NAME(take_product)(r[i], factors + (i * m + j) * ld, r[j], n);
    for (int i = m - 1; i >= 0; i--) {
        const double *restrict pivot = factors + (i * m + i) * ld;
        for (int j = i + 1; j < m; j++)
            if (c->nonzero[i * m + j])
                CNN_NAME(take_product)(r[i], factors + (i * m + j) * ld, r[j], n);
        for (ptrdiff_t k = 0; k < n; k++)
            r[i][k] *= pivot[k];
    }
}

/* LU without pivoting; the pivots are inverted. Returns whether one is too small. */
static inline CNN_TARGET int CNN_NAME(factor)(const cnn_cells *c, double (*restrict d)[CNN_TILE],
                                              double (*restrict slope)[CNN_TILE], ptrdiff_t n)
{
    const int m = c->m;
    int weak = 0;
    for (int p = 0; p < m; p++) {
        double *restrict pivot = d[p * m + p];
        for (ptrdiff_t k = 0; k < n; k++) {
            weak |= !(fabs(pivot[k]) > CNN_WEAK_PIVOT * slope[p][k]);
            pivot[k] = 1.0 / pivot[k];
        }
        for (int i = p + 1; i < m; i++) {
            double *restrict part = d[i * m + p];
            if (!c->nonzero[i * m + p])
                continue;
            for (ptrdiff_t k = 0; k < n; k++)
                part[k] *= pivot[k];
            for (int j = p + 1; j < m; j++)
                if (c->nonzero[p * m + j])
                    CNN_NAME(take_product)(d[i * m + j], part, d[p * m + j], n);
        }
    }
    return weak;
}

/* Size of the corrections, and whether they are slight; see Convergence. */
static inline CNN_TARGET void CNN_NAME(measure)(const cnn_lattice *l, const cnn_cells *c, ptrdiff_t lo,
                                                double (*restrict dx)[CNN_TILE], ptrdiff_t n, cnn_found *restrict found)
{
    int bad = 0, far = 0;
    for (int i = 0; i < c->m; i++) {
        const double *restrict x = l->x + c->start[i] + lo, *restrict move = dx[i];
        const double relative = c->relative[i], absolute = c->x_tolerance[i];
        for (ptrdiff_t k = 0; k < n; k++) {
            const double before = fabs(x[k]), after = fabs(x[k] + move[k]), size = fabs(move[k]);
            const double tolerance = relative * (before > after ? before : after) + absolute;
            bad |= !(size <= DBL_MAX);
            far |= size > l->slight * before + absolute;
            CNN_LARGER(&found->norm, k, size, tolerance);
        }
    }
    found->bad |= bad;
    found->far |= far;
}

/* The residuals of cells whose kernel has been evaluated, their sizes, and the corrections of the cells alone. */
static CNN_TARGET void CNN_NAME(correct)(const cnn_lattice *l, const cnn_cells *c, ptrdiff_t lo, ptrdiff_t hi,
                                         cnn_found *restrict found)
{
    double f[CNN_CELL][CNN_TILE], q[CNN_CELL][CNN_TILE], d[CNN_CELL * CNN_CELL][CNN_TILE];
    double slope[CNN_CELL][CNN_TILE];
    const ptrdiff_t n = hi - lo;
    const double alpha = l->alpha;
    const int m = c->m;
    int rough = 0;
    for (int i = 0; i < m; i++) {
        memcpy(f[i], l->fixed + c->start[i] + lo, n * sizeof(double));
        memset(q[i], 0, n * sizeof(double));
    }
    for (int e = 0; e < m * m; e++)
        if (c->nonzero[e])
            memset(d[e], 0, n * sizeof(double));
    for (int s = 0; s < c->n_f; s++)
        CNN_NAME(add)(f[c->f[s].to], c->out + c->f[s].output * c->stride + lo, n);
    for (int s = 0; s < c->n_q; s++)
        CNN_NAME(add)(q[c->q[s].to], c->out + c->q[s].output * c->stride + lo, n);
    for (int s = 0; s < c->n_G; s++)
        CNN_NAME(add)(d[c->G[s].to], c->out + c->G[s].output * c->stride + lo, n);
    for (int s = 0; s < c->n_C; s++)
        CNN_NAME(add_times)(d[c->C[s].to], alpha, c->out + c->C[s].output * c->stride + lo, n);
    for (int s = 0; s < c->n_links; s++) {
        const cnn_link *link = c->links + s;
        CNN_NAME(add_link)(link->charge ? q[link->row] : f[link->row], 1.0, link, lo, l->x, n);
        if (link->entry >= 0)
            CNN_NAME(add_times)(d[link->entry], link->charge ? alpha : 1.0, link->values + lo, n);
    }
    for (int i = 0; i < m; i++) {
        const double *restrict x = l->x + c->start[i] + lo, *restrict past = l->history + c->start[i] + lo;
        const double *restrict own = d[i * m + i];
        double *restrict charge = l->q + c->start[i] + lo, *restrict r = f[i], *restrict held = q[i], *restrict s = slope[i];
        const double relative = c->relative[i], per_x = c->x_tolerance[i], per_f = c->f_tolerance[i];
        for (ptrdiff_t k = 0; k < n; k++) {
            const double rate = alpha * held[k], size = fabs(r[k]) > fabs(rate) ? fabs(r[k]) : fabs(rate);
            const double gain = fabs(own[k]), absolute = per_f + gain * per_x;
            charge[k] = held[k];
            r[k] = r[k] + rate + past[k];
            s[k] = gain;
            rough |= !(l->rounding * gain * fabs(x[k]) <= absolute);
            CNN_LARGER(&found->residual, k, fabs(r[k]), relative * size + absolute);
        }
    }
    found->rough |= rough;
    found->bad |= CNN_NAME(factor)(c, d, slope, n);
    CNN_NAME(substitute)(c, d[0], CNN_TILE, f, n);
    for (int i = 0; i < m; i++)
        memcpy(l->dx + c->start[i] + lo, f[i], n * sizeof(double));
    if (l->kept)
        for (int e = 0; e < m * m; e++)
            if (c->nonzero[e])
                memcpy(c->factors + e * c->stride + lo, d[e], n * sizeof(double));
    CNN_NAME(measure)(l, c, lo, f, n, found);
}

/* What the neighbours' corrections, or the last part of them, change in those of some cells. */
static CNN_TARGET void CNN_NAME(exchange)(const cnn_lattice *l, const cnn_cells *c, ptrdiff_t lo, ptrdiff_t hi, int turn,
                                          cnn_found *restrict found)
{
    double r[CNN_CELL][CNN_TILE];
    const ptrdiff_t n = hi - lo;
    const double *last = turn == 0 ? l->dx : l->made[(turn - 1) & 1];
    double *made = l->made[turn & 1];
    for (int i = 0; i < c->m; i++)
        memset(r[i], 0, n * sizeof(double));
    for (int s = 0; s < c->n_links; s++) {
        const cnn_link *link = c->links + s;
        if (link->entry < 0)
            CNN_NAME(add_link)(r[link->row], link->charge ? -l->alpha : -1.0, link, lo, last, n);
    }
    CNN_NAME(substitute)(c, c->factors + lo, c->stride, r, n);
    for (int i = 0; i < c->m; i++) {
        double *restrict whole = l->dx + c->start[i] + lo, *restrict to = made + c->start[i] + lo;
        const double *restrict x = l->x + c->start[i] + lo, *restrict before = last + c->start[i] + lo;
        const double relative = c->relative[i], absolute = c->x_tolerance[i];
        if (turn > 0)
            for (ptrdiff_t k = 0; k < n; k++)
                whole[k] += before[k];
        for (ptrdiff_t k = 0; k < n; k++) {
            to[k] = r[i][k];
            CNN_LARGER(&found->moved, k, fabs(r[i][k]), relative * fabs(x[k]) + absolute);
        }
    }
}

/* Subtract the corrections from the unknowns. */
static CNN_TARGET void CNN_NAME(move)(const cnn_lattice *l, const cnn_cells *c, ptrdiff_t lo, ptrdiff_t hi, int turns)
{
    const double *last = l->made[(turns - 1) & 1];
    for (int i = 0; i < c->m; i++) {
        double *restrict x = l->x + c->start[i];
        const double *restrict dx = l->dx + c->start[i], *restrict more = last + c->start[i];
        if (turns == 0)
            for (ptrdiff_t k = lo; k < hi; k++)
                x[k] -= dx[k];
        else
            for (ptrdiff_t k = lo; k < hi; k++)
                x[k] -= dx[k] + more[k];
    }
}

/* Move the charges linearly with the unknowns, after `move`, and copy both to the circuit's vectors. */
static CNN_TARGET void CNN_NAME(give)(const cnn_lattice *l, const cnn_cells *c, ptrdiff_t lo, ptrdiff_t hi, int turns,
                                      double *restrict x, double *restrict q)
{
    const double *last = l->made[(turns - 1) & 1];
    const ptrdiff_t n = hi - lo;
    for (int s = 0; s < c->n_C; s++) {
        const int row = c->C[s].to / c->m, column = c->C[s].to % c->m;
        const double *slope = c->out + c->C[s].output * c->stride + lo;
        CNN_NAME(take_product)(l->q + c->start[row] + lo, slope, l->dx + c->start[column] + lo, n);
        if (turns)
            CNN_NAME(take_product)(l->q + c->start[row] + lo, slope, last + c->start[column] + lo, n);
    }
    for (int s = 0; s < c->n_links; s++) {
        const cnn_link *link = c->links + s;
        if (!link->charge)
            continue;
        CNN_NAME(add_link)(l->q + c->start[link->row] + lo, -1.0, link, lo, l->dx, n);
        if (turns)
            CNN_NAME(add_link)(l->q + c->start[link->row] + lo, -1.0, link, lo, last, n);
    }
    for (int i = 0; i < c->m; i++) {
        const double *restrict own = l->x + c->start[i], *restrict charge = l->q + c->start[i];
        const int *restrict number = c->unknowns + i * c->stride;
        for (ptrdiff_t k = lo; k < hi; k++) {
            x[number[k]] = own[k];
            q[number[k]] = charge[k];
        }
    }
}

/* Whether a number is positive. */
static CNN_TARGET int CNN_NAME(any)(const double *values, ptrdiff_t n)
{
    int found = 0;
    for (ptrdiff_t k = 0; k < n; k++)
        found |= values[k] > 0.0;
    return found;
}

static const cnn_lattice_code CNN_NAME(lattice) = {
    CNN_NAME(take), CNN_NAME(place), CNN_NAME(correct), CNN_NAME(exchange),
    CNN_NAME(move), CNN_NAME(give), CNN_NAME(any)};
#endif
