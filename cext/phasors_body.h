/* Body of phasors.h, once for each CNN_ISA. */
#include "isa.h"

#define W CNN_LANES
#define EACH_LANE _Pragma("omp simd") for (int k = 0; k < W; k++)

/* x ← x - a·y */
CNN_TARGET static inline void CNN_NAME(subtract)(double *restrict x, const double *restrict a,
                                                 const double *restrict y)
{
    EACH_LANE
    {
        const double re = CNN_FMA(-a[k], y[k], x[k]), im = CNN_FMA(-a[k], y[W + k], x[W + k]);
        x[k] = CNN_FMA(a[W + k], y[W + k], re);
        x[W + k] = CNN_FMA(-a[W + k], y[k], im);
    }
}

/* x ← a·y; the three may be the same. */
CNN_TARGET static inline void CNN_NAME(multiply)(double *x, const double *a, const double *y)
{
    double re[W], im[W];
    EACH_LANE
    {
        re[k] = CNN_FMA(a[k], y[k], -(a[W + k] * y[W + k]));
        im[k] = CNN_FMA(a[k], y[W + k], a[W + k] * y[k]);
    }
    memcpy(x, re, sizeof re);
    memcpy(x + W, im, sizeof im);
}

/* inverse ← 1/x, scaled so that no square overflows or underflows. */
CNN_TARGET static inline void CNN_NAME(invert)(double *restrict inverse, const double *restrict x)
{
    EACH_LANE
    {
        const double scale = 1.0 / (fabs(x[k]) + fabs(x[W + k]));
        const double re = x[k] * scale, im = x[W + k] * scale, by = scale / CNN_FMA(re, re, im * im);
        inverse[k] = re * by;
        inverse[W + k] = -im * by;
    }
}

/* a ← entry p of the matrix. */
CNN_TARGET static inline void CNN_NAME(entry)(const cnn_phasors *s, const cnn_entries *m, int p, double *restrict a)
{
    const double *restrict omega = s->omega, G = m->G[p], C = m->C[p];
    EACH_LANE
    {
        a[k] = G;
        a[W + k] = omega[k] * C;
    }
    if (m->slot && m->slot[p] >= 0) {
        const double *restrict d = s->dispersive + (ptrdiff_t)m->slot[p] * CNN_PAIR;
        for (int k = 0; k < CNN_PAIR; k++)
            a[k] += d[k];
    }
}

/* Factors of the block from `first` up to `end`, exclusive: left-looking, column by column. */
CNN_TARGET static void CNN_NAME(factor)(const cnn_phasors *s, int first, int end)
{
    const cnn_pattern lower = s->lower, upper = s->upper;
    const cnn_entries *m = &s->columns;
    double *restrict l = s->l, *restrict u = s->u, *restrict column = s->work;
    for (int j = first; j < end; j++) {
        for (int p = m->start[j]; p < m->start[j + 1]; p++)
            if (m->index[p] >= first)
                CNN_NAME(entry)(s, m, p, column + (ptrdiff_t)m->index[p] * CNN_PAIR);
        for (int p = upper.start[j]; p < upper.start[j + 1]; p++) {
            const int i = upper.index[p];
            double *restrict by = u + (ptrdiff_t)p * CNN_PAIR, *own = column + (ptrdiff_t)i * CNN_PAIR;
            memcpy(by, own, CNN_PAIR * sizeof(double));
            memset(own, 0, CNN_PAIR * sizeof(double));
            for (int q = lower.start[i]; q < lower.start[i + 1]; q++)
                CNN_NAME(subtract)(column + (ptrdiff_t)lower.index[q] * CNN_PAIR, l + (ptrdiff_t)q * CNN_PAIR, by);
        }
        double *restrict inverse = s->inverse + (ptrdiff_t)j * CNN_PAIR, *pivot = column + (ptrdiff_t)j * CNN_PAIR;
        CNN_NAME(invert)(inverse, pivot);
        memset(pivot, 0, CNN_PAIR * sizeof(double));
        for (int p = lower.start[j]; p < lower.start[j + 1]; p++) {
            double *own = column + (ptrdiff_t)lower.index[p] * CNN_PAIR;
            CNN_NAME(multiply)(l + (ptrdiff_t)p * CNN_PAIR, own, inverse);
            memset(own, 0, CNN_PAIR * sizeof(double));
        }
    }
}

