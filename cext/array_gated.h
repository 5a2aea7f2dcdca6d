/* Arrays of cells whose Jacobian is not symmetric, as a transistor at the bit line makes it.
 *
 * The current of a cell changes by g with its word node's voltage and by -h with its bit node's:
 * S = T_C - G T_R⁻¹ H, T_R with G and T_C with H on its diagonal. */

/* u ← T_R⁻¹ (h z) of `count` word lines from line i on. */
CNN_TARGET static void CNN_NAME(through_words)(const cnn_array *s, ptrdiff_t i, int count, const double *restrict z,
                                               double *restrict u)
{
    const double *restrict h = s->h + i * s->n;
#pragma omp simd
    for (ptrdiff_t j = 0; j < count * s->n; j++)
        u[j] = h[j] * z[j];
    CNN_NAME(solve_rows)(s, i, count, u);
}

/* r ← r + G T_R⁻¹ f, 0 at pinned nodes; x ← 0. */
CNN_TARGET static void CNN_NAME(reduce)(const cnn_array *s)
{
    const ptrdiff_t m = s->m, n = s->n;
    memset(s->x, 0, m * n * sizeof(double));
    for (ptrdiff_t i = 0; i < m;) {
        const int count = m - i < FOUR ? 1 : FOUR;
        double *restrict u = s->buffer, *restrict r = s->r + i * n;
        const double *restrict g = s->g + i * n, *restrict inverse = s->bi + i * n;
        memcpy(u, s->f + i * n, count * n * sizeof(double));
        CNN_NAME(solve_rows)(s, i, count, u);
#pragma omp simd
        for (ptrdiff_t j = 0; j < count * n; j++)
            r[j] = inverse[j] > 0.0 ? CNN_FMA(g[j], u[j], r[j]) : 0.0;
        i += count;
    }
}

/* q ← S z, 0 at pinned nodes. */
CNN_TARGET static void CNN_NAME(schur)(const cnn_array *s, const double *z, double *q)
{
    const ptrdiff_t m = s->m, n = s->n;
    for (ptrdiff_t i0 = 0; i0 < m;) {
        const int count = m - i0 < FOUR ? 1 : FOUR;
        CNN_NAME(through_words)(s, i0, count, z + i0 * n, s->buffer);
        for (ptrdiff_t i = i0; i < i0 + count; i++) {
            const double *restrict g = s->g + i * n, *restrict h = s->h + i * n, *restrict p = z + i * n;
            const double *restrict u = s->buffer + (i - i0) * n, *restrict inverse = s->bi + i * n;
            const double *before = i ? s->c + (i - 1) * s->ci : s->ends[2];
            const double *after = i < m - 1 ? s->c + i * s->ci : s->ends[3];
            const double *up = i ? p - n : p, *down = i < m - 1 ? p + n : p;
            const double first = i ? 1.0 : 0.0, last = i < m - 1 ? 1.0 : 0.0;
            double *restrict to = q + i * n;
#pragma omp simd
            for (ptrdiff_t j = 0; j < n; j++) {
                const double l = before[j] < INFINITY ? before[j] : 0.0;
                const double e = after[j] < INFINITY ? after[j] : 0.0;
                const double wires = l * (p[j] - first * up[j]) + e * (p[j] - last * down[j]);
                to[j] = inverse[j] > 0.0 ? wires + g[j] * (p[j] - u[j]) + (h[j] - g[j]) * p[j] : 0.0;
            }
        }
        i0 += count;
    }
}

/* z ← T_C⁻¹ r. */
CNN_TARGET static void CNN_NAME(precondition)(const cnn_array *s, const double *r, double *z)
{
    const ptrdiff_t m = s->m, n = s->n;
    memcpy(z, r, n * sizeof(double));
    for (ptrdiff_t i = 1; i < m; i++) {
        const double *restrict c = s->c + (i - 1) * s->ci, *restrict inverse = s->bi + (i - 1) * n;
        const double *restrict from = r + i * n, *restrict above = z + (i - 1) * n;
        double *restrict to = z + i * n;
#pragma omp simd
        for (ptrdiff_t j = 0; j < n; j++)
            to[j] = CNN_FMA(c[j] * inverse[j], above[j], from[j]);
    }
    for (ptrdiff_t j = 0; j < n; j++)
        z[(m - 1) * n + j] *= s->bi[(m - 1) * n + j];
    for (ptrdiff_t i = m - 2; i >= 0; i--) {
        const double *restrict c = s->c + i * s->ci, *restrict inverse = s->bi + i * n;
        const double *restrict below = z + (i + 1) * n;
        double *restrict to = z + i * n;
#pragma omp simd
        for (ptrdiff_t j = 0; j < n; j++)
            to[j] = inverse[j] * CNN_FMA(c[j], below[j], to[j]);
    }
}

/* y ← a x + b y. */
CNN_TARGET static void CNN_NAME(combine)(ptrdiff_t count, double a, const double *restrict x, double b,
                                         double *restrict y)
{
#pragma omp simd
    for (ptrdiff_t k = 0; k < count; k++)
        y[k] = CNN_FMA(a, x[k], b * y[k]);
}

/* x·y. */
CNN_TARGET static double CNN_NAME(dot)(ptrdiff_t count, const double *x, const double *y)
{
    double sum = 0.0;
#pragma omp simd reduction(+ : sum)
    for (ptrdiff_t k = 0; k < count; k++)
        sum += x[k] * y[k];
    return sum;
}
