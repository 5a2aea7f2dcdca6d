/* Loops over an array, once for each CNN_ISA. */
#include "isa.h"

/* Rows are taken four at a time: a tridiagonal recurrence waits for itself, four of them do not. */
#define FOUR 4

/* u ← T_R⁻¹ u for `count` (1 or FOUR) word lines from line i on; u has n a line. */
CNN_TARGET static void CNN_NAME(solve_rows)(const cnn_array *s, ptrdiff_t i, int count, double *u)
{
    const ptrdiff_t n = s->n, aj = s->aj;
    const double *a = s->a + i * s->ai, *w = s->wi + i * n;
    if (count == FOUR) {
        const ptrdiff_t ai = s->ai;
        const double *a1 = a + ai, *a2 = a1 + ai, *a3 = a2 + ai;
        const double *w1 = w + n, *w2 = w1 + n, *w3 = w2 + n;
        double *u1 = u + n, *u2 = u1 + n, *u3 = u2 + n;
        double y0 = u[0], y1 = u1[0], y2 = u2[0], y3 = u3[0];
        for (ptrdiff_t j = 1; j < n; j++) {
            const ptrdiff_t k = (j - 1) * aj;
            u[j] = y0 = CNN_FMA(a[k] * w[j - 1], y0, u[j]);
            u1[j] = y1 = CNN_FMA(a1[k] * w1[j - 1], y1, u1[j]);
            u2[j] = y2 = CNN_FMA(a2[k] * w2[j - 1], y2, u2[j]);
            u3[j] = y3 = CNN_FMA(a3[k] * w3[j - 1], y3, u3[j]);
        }
        u[n - 1] = y0 *= w[n - 1];
        u1[n - 1] = y1 *= w1[n - 1];
        u2[n - 1] = y2 *= w2[n - 1];
        u3[n - 1] = y3 *= w3[n - 1];
        for (ptrdiff_t j = n - 2; j >= 0; j--) {
            const ptrdiff_t k = j * aj;
            u[j] = y0 = CNN_FMA(a[k] * w[j], y0, w[j] * u[j]);
            u1[j] = y1 = CNN_FMA(a1[k] * w1[j], y1, w1[j] * u1[j]);
            u2[j] = y2 = CNN_FMA(a2[k] * w2[j], y2, w2[j] * u2[j]);
            u3[j] = y3 = CNN_FMA(a3[k] * w3[j], y3, w3[j] * u3[j]);
        }
        return;
    }
    double y = u[0];
    for (ptrdiff_t j = 1; j < n; j++)
        u[j] = y = CNN_FMA(a[(j - 1) * aj] * w[j - 1], y, u[j]);
    u[n - 1] = y *= w[n - 1];
    for (ptrdiff_t j = n - 2; j >= 0; j--)
        u[j] = y = CNN_FMA(a[j * aj] * w[j], y, w[j] * u[j]);
}

/* Inverse pivots of both families. Returns 0, or 1 where a line's matrix is not positive definite. */
CNN_TARGET static int CNN_NAME(factor)(const cnn_array *s)
{
    const ptrdiff_t m = s->m, n = s->n, aj = s->aj;
    int bad = 0;
    for (ptrdiff_t i0 = 0; i0 < m; i0 += FOUR) {
        const int count = m - i0 < FOUR ? (int)(m - i0) : FOUR;
        double taken[FOUR] = {0.0};
        for (ptrdiff_t j = 0; j < n; j++)
            for (int k = 0; k < count; k++) {
                const ptrdiff_t i = i0 + k;
                const double *a = s->a + i * s->ai;
                double d = s->g[i * n + j];
                d += j ? a[(j - 1) * aj] : s->ends[0][i];
                d += j < n - 1 ? a[j * aj] : s->ends[1][i];
                const double pivot = d - taken[k], inverse = 1.0 / pivot;
                bad |= !(pivot > CNN_SMALL_PIVOT * d) && !(d == INFINITY) && !s->word_held[i];
                s->wi[i * n + j] = s->word_held[i] ? 0.0 : inverse;
                taken[k] = j < n - 1 ? a[j * aj] * a[j * aj] * inverse : 0.0;
            }
    }
    for (ptrdiff_t i = 0; i < m; i++) {
        const double *g = s->g + i * n, *above = s->bi + (i - 1) * n;
        const double *before = i ? s->c + (i - 1) * s->ci : s->ends[2];
        const double *after = i < m - 1 ? s->c + i * s->ci : s->ends[3];
        double *inverse = s->bi + i * n;
        int wrong = 0;
        for (ptrdiff_t j = 0; j < n; j++) {
            const double d = g[j] + before[j] + after[j];
            const double pivot = i ? d - before[j] * before[j] * above[j] : d;
            wrong |= !(pivot > CNN_SMALL_PIVOT * d) & !(d == INFINITY) & !s->bit_held[j];
            inverse[j] = s->bit_held[j] ? 0.0 : 1.0 / pivot;
        }
        bad |= wrong;
    }
    return bad;
}