/* Solve one block of x, after the later blocks, and subtract its part from the earlier ones. */
CNN_TARGET static void CNN_NAME(solve_block)(const cnn_phasors *s, int first, int end, double *restrict x)
{
    const cnn_entries *m = &s->columns;
    double a[CNN_PAIR];
    for (int j = first; j < end; j++)
        for (int p = s->lower.start[j]; p < s->lower.start[j + 1]; p++)
            CNN_NAME(subtract)(x + (ptrdiff_t)s->lower.index[p] * CNN_PAIR, s->l + (ptrdiff_t)p * CNN_PAIR,
                               x + (ptrdiff_t)j * CNN_PAIR);
    for (int j = end - 1; j >= first; j--) {
        double *own = x + (ptrdiff_t)j * CNN_PAIR;
        CNN_NAME(multiply)(own, own, s->inverse + (ptrdiff_t)j * CNN_PAIR);
        for (int p = s->upper.start[j]; p < s->upper.start[j + 1]; p++)
            CNN_NAME(subtract)(x + (ptrdiff_t)s->upper.index[p] * CNN_PAIR, s->u + (ptrdiff_t)p * CNN_PAIR, own);
        for (int p = m->start[j]; p < m->start[j + 1] && m->index[p] < first; p++) {
            CNN_NAME(entry)(s, m, p, a);
            CNN_NAME(subtract)(x + (ptrdiff_t)m->index[p] * CNN_PAIR, a, own);
        }
    }
}

/* As solve_block for the transposed matrix, after the earlier blocks. */
CNN_TARGET static void CNN_NAME(solve_block_transposed)(const cnn_phasors *s, int first, int end, double *restrict x)
{
    const cnn_entries *m = &s->columns;
    double a[CNN_PAIR];
    for (int j = first; j < end; j++) {
        double *own = x + (ptrdiff_t)j * CNN_PAIR;
        for (int p = m->start[j]; p < m->start[j + 1] && m->index[p] < first; p++) {
            CNN_NAME(entry)(s, m, p, a);
            CNN_NAME(subtract)(own, a, x + (ptrdiff_t)m->index[p] * CNN_PAIR);
        }
        for (int p = s->upper.start[j]; p < s->upper.start[j + 1]; p++)
            CNN_NAME(subtract)(own, s->u + (ptrdiff_t)p * CNN_PAIR, x + (ptrdiff_t)s->upper.index[p] * CNN_PAIR);
        CNN_NAME(multiply)(own, own, s->inverse + (ptrdiff_t)j * CNN_PAIR);
    }
    for (int j = end - 1; j >= first; j--)
        for (int p = s->lower.start[j]; p < s->lower.start[j + 1]; p++)
            CNN_NAME(subtract)(x + (ptrdiff_t)j * CNN_PAIR, s->l + (ptrdiff_t)p * CNN_PAIR,
                               x + (ptrdiff_t)s->lower.index[p] * CNN_PAIR);
}

/* x ← solution for the right-hand side in x, block by block while its factors are in the cache. */
CNN_TARGET static void CNN_NAME(apply)(const cnn_phasors *s, int fresh, double *x)
{
    for (int k = 0; k < s->blocks; k++) {
        const int which = s->transposed ? k : s->blocks - 1 - k;
        const int first = s->block[which], end = s->block[which + 1];
        if (fresh)
            CNN_NAME(factor)(s, first, end);
        if (s->transposed)
            CNN_NAME(solve_block_transposed)(s, first, end, x);
        else
            CNN_NAME(solve_block)(s, first, end, x);
    }
}

