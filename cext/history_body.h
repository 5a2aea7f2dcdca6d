/* Sums over the points of a transient, and the errors of a step: lanes are equations.
 *
 * Included once for each CNN_ISA. See history.pyx for the equations, history.h for the data. */
#ifndef CIRCUITNN_HISTORY_BODY_H
#define CIRCUITNN_HISTORY_BODY_H
#include <math.h>
#include <string.h>

#include "history.h"
#include "largest.h"

#define CNN_RINGING 0.1 /* alternating charge, in relative tolerances, that triggers damping */
#define CNN_LEAP 4.0    /* a rate that jumps counts at most this many times the smaller one */
#define CNN_BLOCK 512   /* numbers of several vectors that fit into a cache together */

#define CNN_BODY "history_body.h"
#include "each_isa.h"

/* The code for the instruction set of this machine. */
static inline const cnn_history_code *cnn_history_best(void) { return CNN_BEST(history, 2); }
#endif

#ifdef CNN_ISA
#include "isa.h"

static CNN_TARGET void CNN_NAME(sum)(ptrdiff_t first, ptrdiff_t end, int count, const double *c, const double **x,
                                     double *y)
{
    for (; first < end; first += CNN_BLOCK) {
        const ptrdiff_t n = end - first < CNN_BLOCK ? end - first : CNN_BLOCK;
        const double *a = x[0] + first, *b = x[1] + first;
        double *restrict to = y + first;
        for (ptrdiff_t k = 0; k < n; k++)
            to[k] = c[0] * a[k] + c[1] * b[k];
        for (int j = 2; j < count; j++) {
            const double *restrict more = x[j] + first;
            for (ptrdiff_t k = 0; k < n; k++)
                to[k] += c[j] * more[k];
        }
    }
}

static CNN_TARGET void CNN_NAME(extend)(ptrdiff_t first, ptrdiff_t end, int count, const double *c, const double **x,
                                        double *y)
{
    for (; first < end; first += CNN_BLOCK) {
        const ptrdiff_t n = end - first < CNN_BLOCK ? end - first : CNN_BLOCK;
        const double *restrict a = x[0] + first, *restrict b = x[1] + first;
        double *restrict to = y + first;
        for (ptrdiff_t k = 0; k < n; k++)
            to[k] = a[k] + c[1] * (b[k] - a[k]);
        for (int j = 2; j < count; j++) {
            const double *restrict more = x[j] + first;
            for (ptrdiff_t k = 0; k < n; k++)
                to[k] += c[j] * (more[k] - a[k]);
        }
    }
}

/* Divided differences of charges with the new point: q''/2 for degree 2, q'''/6 for degree 3, … */
static CNN_TARGET void CNN_NAME(differ)(const cnn_step *s, ptrdiff_t first, ptrdiff_t n, double *made)
{
    const cnn_spans p = s->per;
    const double *restrict q = s->q + first, *restrict q0 = s->q0 + first, *restrict q1 = s->q1 + first;
    const double *restrict rate = s->rate + first, *restrict rate0 = s->rate0 + first, *restrict rate1 = s->rate1 + first;
    if (p.degree > 3)
        memcpy(made, s->differences + first, n * sizeof(double));
    else if (p.by_rates) {
        /* where the charges do not reach back far enough, or have the errors of the starter's short steps */
        for (ptrdiff_t k = 0; k < n; k++)
            made[k] = 0.5 * (rate[k] - rate0[k]) * p.h;
        if (p.degree == 3)
            for (ptrdiff_t k = 0; k < n; k++)
                made[k] = (made[k] - 0.5 * (rate0[k] - rate1[k]) * p.h1) * (2.0 / 3.0 * p.h01);
    } else {
        for (ptrdiff_t k = 0; k < n; k++)
            made[k] = ((q[k] - q0[k]) * p.h - (q0[k] - q1[k]) * p.h1) * p.h01;
        if (p.degree == 3) {
            const double *restrict q2 = s->q2 + first;
            for (ptrdiff_t k = 0; k < n; k++)
                made[k] = (made[k] - ((q0[k] - q1[k]) * p.h1 - (q1[k] - q2[k]) * p.h2) * p.h12) * p.h012;
        }
    }
}

/* Rates at the end of the step. */
static inline CNN_TARGET void CNN_NAME(change)(const cnn_step *s, ptrdiff_t first, ptrdiff_t n)
{
    const double *restrict q = s->q + first, *restrict history = s->history + first;
    double *restrict rate = s->rate + first;
    for (ptrdiff_t k = 0; k < n; k++)
        rate[k] = s->alpha * q[k] + history[k];
}

/* A rate that changes sign at every step is ringing of the formula, not of the circuit. */
#define RINGS(rate, rate0, rate1) (((rate) * (rate0) < 0.0) & ((rate0) * (rate1) < 0.0))

/* The current that a jump causes must not loosen the tolerance of this jump. */
static inline CNN_TARGET double CNN_NAME(counted)(double rate, double rate0)
{
    const double a = fabs(rate), b = fabs(rate0), larger = a > b ? a : b, smaller = CNN_LEAP * (a > b ? b : a);
    return larger < smaller ? larger : smaller;
}