/* Currents into all nodes at the present voltages: f (word), r (bit), and their sums along the lines. */
CNN_TARGET static void CNN_NAME(residual)(const cnn_array *s)
{
    const ptrdiff_t m = s->m, n = s->n, aj = s->aj;
    double *restrict I = s->buffer;
    memset(s->bit_sums, 0, 2 * n * sizeof(double));
    for (ptrdiff_t i = 0; i < m; i++) {
        const double *restrict xw = s->xw + i * n, *restrict xb = s->xb + i * n, *a = s->a + i * s->ai;
        const double *g = s->g + i * n;
        double *restrict f = s->f + i * n, *restrict r = s->r + i * n;
        double error = 0.0, size = 0.0;
        if (s->current)
            memcpy(I, s->current + i * n, n * sizeof(double));
        else
#pragma omp simd
            for (ptrdiff_t j = 0; j < n; j++)
                I[j] = g[j] * (s->word_ref[i] - s->bit_ref[j] + (xw[j] - xb[j]));
#pragma omp simd
        for (ptrdiff_t j = 0; j < n; j++)
            f[j] = -I[j];
        for (ptrdiff_t j = 0; j < n - 1; j++) {
            const double through = a[j * aj] * (xw[j] - xw[j + 1]);
            f[j] -= through;
            f[j + 1] += through;
        }
        if (s->ends[0][i] == INFINITY)
            f[0] = 0.0;
        else
            f[0] += s->ends[0][i] * (s->held[0][i] - xw[0]);
        if (s->ends[1][i] == INFINITY)
            f[n - 1] = 0.0;
        else
            f[n - 1] += s->ends[1][i] * (s->held[1][i] - xw[n - 1]);
        if (s->word_held[i])
            memset(f, 0, n * sizeof(double));
        const double *before = i ? s->c + (i - 1) * s->ci : s->ends[2];
        const double *after = i < m - 1 ? s->c + i * s->ci : s->ends[3];
        const double *up = i ? xb - n : s->held[2], *down = i < m - 1 ? xb + n : s->held[3];
        double *restrict errors = s->bit_sums, *restrict sizes = s->bit_sums + n;
#pragma omp simd reduction(+ : error, size)
        for (ptrdiff_t j = 0; j < n; j++) {
            double into = I[j];
            const int pinned = (before[j] == INFINITY) | (after[j] == INFINITY) | s->bit_held[j];
            into += before[j] * (up[j] - xb[j]) + after[j] * (down[j] - xb[j]);
            into = pinned ? 0.0 : into;
            r[j] = into;
            error += fabs(f[j]);
            size += fabs(I[j]);
            errors[j] += fabs(into);
            sizes[j] += fabs(I[j]);
        }
        s->word_sums[i] = error;
        s->word_sums[m + i] = size;
    }
}

/* The conjugate gradients keep f = L⁻¹ r instead of r, T_C = L Δ Lᵀ: r·T_C⁻¹r is then a plain sum, and β is
 * known before the backward sweep, so that an iteration reads the arrays twice only. */

/* r ← L⁻¹ (r + D T_R⁻¹ f), x ← 0, p ← 0; `update` with α = β = 0 gives the first direction. */
CNN_TARGET static void CNN_NAME(start)(const cnn_array *s)
{
    const ptrdiff_t m = s->m, n = s->n;
    memset(s->x, 0, m * n * sizeof(double));
    memset(s->p, 0, m * n * sizeof(double));
    for (ptrdiff_t i0 = 0; i0 < m;) {
        const int count = m - i0 < FOUR ? 1 : FOUR;
        memcpy(s->buffer, s->f + i0 * n, count * n * sizeof(double));
        CNN_NAME(solve_rows)(s, i0, count, s->buffer);
        for (ptrdiff_t i = i0; i < i0 + count; i++) {
            double *restrict r = s->r + i * n;
            const double *restrict g = s->g + i * n, *restrict u = s->buffer + (i - i0) * n;
            const double *c = i ? s->c + (i - 1) * s->ci : s->ends[2], *inverse = i ? s->bi + (i - 1) * n : u;
            const double *above = i ? r - n : u;
            const double linked = i ? 1.0 : 0.0;
#pragma omp simd
            for (ptrdiff_t j = 0; j < n; j++) {
                const double l = i ? c[j] * inverse[j] : 0.0;
                r[j] = CNN_FMA(g[j], u[j], r[j]) + l * (linked * above[j]);
            }
        }
        i0 += count;
    }
}

