/* Conjugate gradients for arrays of symmetric cells: S = T_C - D T_R⁻¹ D, preconditioned with T_C and
 * a coarse grid.
 *
 * r is stored as L⁻¹ r, with T_C = L Δ Lᵀ: then r·T_C⁻¹r is a plain sum, and β is known before the
 * backward sweep, so that an iteration reads the matrices only twice. */

/* r ← L⁻¹ (r + D T_R⁻¹ f), x ← 0, p ← 0; `update` with α = β = 0 gives the first direction. */
CNN_TARGET static void OF_REAL(start)(const cnn_array *s, const cnn_work *k)
{
    const ptrdiff_t m = s->m, ld = k->ld;
    memset(k->x, 0, k->rows * ld * sizeof(double));
    memset(k->p, 0, k->rows * ld * sizeof(REAL));
    if (k->coarse.inverse)
        memset(k->coarse.r, 0, OF_REAL(points)(&k->coarse) * sizeof(double));
    for (ptrdiff_t i0 = 0; i0 < m; i0 += TILE) {
        memcpy(k->u, (const REAL *)k->f + i0 * ld, TILE * ld * sizeof(REAL));
        OF_REAL(solve_tile)(k, i0, k->u);
        for (ptrdiff_t i = i0; i < m && i < i0 + TILE; i++) {
            REAL *restrict r = (REAL *)k->r + i * ld;
            const REAL *restrict g = (const REAL *)k->g + i * ld, *restrict u = (const REAL *)k->u + (i - i0) * ld;
            const REAL *restrict c = OF_REAL(links)(s, k, i), *restrict inverse = (const REAL *)k->b + (i - 1) * ld;
            const REAL *restrict above = r - ld;
#pragma omp simd
            for (ptrdiff_t j = 0; j < ld; j++)
                r[j] = FMA(g[j], u[j], r[j]);
            if (k->coarse.inverse)
                OF_REAL(gather)(&k->coarse, i, inverse + ld, r, k->coarse.r);
#pragma omp simd
            for (ptrdiff_t j = 0; j < ld; j++)
                r[j] = FMA(c[j] * inverse[j], above[j], r[j]);
        }
    }
}

/* q ← L⁻¹ S p; sums: p·Sp, r·Δ⁻¹q, q·Δ⁻¹q. */
CNN_TARGET static void OF_REAL(apply)(const cnn_array *s, const cnn_work *k, double *sums)
{
    const ptrdiff_t m = s->m, ld = k->ld;
    double pq = 0.0, rq = 0.0, qq = 0.0;
    if (k->coarse.inverse)
        memset(k->coarse.y, 0, OF_REAL(points)(&k->coarse) * sizeof(double));
    for (ptrdiff_t i0 = 0; i0 < m; i0 += TILE) {
        {
            REAL *restrict u = k->u;
            const REAL *restrict g = (const REAL *)k->g + i0 * ld, *restrict p = (const REAL *)k->p + i0 * ld;
#pragma omp simd
            for (ptrdiff_t j = 0; j < TILE * ld; j++)
                u[j] = g[j] * p[j];
        }
        OF_REAL(solve_tile)(k, i0, k->u);
        for (ptrdiff_t i = i0; i < m && i < i0 + TILE; i++) {
            const REAL *restrict g = (const REAL *)k->g + i * ld, *restrict p = (const REAL *)k->p + i * ld;
            const REAL *restrict r = (const REAL *)k->r + i * ld, *restrict inverse = (const REAL *)k->b + i * ld;
            REAL *restrict u = (REAL *)k->u + (i - i0) * ld;
            const REAL *restrict before = OF_REAL(links)(s, k, i), *restrict after = OF_REAL(links)(s, k, i + 1);
            REAL *restrict q = (REAL *)k->q + i * ld;
            REAL a = 0, b = 0, c = 0;
#pragma omp simd reduction(+ : a, b, c)
            for (ptrdiff_t j = 0; j < ld; j++) {
                const REAL y = before[j] * (p[j] - p[j - ld]) + after[j] * (p[j] - p[j + ld]) + g[j] * (p[j] - u[j]);
                const REAL h = FMA(before[j] * inverse[j - ld], q[j - ld], y);
                q[j] = h;
                u[j] = y;
                a += p[j] * y;
                b += inverse[j] * r[j] * h;
                c += inverse[j] * h * h;
            }
            pq += (double)a;
            rq += (double)b;
            qq += (double)c;
            if (k->coarse.inverse)
                OF_REAL(gather)(&k->coarse, i, inverse, u, k->coarse.y);
        }
    }
    sums[0] = pq;
    sums[1] = rq;
    sums[2] = qq;
}

/* x ← x + α p, r ← r − α q, p ← T_C⁻¹(L r) + β p; returns r·Δ⁻¹r. */
CNN_TARGET static double OF_REAL(update)(const cnn_array *s, const cnn_work *k, double step, double keep)
{
    const ptrdiff_t m = s->m, ld = k->ld;
    const REAL alpha = (REAL)step, beta = (REAL)keep;
    double rz = 0.0;
    REAL *restrict z = k->u;
    memset(z, 0, ld * sizeof(REAL));
    for (ptrdiff_t i = m - 1; i >= 0; i--) {
        double *restrict x = k->x + i * ld;
        REAL *restrict r = (REAL *)k->r + i * ld, *restrict p = (REAL *)k->p + i * ld;
        const REAL *restrict q = (const REAL *)k->q + i * ld, *restrict inverse = (const REAL *)k->b + i * ld;
        const REAL *restrict c = OF_REAL(links)(s, k, i + 1);
        REAL part = 0;
#pragma omp simd reduction(+ : part)
        for (ptrdiff_t j = 0; j < ld; j++) {
            const REAL f = FMA(-alpha, q[j], r[j]);
            r[j] = f;
            x[j] += step * (double)p[j];
            z[j] = inverse[j] * FMA(c[j], z[j], f);
            p[j] = FMA(beta, p[j], z[j]);
            part += inverse[j] * f * f;
        }
        rz += (double)part;
        if (k->coarse.inverse)
            OF_REAL(spread)(&k->coarse, i, inverse, p);
    }
    return rz;
}

CNN_TARGET static int OF_REAL(conjugate)(const cnn_array *s, const cnn_work *k, double accuracy, ptrdiff_t most,
                                         ptrdiff_t *turns)
{
    double sums[3], smooth = 0.0;
    OF_REAL(start)(s, k);
    if (k->coarse.inverse)
        smooth = OF_REAL(correct)(&k->coarse, 0.0);
    double fine = OF_REAL(update)(s, k, 0.0, 0.0), rz = fine + smooth;
    const double goal = accuracy * accuracy * rz;
    for (ptrdiff_t turn = 0; rz > goal; turn++) {
        if (turn == most)
            return CNN_STALLED;
        OF_REAL(apply)(s, k, sums);
        if (!(sums[0] > 0.0))
            return CNN_INDEFINITE;
        const double alpha = rz / sums[0];
        if (k->coarse.inverse)
            smooth = OF_REAL(correct)(&k->coarse, alpha);
        /* The next r·z in advance, so that the next direction can be made in the same pass. */
        const double next = smooth + fine - 2.0 * alpha * sums[1] + alpha * alpha * sums[2];
        fine = OF_REAL(update)(s, k, alpha, next > CNN_CANCELLED * rz ? next / rz : 0.0);
        rz = fine + smooth;
        ++*turns;
    }
    if (!(rz >= 0.0 && rz < INFINITY))
        return CNN_INDEFINITE;
    OF_REAL(finish)(s, k);
    return CNN_SOLVED;
}
