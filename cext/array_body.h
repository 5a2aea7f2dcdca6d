/* Lines and conjugate gradients of an array, for symmetric cells. */

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
        const double *h = s->h + i * n, *above = s->bi + (i - 1) * n;
        const double *before = i ? s->c + (i - 1) * s->ci : s->ends[2];
        const double *after = i < m - 1 ? s->c + i * s->ci : s->ends[3];
        double *inverse = s->bi + i * n;
        int wrong = 0;
        for (ptrdiff_t j = 0; j < n; j++) {
            const double d = h[j] + before[j] + after[j];
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
        const double *restrict h = s->h + i * n, *restrict x = s->x + i * n, *restrict f = s->f + i * n;
#pragma omp simd
        for (ptrdiff_t j = 0; j < count * n; j++)
            p[j] = CNN_FMA(h[j], x[j], f[j]);
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