/* q ← L⁻¹ S p; sums: p·Sp, r·Δ⁻¹q, q·Δ⁻¹q. */
CNN_TARGET static void CNN_NAME(apply)(const cnn_array *s, double *sums)
{
    const ptrdiff_t m = s->m, n = s->n;
    double pq = 0.0, rq = 0.0, qq = 0.0;
    for (ptrdiff_t i0 = 0; i0 < m;) {
        const int count = m - i0 < FOUR ? 1 : FOUR;
        {
            double *restrict u = s->buffer;
            const double *restrict g = s->g + i0 * n, *restrict p = s->p + i0 * n;
#pragma omp simd
            for (ptrdiff_t j = 0; j < count * n; j++)
                u[j] = g[j] * p[j];
        }
        CNN_NAME(solve_rows)(s, i0, count, s->buffer);
        for (ptrdiff_t i = i0; i < i0 + count; i++) {
            const double *restrict g = s->g + i * n, *restrict p = s->p + i * n, *restrict r = s->r + i * n;
            const double *restrict u = s->buffer + (i - i0) * n, *restrict inverse = s->bi + i * n;
            const double *before = i ? s->c + (i - 1) * s->ci : s->ends[2];
            const double *after = i < m - 1 ? s->c + i * s->ci : s->ends[3];
            const double *up = i ? p - n : p, *down = i < m - 1 ? p + n : p;
            const double first = i ? 1.0 : 0.0, last = i < m - 1 ? 1.0 : 0.0;
            double *restrict q = s->q + i * n;
            /* Of the first row nothing is above: any finite numbers, times 0. */
            const double *above = i ? q - n : u, *pivots = i ? inverse - n : g;
            double a = 0.0, b = 0.0, c = 0.0;
#pragma omp simd reduction(+ : a, b, c)
            for (ptrdiff_t j = 0; j < n; j++) {
                const double l = before[j] < INFINITY ? before[j] : 0.0;
                const double e = after[j] < INFINITY ? after[j] : 0.0;
                const double y = l * (p[j] - first * up[j]) + e * (p[j] - last * down[j]) + g[j] * (p[j] - u[j]);
                const double h = CNN_FMA(first * l * pivots[j], above[j], y);
                q[j] = h;
                a += p[j] * y;
                b += inverse[j] * r[j] * h;
                c += inverse[j] * h * h;
            }
            pq += a;
            rq += b;
            qq += c;
        }
        i0 += count;
    }
    sums[0] = pq;
    sums[1] = rq;
    sums[2] = qq;
}

/* x ← x + α p, r ← r − α q, p ← T_C⁻¹(L r) + β p; returns r·Δ⁻¹r. */
CNN_TARGET static double CNN_NAME(update)(const cnn_array *s, double alpha, double beta)
{
    const ptrdiff_t m = s->m, n = s->n;
    double rz = 0.0;
    double *restrict z = s->buffer;
    memset(z, 0, n * sizeof(double));
    for (ptrdiff_t i = m - 1; i >= 0; i--) {
        double *restrict x = s->x + i * n, *restrict r = s->r + i * n, *restrict p = s->p + i * n;
        const double *restrict q = s->q + i * n, *restrict inverse = s->bi + i * n;
        /* Of the last row nothing is below: z is 0, and so the ends' numbers must not be infinite. */
        const double *c = i < m - 1 ? s->c + i * s->ci : inverse;
        double part = 0.0;
#pragma omp simd reduction(+ : part)
        for (ptrdiff_t j = 0; j < n; j++) {
            const double f = CNN_FMA(-alpha, q[j], r[j]);
            r[j] = f;
            x[j] = CNN_FMA(alpha, p[j], x[j]);
            z[j] = inverse[j] * CNN_FMA(c[j], z[j], f);
            p[j] = CNN_FMA(beta, p[j], z[j]);
            part += inverse[j] * f * f;
        }
        rz += part;
    }
    return rz;
}

