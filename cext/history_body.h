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

/* Divided differences of charges with the new point: q''/2 for degree 2, q'''/6 for degree 3, … */
static inline CNN_TARGET void CNN_NAME(differ)(const cnn_step *s, ptrdiff_t first, ptrdiff_t n, double *restrict made)
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

static CNN_TARGET void CNN_NAME(plain_block)(const cnn_step *s, ptrdiff_t first, ptrdiff_t n,
                                      cnn_quotients *restrict worst, int *rings)
{
    double difference[CNN_SOME];
    const double *restrict q = s->q + first, *restrict q0 = s->q0 + first, *restrict floors = s->floors + first;
    const double *restrict rate0 = s->rate0 + first, *restrict rate1 = s->rate1 + first;
    const double *restrict limits = s->limits + first, *restrict rate = s->rate + first;
    double *restrict tolerances = s->tolerances + first;
    const int may_ring = s->per.degree > 2;
    int ringing = 0;
    CNN_NAME(change)(s, first, n);
    CNN_NAME(differ)(s, first, n, difference);
    for (ptrdiff_t k = 0; k < n; k++) {
        const double now = fabs(q[k]), before = fabs(q0[k]), charge = now > before ? now : before;
        const double size = charge > floors[k] ? charge : floors[k];
        const double own = s->h * s->abstol, bound = s->reltol * limits[k], least = own < bound ? own : bound;
        const double by_rate = s->h * s->reltol * CNN_NAME(counted)(rate[k], rate0[k]) + least, by_size = s->reltol * size;
        const double tolerance = by_rate > by_size ? by_rate : by_size;
        ringing |= may_ring & RINGS(rate[k], rate0[k], rate1[k]) & (s->h * fabs(rate[k]) > CNN_RINGING * s->reltol * size);
        tolerances[k] = s->trtol * tolerance;
        CNN_LARGER(worst, k, fabs(s->miss * difference[k]), tolerance);
    }
    *rings |= ringing;
}

static CNN_TARGET void CNN_NAME(strict_block)(const cnn_step *s, ptrdiff_t first, ptrdiff_t n,
                                       cnn_quotients *restrict worst, int *rings)
{
    double difference[CNN_SOME];
    const double *restrict x = s->x + first, *restrict x0 = s->x0 + first, *restrict sizes = s->sizes + first;
    const double *restrict rate0 = s->rate0 + first, *restrict rate1 = s->rate1 + first;
    const double *restrict capacity = s->capacity + first, *restrict rate = s->rate + first;
    const double *restrict statetol = s->statetol + first;
    double *restrict tolerances = s->tolerances + first;
    const int may_ring = s->per.degree > 2;
    int ringing = 0;
    CNN_NAME(change)(s, first, n);
    CNN_NAME(differ)(s, first, n, difference);
    for (ptrdiff_t k = 0; k < n; k++) {
        const double now = fabs(x[k]), before = fabs(x0[k]), moved = now > before ? now : before;
        const double size = fabs(capacity[k]) * (moved > sizes[k] ? moved : sizes[k]);
        const double by_rate = s->h * CNN_NAME(counted)(rate[k], rate0[k]);
        const double tolerance = statetol[k] * (by_rate > size ? by_rate : size);
        /* an unknown without capacitance here has no error of its own */
        const int judged = capacity[k] != 0.0;
        ringing |= may_ring & RINGS(rate[k], rate0[k], rate1[k]) & (s->h * fabs(rate[k]) > CNN_RINGING * statetol[k] * size);
        tolerances[k] = judged ? tolerance : INFINITY;
        CNN_LARGER(worst, k, judged ? fabs(s->miss * difference[k]) : 0.0, tolerance);
    }
    *rings |= ringing;
}

static CNN_TARGET void CNN_NAME(plain)(const cnn_step *s, ptrdiff_t first, ptrdiff_t end, cnn_errors *found)
{
    cnn_quotients worst;
    cnn_no_quotients(&worst, end - first);
    for (; first < end; first += CNN_SOME)
        CNN_NAME(plain_block)(s, first, end - first < CNN_SOME ? end - first : CNN_SOME, &worst, &found->ringing);
    found->worst = cnn_largest(&worst, found->worst);
}

static CNN_TARGET void CNN_NAME(strict)(const cnn_step *s, ptrdiff_t first, ptrdiff_t end, cnn_errors *found)
{
    cnn_quotients worst;
    cnn_no_quotients(&worst, end - first);
    for (; first < end; first += CNN_SOME)
        CNN_NAME(strict_block)(s, first, end - first < CNN_SOME ? end - first : CNN_SOME, &worst, &found->ringing);
    found->worst = cnn_largest(&worst, found->worst);
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

static const cnn_history_code CNN_NAME(history) = {CNN_NAME(sum), CNN_NAME(plain), CNN_NAME(strict), CNN_NAME(reach)};
#undef RINGS
#endif