/* Tolerances of charges by SPICE's criterion, without trtol; `least` are those by their sizes alone. */
static inline CNN_TARGET void CNN_NAME(plain_tolerances)(const cnn_step *s, ptrdiff_t first, ptrdiff_t n,
                                                         double *restrict least, double *restrict tolerance)
{
    const double *restrict q = s->q + first, *restrict q0 = s->q0 + first, *restrict floors = s->floors + first;
    const double *restrict rate = s->rate + first, *restrict rate0 = s->rate0 + first, *restrict limits = s->limits + first;
    for (ptrdiff_t k = 0; k < n; k++) {
        const double now = fabs(q[k]), before = fabs(q0[k]), charge = now > before ? now : before;
        const double own = s->h * s->abstol, bound = s->reltol * limits[k], absolute = own < bound ? own : bound;
        const double by_rate = s->h * s->reltol * CNN_NAME(counted)(rate[k], rate0[k]) + absolute;
        least[k] = s->reltol * (charge > floors[k] ? charge : floors[k]);
        tolerance[k] = by_rate > least[k] ? by_rate : least[k];
    }
}

/* The same by the unknowns of the equations; one without capacitance here has no error of its own. */
static inline CNN_TARGET void CNN_NAME(strict_tolerances)(const cnn_step *s, ptrdiff_t first, ptrdiff_t n,
                                                          double *restrict least, double *restrict tolerance)
{
    const double *restrict x = s->x + first, *restrict x0 = s->x0 + first, *restrict sizes = s->sizes + first;
    const double *restrict rate = s->rate + first, *restrict rate0 = s->rate0 + first;
    const double *restrict capacity = s->capacity + first, *restrict statetol = s->statetol + first;
    for (ptrdiff_t k = 0; k < n; k++) {
        const double now = fabs(x[k]), before = fabs(x0[k]), moved = now > before ? now : before;
        const double by_rate = statetol[k] * (s->h * CNN_NAME(counted)(rate[k], rate0[k]));
        least[k] = statetol[k] * (fabs(capacity[k]) * (moved > sizes[k] ? moved : sizes[k]));
        tolerance[k] = by_rate > least[k] ? by_rate : least[k];
        tolerance[k] = capacity[k] != 0.0 ? tolerance[k] : INFINITY;
    }
}

/* The errors of some equations by a criterion, whose tolerances count `factor` times. */
static inline CNN_TARGET void CNN_NAME(judge)(const cnn_step *s, ptrdiff_t first, ptrdiff_t end, cnn_errors *found,
                                              void (*tolerances)(const cnn_step *, ptrdiff_t, ptrdiff_t, double *, double *),
                                              double factor)
{
    double difference[CNN_SOME], least[CNN_SOME], tolerance[CNN_SOME];
    cnn_quotients worst;
    cnn_no_quotients(&worst, end - first);
    for (; first < end; first += CNN_SOME) {
        const ptrdiff_t n = end - first < CNN_SOME ? end - first : CNN_SOME;
        const double *restrict rate = s->rate + first, *restrict rate0 = s->rate0 + first, *restrict rate1 = s->rate1 + first;
        double *restrict made = s->tolerances + first;
        int ringing = 0;
        CNN_NAME(change)(s, first, n);
        CNN_NAME(differ)(s, first, n, difference);
        tolerances(s, first, n, least, tolerance);
        for (ptrdiff_t k = 0; k < n; k++) {
            ringing |= RINGS(rate[k], rate0[k], rate1[k]) & (s->h * fabs(rate[k]) > CNN_RINGING * least[k]);
            made[k] = factor * tolerance[k];
            CNN_LARGER(&worst, k, fabs(s->miss * difference[k]), tolerance[k]);
        }
        found->ringing |= (s->per.degree > 2) & ringing;
    }
    found->worst = cnn_largest(&worst, found->worst);
}

static CNN_TARGET void CNN_NAME(plain)(const cnn_step *s, ptrdiff_t first, ptrdiff_t end, cnn_errors *found)
{
    CNN_NAME(judge)(s, first, end, found, CNN_NAME(plain_tolerances), s->trtol);
}

static CNN_TARGET void CNN_NAME(strict)(const cnn_step *s, ptrdiff_t first, ptrdiff_t end, cnn_errors *found)
{
    CNN_NAME(judge)(s, first, end, found, CNN_NAME(strict_tolerances), 1.0);
}

static CNN_TARGET double CNN_NAME(reach)(ptrdiff_t first, ptrdiff_t end, int count, const double *c, const double **x,
                                         const double *tolerances)
{
    double sum[CNN_SOME];
    cnn_quotients worst;
    cnn_no_quotients(&worst, end - first);
    for (; first < end; first += CNN_SOME) {
        const ptrdiff_t n = end - first < CNN_SOME ? end - first : CNN_SOME;
        for (ptrdiff_t k = 0; k < n; k++)
            sum[k] = c[0] * x[0][first + k];
        for (int j = 1; j < count; j++) {
            const double *restrict more = x[j] + first;
            for (ptrdiff_t k = 0; k < n; k++)
                sum[k] += c[j] * more[k];
        }
        for (ptrdiff_t k = 0; k < n; k++)
            CNN_LARGER(&worst, k, fabs(sum[k]), tolerances[first + k]);
    }
    return cnn_largest(&worst, 0.0);
}

static const cnn_history_code CNN_NAME(history) = {CNN_NAME(sum), CNN_NAME(extend), CNN_NAME(plain), CNN_NAME(strict),
                                                      CNN_NAME(differ), CNN_NAME(reach)};
#undef RINGS
#endif