/* The word lines' part of the step: p ← T_R⁻¹ (f + D x). */
CNN_TARGET static void CNN_NAME(finish)(const cnn_array *s)
{
    const ptrdiff_t m = s->m, n = s->n;
    for (ptrdiff_t i = 0; i < m;) {
        const int count = m - i < FOUR ? 1 : FOUR;
        double *restrict p = s->p + i * n;
        const double *restrict g = s->g + i * n, *restrict x = s->x + i * n, *restrict f = s->f + i * n;
#pragma omp simd
        for (ptrdiff_t j = 0; j < count * n; j++)
            p[j] = CNN_FMA(g[j], x[j], f[j]);
        CNN_NAME(solve_rows)(s, i, count, s->p + i * n);
        i += count;
    }
}

/* Take `step` of the step. */
CNN_TARGET static void CNN_NAME(move)(const cnn_array *s, double step)
{
    double *restrict xw = s->xw, *restrict xb = s->xb;
    const double *restrict p = s->p, *restrict x = s->x;
#pragma omp simd
    for (ptrdiff_t k = 0; k < s->m * s->n; k++) {
        xw[k] = CNN_FMA(step, p[k], xw[k]);
        xb[k] = CNN_FMA(step, x[k], xb[k]);
    }
}

/* ---- many right-hand sides; lanes are innermost ---- */
#define L CNN_LANES

/* u ← T_R⁻¹ u for word line i. */
CNN_TARGET static void CNN_NAME(batch_row)(const cnn_array *s, ptrdiff_t i, double *restrict u)
{
    const ptrdiff_t n = s->n;
    const double *a = s->a + i * s->ai, *w = s->wi + i * n;
    double y[L];
    memcpy(y, u, sizeof y);
    for (ptrdiff_t j = 1; j < n; j++) {
        const double l = a[(j - 1) * s->aj] * w[j - 1];
#pragma omp simd
        for (int k = 0; k < L; k++)
            u[j * L + k] = y[k] = CNN_FMA(l, y[k], u[j * L + k]);
    }
#pragma omp simd
    for (int k = 0; k < L; k++)
        u[(n - 1) * L + k] = y[k] *= w[n - 1];
    for (ptrdiff_t j = n - 2; j >= 0; j--) {
        const double l = a[j * s->aj] * w[j];
#pragma omp simd
        for (int k = 0; k < L; k++)
            u[j * L + k] = y[k] = CNN_FMA(l, y[k], w[j] * u[j * L + k]);
    }
}

/* Current into word node (i, j) with all deviations zero. */
CNN_TARGET static inline double CNN_NAME(word_drive)(const cnn_array *s, const cnn_batch *b, ptrdiff_t i,
                                                     ptrdiff_t j, int k)
{
    double f = -s->g[i * s->n + j] * (b->word_ref[i * L + k] - b->bit_ref[j * L + k]);
    if (j == 0)
        f += cnn_finite(s->ends[0][i]) * b->held[0][i * L + k];
    if (j == s->n - 1)
        f += cnn_finite(s->ends[1][i]) * b->held[1][i * L + k];
    return f;
}

/* As `start`, of all deviations zero. */
CNN_TARGET static void CNN_NAME(batch_start)(const cnn_array *s, const cnn_batch *b)
{
    const ptrdiff_t m = s->m, n = s->n;
    memset(b->x, 0, m * n * L * sizeof(double));
    memset(b->p, 0, m * n * L * sizeof(double));
    memset(b->q, 0, m * n * L * sizeof(double));
    for (ptrdiff_t i = 0; i < m; i++) {
        double *restrict u = b->buffer, *restrict r = b->r + i * n * L;
        for (ptrdiff_t j = 0; j < n; j++)
            for (int k = 0; k < L; k++)
                u[j * L + k] = CNN_NAME(word_drive)(s, b, i, j, k);
        CNN_NAME(batch_row)(s, i, u);
        for (ptrdiff_t j = 0; j < n; j++) {
            const double g = s->g[i * n + j];
            const double top = i == 0 ? cnn_finite(s->ends[2][j]) : 0.0;
            const double bottom = i == m - 1 ? cnn_finite(s->ends[3][j]) : 0.0;
            const double l = i ? s->c[(i - 1) * s->ci + j] * s->bi[(i - 1) * n + j] : 0.0;
            for (int k = 0; k < L; k++) {
                double f = g * (b->word_ref[i * L + k] - b->bit_ref[j * L + k] + u[j * L + k]);
                f += top * b->held[2][j * L + k] + bottom * b->held[3][j * L + k];
                r[j * L + k] = i ? CNN_FMA(l, r[(j - n) * L + k], f) : f;
            }
        }
    }
}