/* Clear `right[k]` of lanes in which an equation does not hold to `allowed`; leaves the residuals in r.
 * Rounding of `largest`, the largest unknown of each lane, is permitted.
 * M. Arioli, J. W. Demmel and I. S. Duff, SIAM J. Matrix Anal. Appl. 10 (1989) 165, DOI 10.1137/0610013. */
CNN_TARGET static void CNN_NAME(check)(const cnn_phasors *s, double allowed, const double *restrict largest,
                                      long long *restrict right)
{
    const cnn_entries *m = &s->equations;
    for (int k = 0; k < W; k++)
        right[k] = 1;
    for (int i = 0; i < s->n; i++) {
        const double re = s->b[2 * i], im = s->b[2 * i + 1], start = fabs(re) + fabs(im);
        double r[CNN_PAIR], a[CNN_PAIR], size[W], norm[W];
        for (int k = 0; k < W; k++) {
            r[k] = re, r[W + k] = im;
            size[k] = start, norm[k] = 0.0;
        }
        for (int p = m->start[i]; p < m->start[i + 1]; p++) {
            const double *restrict x = s->x + (ptrdiff_t)m->index[p] * CNN_PAIR;
            CNN_NAME(entry)(s, m, p, a);
            EACH_LANE
            {
                const double u = CNN_FMA(a[k], x[k], -(a[W + k] * x[W + k]));
                const double v = CNN_FMA(a[k], x[W + k], a[W + k] * x[k]);
                const double extent = fabs(a[k]) + fabs(a[W + k]);
                r[k] -= u;
                r[W + k] -= v;
                size[k] += fabs(u) + fabs(v);
                norm[k] = norm[k] > extent ? norm[k] : extent;
            }
        }
        memcpy(s->r + (ptrdiff_t)i * CNN_PAIR, r, sizeof r);
        EACH_LANE /* written so that neither NaN nor infinity passes */
        {
            const double bound = allowed * size[k] + CNN_ROUNDING * norm[k] * largest[k];
            right[k] &= (fabs(r[k]) + fabs(r[W + k]) <= bound) & (bound < INFINITY);
        }
    }
}

/* Number of leading lanes whose solutions hold. */
CNN_TARGET static int CNN_NAME(good)(const cnn_phasors *s, int lenient)
{
    double largest[W] = {0.0};
    long long right[W];
    int k;
    for (int i = 0; lenient && i < s->n; i++) {
        const double *restrict x = s->x + (ptrdiff_t)i * CNN_PAIR;
        EACH_LANE
        {
            const double extent = fabs(x[k]) + fabs(x[W + k]);
            largest[k] = largest[k] > extent ? largest[k] : extent;
        }
    }
    CNN_NAME(check)(s, lenient ? CNN_BAD_RESIDUAL : s->good, largest, right);
    for (k = 0; k < W && right[k]; k++)
        ;
    return k;
}

CNN_TARGET static int CNN_NAME(phasors)(const cnn_phasors *s)
{
    double *restrict x = s->x;
    for (int i = 0; i < s->n; i++)
        for (int k = 0; k < W; k++) {
            x[(ptrdiff_t)i * CNN_PAIR + k] = s->b[2 * i];
            x[(ptrdiff_t)i * CNN_PAIR + W + k] = s->b[2 * i + 1];
        }
    CNN_NAME(apply)(s, 1, s->x);
    /* Refinement corrects for small pivots, and for unknowns much smaller than those they are computed from, as
     * at the far end of a chain of amplifiers. */
    for (int turn = 0; turn < CNN_REFINEMENTS; turn++) {
        if (CNN_NAME(good)(s, 0) == W)
            return W;
        CNN_NAME(apply)(s, 0, s->r);
        for (ptrdiff_t i = 0; i < (ptrdiff_t)s->n * CNN_PAIR; i++)
            x[i] += s->r[i];
    }
    return CNN_NAME(good)(s, 1);
}

#undef W
#undef EACH_LANE
