/* Many right-hand sides of a linear array at once; lanes are innermost. */
#define L CNN_LANES

/* u ← T_R⁻¹ u for word line i. */
CNN_TARGET static void CNN_NAME(batch_row)(const cnn_array *s, const cnn_work *work, ptrdiff_t i,
                                           double *restrict u)
{
    const ptrdiff_t n = s->n, turned = i % CNN_TILE;
    const double *a = s->a + i * s->ai, *w = (const double *)work->w + (i - turned) * work->ld + turned;
    double y[L];
    memcpy(y, u, sizeof y);
    for (ptrdiff_t j = 1; j < n; j++) {
        const double l = a[(j - 1) * s->aj] * w[(j - 1) * CNN_TILE];
#pragma omp simd
        for (int k = 0; k < L; k++)
            u[j * L + k] = y[k] = CNN_FMA(l, y[k], u[j * L + k]);
    }
#pragma omp simd
    for (int k = 0; k < L; k++)
        u[(n - 1) * L + k] = y[k] *= w[(n - 1) * CNN_TILE];
    for (ptrdiff_t j = n - 2; j >= 0; j--) {
        const double pivot = w[j * CNN_TILE], l = a[j * s->aj] * pivot;
#pragma omp simd
        for (int k = 0; k < L; k++)
            u[j * L + k] = y[k] = CNN_FMA(l, y[k], pivot * u[j * L + k]);
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

/* As `start`, with all deviations zero. */
CNN_TARGET static void CNN_NAME(batch_start)(const cnn_array *s, const cnn_work *work, const cnn_batch *b)
{
    const ptrdiff_t m = s->m, n = s->n;
    const double *pivots = work->b;
    memset(b->x, 0, m * n * L * sizeof(double));
    memset(b->p, 0, m * n * L * sizeof(double));
    memset(b->q, 0, m * n * L * sizeof(double));
    for (ptrdiff_t i = 0; i < m; i++) {
        double *restrict u = b->buffer, *restrict r = b->r + i * n * L;
        for (ptrdiff_t j = 0; j < n; j++)
            for (int k = 0; k < L; k++)
                u[j * L + k] = CNN_NAME(word_drive)(s, b, i, j, k);
        CNN_NAME(batch_row)(s, work, i, u);
        for (ptrdiff_t j = 0; j < n; j++) {
            const double g = s->g[i * n + j];
            const double top = i == 0 ? cnn_finite(s->ends[2][j]) : 0.0;
            const double bottom = i == m - 1 ? cnn_finite(s->ends[3][j]) : 0.0;
            const double l = i ? s->c[(i - 1) * s->ci + j] * pivots[(i - 1) * work->ld + j] : 0.0;
            for (int k = 0; k < L; k++) {
                double f = g * (b->word_ref[i * L + k] - b->bit_ref[j * L + k] + u[j * L + k]);
                f += top * b->held[2][j * L + k] + bottom * b->held[3][j * L + k];
                r[j * L + k] = i ? CNN_FMA(l, r[(j - n) * L + k], f) : f;
            }
        }
    }
}

/* As `apply`, per lane; `sums` has 3 rows. */
CNN_TARGET static void CNN_NAME(batch_apply)(const cnn_array *s, const cnn_work *work, const cnn_batch *b, double *sums)
{
    const ptrdiff_t m = s->m, n = s->n;
    double pq[L] = {0.0}, rq[L] = {0.0}, qq[L] = {0.0};
    for (ptrdiff_t i = 0; i < m; i++) {
        double *restrict u = b->buffer, *restrict q = b->q + i * n * L;
        const double *restrict p = b->p + i * n * L, *restrict r = b->r + i * n * L;
        const double *restrict g = s->g + i * n, *restrict inverse = (const double *)work->b + i * work->ld;
        for (ptrdiff_t j = 0; j < n; j++)
#pragma omp simd
            for (int k = 0; k < L; k++)
                u[j * L + k] = g[j] * p[j * L + k];
        CNN_NAME(batch_row)(s, work, i, u);
        for (ptrdiff_t j = 0; j < n; j++) {
            const double before = cnn_finite(i ? s->c[(i - 1) * s->ci + j] : s->ends[2][j]);
            const double after = cnn_finite(i < m - 1 ? s->c[i * s->ci + j] : s->ends[3][j]);
            const double from_up = i ? before : 0.0, from_down = i < m - 1 ? after : 0.0;
            const double d = before + after + g[j], w = inverse[j], l = i ? from_up * inverse[j - work->ld] : 0.0;
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

/* As `update`, per lane. */
CNN_TARGET static void CNN_NAME(batch_update)(const cnn_array *s, const cnn_work *work, const cnn_batch *b,
                                              const double *alpha, const double *beta, double *rz)
{
    const ptrdiff_t m = s->m, n = s->n;
    const double *pivots = work->b;
    double step[L], keep[L], sum[L] = {0.0};
    memcpy(step, alpha, sizeof step);
    memcpy(keep, beta, sizeof keep);
    memset(b->buffer, 0, n * L * sizeof(double));
    for (ptrdiff_t i = m - 1; i >= 0; i--) {
        double *restrict x = b->x + i * n * L, *restrict r = b->r + i * n * L, *restrict p = b->p + i * n * L;
        double *restrict z = b->buffer;
        const double *restrict q = b->q + i * n * L;
        for (ptrdiff_t j = 0; j < n; j++) {
            const double w = pivots[i * work->ld + j], c = i < m - 1 ? s->c[i * s->ci + j] : 0.0;
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

/* Currents out of the array through each end, from x; at a pinned end, from its node's KCL. The voltages of the
   cells overwrite the residuals. */
CNN_TARGET static void CNN_NAME(batch_currents)(const cnn_array *s, const cnn_work *work, const cnn_batch *b)
{
    const ptrdiff_t m = s->m, n = s->n;
    for (ptrdiff_t i = 0; i < m; i++) {
        double *u = b->buffer;
        const double *x = b->x + i * n * L, *a = s->a + i * s->ai, *g = s->g + i * n;
        for (ptrdiff_t j = 0; j < n; j++)
            for (int k = 0; k < L; k++)
                u[j * L + k] = CNN_FMA(g[j], x[j * L + k], CNN_NAME(word_drive)(s, b, i, j, k));
        CNN_NAME(batch_row)(s, work, i, u);
        for (ptrdiff_t j = 0; j < n; j++)
#pragma omp simd
            for (int k = 0; k < L; k++)
                b->r[(i * n + j) * L + k] = b->word_ref[i * L + k] - b->bit_ref[j * L + k] + u[j * L + k] - x[j * L + k];
        for (int k = 0; k < L; k++) {
            double into[2] = {0.0, 0.0}; /* currents from the end nodes into the array */
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

static const cnn_batch_code CNN_NAME(array_batch) = {
    CNN_NAME(batch_start), CNN_NAME(batch_apply), CNN_NAME(batch_update), CNN_NAME(batch_currents),
};
#undef L