/* As `apply`, by lane; sums has 3 rows. */
CNN_TARGET static void CNN_NAME(batch_apply)(const cnn_array *s, const cnn_batch *b, double *sums)
{
    const ptrdiff_t m = s->m, n = s->n;
    double pq[L] = {0.0}, rq[L] = {0.0}, qq[L] = {0.0};
    for (ptrdiff_t i = 0; i < m; i++) {
        double *restrict u = b->buffer, *restrict q = b->q + i * n * L;
        const double *restrict p = b->p + i * n * L, *restrict r = b->r + i * n * L;
        const double *restrict g = s->g + i * n, *restrict inverse = s->bi + i * n;
        for (ptrdiff_t j = 0; j < n; j++)
#pragma omp simd
            for (int k = 0; k < L; k++)
                u[j * L + k] = g[j] * p[j * L + k];
        CNN_NAME(batch_row)(s, i, u);
        for (ptrdiff_t j = 0; j < n; j++) {
            const double before = cnn_finite(i ? s->c[(i - 1) * s->ci + j] : s->ends[2][j]);
            const double after = cnn_finite(i < m - 1 ? s->c[i * s->ci + j] : s->ends[3][j]);
            const double from_up = i ? before : 0.0, from_down = i < m - 1 ? after : 0.0;
            const double d = before + after + g[j], w = inverse[j], l = i ? from_up * inverse[j - n] : 0.0;
            const double *up = p + (i ? j - n : j) * L, *down = p + (i < m - 1 ? j + n : j) * L;
            const double *above = i ? q + (j - n) * L : u;
#pragma omp simd
            for (int k = 0; k < L; k++) {
                const double y = d * p[j * L + k] - from_up * up[k] - from_down * down[k] - g[j] * u[j * L + k];
                const double h = CNN_FMA(l, above[k], y);
                q[j * L + k] = h;
                pq[k] += p[j * L + k] * y;
                rq[k] += w * r[j * L + k] * h;
                qq[k] += w * h * h;
            }
        }
    }
    memcpy(sums, pq, sizeof pq);
    memcpy(sums + L, rq, sizeof rq);
    memcpy(sums + 2 * L, qq, sizeof qq);
}

/* As `update`, by lane. */
CNN_TARGET static void CNN_NAME(batch_update)(const cnn_array *s, const cnn_batch *b, const double *alpha,
                                              const double *beta, double *rz)
{
    const ptrdiff_t m = s->m, n = s->n;
    double step[L], keep[L], sum[L] = {0.0};
    memcpy(step, alpha, sizeof step);
    memcpy(keep, beta, sizeof keep);
    memset(b->buffer, 0, n * L * sizeof(double));
    for (ptrdiff_t i = m - 1; i >= 0; i--) {
        double *restrict x = b->x + i * n * L, *restrict r = b->r + i * n * L, *restrict p = b->p + i * n * L;
        double *restrict z = b->buffer;
        const double *restrict q = b->q + i * n * L;
        for (ptrdiff_t j = 0; j < n; j++) {
            const double w = s->bi[i * n + j], c = i < m - 1 ? s->c[i * s->ci + j] : 0.0;
#pragma omp simd
            for (int k = 0; k < L; k++) {
                const ptrdiff_t at = j * L + k;
                const double f = CNN_FMA(-step[k], q[at], r[at]);
                r[at] = f;
                x[at] = CNN_FMA(step[k], p[at], x[at]);
                z[at] = w * CNN_FMA(c, z[at], f);
                p[at] = CNN_FMA(keep[k], p[at], z[at]);
                sum[k] += w * f * f;
            }
        }
    }
    memcpy(rz, sum, sizeof sum);
}

