/* Conjugate gradients for arrays of symmetric cells: S = T_C - D T_R⁻¹ D, preconditioned with T_C and
 * a coarse grid.
 *
 * r is stored as L⁻¹ r, with T_C = L Δ Lᵀ: then r·T_C⁻¹r is a plain sum, and β is known before the
 * backward sweep, so that an iteration reads the matrices only twice. */

/* Add up the values of a row and those carried from the row before where nodes are joined; the last one has the sum. */
CNN_TARGET static void OF_REAL(add_joined)(const cnn_work *k, const unsigned char *restrict joined,
                                           REAL *restrict row)
{
    double *restrict carry = k->carry;
#pragma omp simd
    for (ptrdiff_t j = 0; j < k->ld; j++) {
        const double sum = joined[j] & CNN_JOINED_HELD ? 0.0 : (double)row[j] + carry[j];
        carry[j] = joined[j] & CNN_JOINED_NEXT ? sum : 0.0;
        row[j] = (REAL)(sum - carry[j]);
    }
}

/* A row of L⁻¹ `from`, given the row above; `to` may be `from`. */
CNN_TARGET static void OF_REAL(lower)(ptrdiff_t ld, const unsigned char *joined, const REAL *c, const REAL *inverse,
                                      const REAL *above, const REAL *from, REAL *to)
{
    if (joined) {
#pragma omp simd
        for (ptrdiff_t j = 0; j < ld; j++)
            to[j] = FMA(joined[j] & CNN_JOINED_LAST ? 1 : c[j] * inverse[j], above[j], from[j]);
        return;
    }
#pragma omp simd
    for (ptrdiff_t j = 0; j < ld; j++)
        to[j] = FMA(c[j] * inverse[j], above[j], from[j]);
}

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
            const unsigned char *joined = cnn_joined(k->bit_joined, k->bit_rows, ld, i);
#pragma omp simd
            for (ptrdiff_t j = 0; j < ld; j++)
                r[j] = FMA(g[j], u[j], r[j]);
            if (joined)
                OF_REAL(add_joined)(k, joined, r);
            if (k->coarse.inverse)
                OF_REAL(gather)(&k->coarse, i, inverse + ld, r, k->coarse.r);
            OF_REAL(lower)(ld, joined, c, inverse, above, r, r);
        }
    }
}

/* Row i of q ← L⁻¹ S p; u: T_R⁻¹ D p there, overwritten with S p. */
CNN_TARGET static inline void OF_REAL(apply_row)(const cnn_array *s, const cnn_work *k, ptrdiff_t i,
                                                 const unsigned char *restrict joined, REAL *restrict u, double *sums)
{
    const ptrdiff_t ld = k->ld;
    const REAL *restrict g = (const REAL *)k->g + i * ld, *restrict p = (const REAL *)k->p + i * ld;
    const REAL *restrict r = (const REAL *)k->r + i * ld, *restrict inverse = (const REAL *)k->b + i * ld;
    const REAL *restrict before = OF_REAL(links)(s, k, i), *restrict after = OF_REAL(links)(s, k, i + 1);
    REAL *restrict q = (REAL *)k->q + i * ld;
    REAL a = 0, b = 0, c = 0;
#pragma omp simd reduction(+ : a, b, c)
    for (ptrdiff_t j = 0; j < ld; j++) {
        const REAL y = before[j] * (p[j] - p[j - ld]) + after[j] * (p[j] - p[j + ld]) + g[j] * (p[j] - u[j]);
        const REAL factor = joined && joined[j] & CNN_JOINED_LAST ? 1 : before[j] * inverse[j - ld];
        const REAL h = FMA(factor, q[j - ld], y);
        q[j] = h;
        u[j] = y;
        a += p[j] * y;
        b += inverse[j] * r[j] * h;
        c += inverse[j] * h * h;
    }
    sums[0] += (double)a;
    sums[1] += (double)b;
    sums[2] += (double)c;
}

/* q ← L⁻¹ S p; sums: p·Sp, r·Δ⁻¹q, q·Δ⁻¹q. */
CNN_TARGET static void OF_REAL(apply)(const cnn_array *s, const cnn_work *k, double *sums)
{
    const ptrdiff_t m = s->m, ld = k->ld;
    sums[0] = sums[1] = sums[2] = 0.0;
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
            REAL *u = (REAL *)k->u + (i - i0) * ld;
            const unsigned char *joined = cnn_joined(k->bit_joined, k->bit_rows, ld, i);
            if (joined)
                OF_REAL(apply_row)(s, k, i, joined, u, sums);
            else
                OF_REAL(apply_row)(s, k, i, NULL, u, sums);
            if (joined && k->coarse.inverse)
                OF_REAL(add_joined)(k, joined, u);
            if (k->coarse.inverse)
                OF_REAL(gather)(&k->coarse, i, (const REAL *)k->b + i * ld, u, k->coarse.y);
        }
    }
}

/* Row i of `update`; z: T_C⁻¹ L r of the row below, overwritten with that of this one. */
CNN_TARGET static inline double OF_REAL(update_row)(const cnn_array *s, const cnn_work *k, ptrdiff_t i, double step,
                                                    REAL beta, const unsigned char *restrict joined, REAL *restrict z)
{
    const ptrdiff_t ld = k->ld;
    const REAL alpha = (REAL)step;
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
        z[j] = joined && joined[j] & CNN_JOINED_NEXT ? z[j] : inverse[j] * FMA(c[j], z[j], f);
        p[j] = FMA(beta, p[j], z[j]);
        part += inverse[j] * f * f;
    }
    if (k->coarse.inverse)
        OF_REAL(spread)(&k->coarse, i, inverse, p);
    return (double)part;
}

/* x ← x + α p, r ← r − α q, p ← T_C⁻¹(L r) + β p; returns r·Δ⁻¹r. */
CNN_TARGET static double OF_REAL(update)(const cnn_array *s, const cnn_work *k, double step, double keep)
{
    const ptrdiff_t m = s->m, ld = k->ld;
    double rz = 0.0;
    REAL *z = k->u;
    memset(z, 0, ld * sizeof(REAL));
    for (ptrdiff_t i = m - 1; i >= 0; i--) {
        const unsigned char *joined = cnn_joined(k->bit_joined, k->bit_rows, ld, i);
        if (!joined) {
            rz += OF_REAL(update_row)(s, k, i, step, (REAL)keep, NULL, z);
            continue;
        }
        rz += OF_REAL(update_row)(s, k, i, step, (REAL)keep, joined, z);
        REAL *restrict p = (REAL *)k->p + i * ld;
        for (ptrdiff_t j = 0; j < ld; j++)
            p[j] = joined[j] & CNN_JOINED_NEXT ? p[j + ld] : p[j];
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