/* Currents out of the array through each end, from x; where an end is pinned, from its node's KCL. */
CNN_TARGET static void CNN_NAME(batch_currents)(const cnn_array *s, const cnn_batch *b)
{
    const ptrdiff_t m = s->m, n = s->n;
    for (ptrdiff_t i = 0; i < m; i++) {
        double *u = b->buffer;
        const double *x = b->x + i * n * L, *a = s->a + i * s->ai, *g = s->g + i * n;
        for (ptrdiff_t j = 0; j < n; j++)
            for (int k = 0; k < L; k++)
                u[j * L + k] = CNN_FMA(g[j], x[j * L + k], CNN_NAME(word_drive)(s, b, i, j, k));
        CNN_NAME(batch_row)(s, i, u);
        for (int k = 0; k < L; k++) {
            double into[2] = {0.0, 0.0}; /* what leaves the end nodes into the array */
            if (s->word_held[i]) {
                for (ptrdiff_t j = 0; j < n; j++)
                    into[0] += g[j] * (b->word_ref[i * L + k] - b->bit_ref[j * L + k] - x[j * L + k]);
                b->out[0][i * L + k] = s->ends[0][i] > 0.0 ? -into[0] : 0.0;
                b->out[1][i * L + k] = s->ends[0][i] > 0.0 ? 0.0 : -into[0];
                continue;
            }
            for (int side = 0; side < 2; side++) {
                const ptrdiff_t j = side ? n - 1 : 0, next = side ? n - 2 : 1;
                const double v = b->word_ref[i * L + k] - b->bit_ref[j * L + k] + u[j * L + k] - x[j * L + k];
                into[side] = g[j] * v;
                if (n > 1)
                    into[side] += a[(side ? n - 2 : 0) * s->aj] * (u[j * L + k] - u[next * L + k]);
            }
            for (int side = 0; side < 2; side++) {
                const ptrdiff_t j = side ? n - 1 : 0;
                double *out = b->out[side] + i * L + k;
                *out = s->ends[side][i] == INFINITY ? -into[side]
                    : s->ends[side][i] * (u[j * L + k] - b->held[side][i * L + k]);
            }
            if (n == 1 && s->ends[0][i] == INFINITY && s->ends[1][i] < INFINITY)
                b->out[0][i * L + k] -= b->out[1][i * L + k];
            if (n == 1 && s->ends[1][i] == INFINITY && s->ends[0][i] < INFINITY)
                b->out[1][i * L + k] -= b->out[0][i * L + k];
        }
        for (ptrdiff_t j = 0; j < n; j++)
            if (s->bit_held[j])
                for (int k = 0; k < L; k++) {
                    const int side = s->ends[2][j] > 0.0 ? 2 : 3;
                    double *out = b->out[side] + j * L + k;
                    *out = i ? *out : 0.0;
                    b->out[5 - side][j * L + k] = 0.0;
                    *out += g[j] * (b->word_ref[i * L + k] - b->bit_ref[j * L + k] + u[j * L + k] - x[j * L + k]);
                }
        if (i == 0 || i == m - 1)
            for (ptrdiff_t j = 0; j < n; j++)
                for (int side = 0; side < 2; side++) {
                    if (i != (side ? m - 1 : 0) || s->bit_held[j])
                        continue;
                    const double end = s->ends[2 + side][j];
                    for (int k = 0; k < L; k++) {
                        double *out = b->out[2 + side] + j * L + k;
                        if (end < INFINITY) {
                            *out = end * (x[j * L + k] - b->held[2 + side][j * L + k]);
                            continue;
                        }
                        *out = g[j] * (b->word_ref[i * L + k] - b->bit_ref[j * L + k] + u[j * L + k] - x[j * L + k]);
                        if (m > 1) {
                            const ptrdiff_t next = side ? -n : n;
                            *out -= s->c[(side ? m - 2 : 0) * s->ci + j] * (x[j * L + k] - x[(j + next) * L + k]);
                        } else if (s->ends[3 - side][j] < INFINITY)
                            *out -= s->ends[3 - side][j] * (x[j * L + k] - b->held[3 - side][j * L + k]);
                    }
                }
    }
}
#undef L
#undef FOUR

static const cnn_array_code CNN_NAME(array_code) = {
    CNN_NAME(factor), CNN_NAME(residual), CNN_NAME(start), CNN_NAME(apply), CNN_NAME(update),
    CNN_NAME(finish), CNN_NAME(move), CNN_NAME(batch_start), CNN_NAME(batch_apply),
    CNN_NAME(batch_update), CNN_NAME(batch_currents),
};
