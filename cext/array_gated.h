/* BiCGSTAB for arrays of cells whose Jacobian is not symmetric, as with a transistor at the bit line.
 *
 * The current of a cell changes by g with its word node's voltage and by -h with its bit node's:
 * S = T_C - G T_R⁻¹ H, T_R with G and T_C with H on its diagonal. In the transposed system the two
 * couplings are exchanged. */

/* Row i with its values added up where nodes are joined, and 0 at pinned nodes. */
CNN_TARGET static void OF_REAL(keep_free)(const cnn_work *k, ptrdiff_t i, REAL *restrict row)
{
    const unsigned char *joined = cnn_joined(k->bit_joined, k->bit_rows, k->ld, i);
    const REAL *restrict inverse = (const REAL *)k->b + i * k->ld;
    if (joined)
        OF_REAL(add_joined)(k, joined, row);
#pragma omp simd
    for (ptrdiff_t j = 0; j < k->ld; j++)
        row[j] = inverse[j] > 0 ? row[j] : 0;
}

/* r ← r + G T_R⁻¹ f, 0 at pinned nodes; x ← 0. */
CNN_TARGET static void OF_REAL(reduce)(const cnn_array *s, const cnn_work *k)
{
    const ptrdiff_t ld = k->ld;
    memset(k->x, 0, k->rows * ld * sizeof(double));
    for (ptrdiff_t i = 0; i < s->m; i += TILE) {
        REAL *restrict u = k->u, *restrict r = (REAL *)k->r + i * ld;
        const REAL *restrict g = OF_REAL(from_words)(s, k) + i * ld, *restrict inverse = (const REAL *)k->b + i * ld;
        memcpy(u, (const REAL *)k->f + i * ld, TILE * ld * sizeof(REAL));
        OF_REAL(solve_tile)(k, i, u);
        if (!k->bit_joined) {
#pragma omp simd
            for (ptrdiff_t j = 0; j < TILE * ld; j++)
                r[j] = inverse[j] > 0 ? FMA(g[j], u[j], r[j]) : 0;
            continue;
        }
#pragma omp simd
        for (ptrdiff_t j = 0; j < TILE * ld; j++)
            r[j] = FMA(g[j], u[j], r[j]);
        for (ptrdiff_t l = i; l < s->m && l < i + TILE; l++)
            OF_REAL(keep_free)(k, l, r + (l - i) * ld);
    }
}

/* q ← S z, 0 at pinned nodes. */
CNN_TARGET static void OF_REAL(schur)(const cnn_array *s, const cnn_work *k, const REAL *z, REAL *q)
{
    const ptrdiff_t m = s->m, ld = k->ld;
    const int all = k->bit_joined != NULL; /* currents of pinned nodes too, until they are added up */
    for (ptrdiff_t i0 = 0; i0 < m; i0 += TILE) {
        {
            REAL *restrict u = k->u;
            const REAL *restrict d = OF_REAL(from_bits)(s, k) + i0 * ld, *restrict p = z + i0 * ld;
#pragma omp simd
            for (ptrdiff_t j = 0; j < TILE * ld; j++)
                u[j] = d[j] * p[j];
        }
        OF_REAL(solve_tile)(k, i0, k->u);
        for (ptrdiff_t i = i0; i < m && i < i0 + TILE; i++) {
            const REAL *restrict g = OF_REAL(from_words)(s, k) + i * ld, *restrict h = (const REAL *)k->h + i * ld;
            const REAL *restrict p = z + i * ld, *restrict u = (const REAL *)k->u + (i - i0) * ld;
            const REAL *restrict before = OF_REAL(links)(s, k, i), *restrict after = OF_REAL(links)(s, k, i + 1);
            const REAL *restrict inverse = (const REAL *)k->b + i * ld;
            REAL *restrict to = q + i * ld;
#pragma omp simd
            for (ptrdiff_t j = 0; j < ld; j++) {
                const REAL wires = before[j] * (p[j] - p[j - ld]) + after[j] * (p[j] - p[j + ld]);
                const REAL out = wires + g[j] * (p[j] - u[j]) + (h[j] - g[j]) * p[j];
                to[j] = all | (inverse[j] > 0) ? out : 0;
            }
            if (all)
                OF_REAL(keep_free)(k, i, to);
        }
    }
}

/* z ← T_C⁻¹ r. */
CNN_TARGET static void OF_REAL(precondition)(const cnn_array *s, const cnn_work *k, const REAL *r, REAL *z)
{
    const ptrdiff_t m = s->m, ld = k->ld;
    for (ptrdiff_t i = 0; i < m; i++) {
        const REAL *restrict c = OF_REAL(links)(s, k, i), *restrict inverse = (const REAL *)k->b + (i - 1) * ld;
        const REAL *restrict from = r + i * ld, *restrict above = z + (i - 1) * ld;
        REAL *restrict to = z + i * ld;
        OF_REAL(lower)(ld, cnn_joined(k->bit_joined, k->bit_rows, ld, i), c, inverse, above, from, to);
    }
    for (ptrdiff_t i = m - 1; i >= 0; i--) {
        const REAL *restrict c = OF_REAL(links)(s, k, i + 1), *restrict inverse = (const REAL *)k->b + i * ld;
        const REAL *restrict below = z + (i + 1) * ld;
        const unsigned char *restrict joined = cnn_joined(k->bit_joined, k->bit_rows, ld, i);
        REAL *restrict to = z + i * ld;
#pragma omp simd
        for (ptrdiff_t j = 0; j < ld; j++)
            to[j] = inverse[j] * FMA(c[j], below[j], to[j]);
        for (ptrdiff_t j = 0; joined && j < ld; j++)
            to[j] = joined[j] & CNN_JOINED_NEXT ? below[j] : to[j];
    }
}

/* y ← a x + b y. */
CNN_TARGET static void OF_REAL(combine)(const cnn_work *k, double a, const REAL *restrict x, double b,
                                        REAL *restrict y)
{
    const REAL one = (REAL)a, other = (REAL)b;
#pragma omp simd
    for (ptrdiff_t j = 0; j < k->rows * k->ld; j++)
        y[j] = FMA(one, x[j], other * y[j]);
}

/* x ← x + a z. */
CNN_TARGET static void OF_REAL(advance)(const cnn_work *k, double a, const REAL *restrict z)
{
    double *restrict x = k->x;
#pragma omp simd
    for (ptrdiff_t j = 0; j < k->rows * k->ld; j++)
        x[j] += a * (double)z[j];
}

/* x·y. */
CNN_TARGET static double OF_REAL(dot)(const cnn_work *k, const REAL *x, const REAL *y)
{
    double total = 0.0;
    for (ptrdiff_t i = 0; i < k->rows; i++, x += k->ld, y += k->ld) {
        REAL sum = 0;
#pragma omp simd reduction(+ : sum)
        for (ptrdiff_t j = 0; j < k->ld; j++)
            sum += x[j] * y[j];
        total += (double)sum;
    }
    return total;
}

CNN_TARGET static int OF_REAL(stabilised)(const cnn_array *s, const cnn_work *k, double accuracy, ptrdiff_t most,
                                          ptrdiff_t *turns)
{
    REAL *r = k->r, *p = k->p, *v = k->q, *z = k->z, *t = k->t;
    const REAL *shadow = k->shadow;
    double before = 1.0, alpha = 0.0, omega = 1.0;
    OF_REAL(reduce)(s, k);
    double size = OF_REAL(dot)(k, r, r);
    const double goal = accuracy * accuracy * size;
    memcpy(k->shadow, r, k->rows * k->ld * sizeof(REAL));
    for (ptrdiff_t turn = 0; size > goal; turn++) {
        const double rho = OF_REAL(dot)(k, shadow, r);
        if (turn == most || rho == 0.0 || omega == 0.0)
            return CNN_STALLED;
        if (turn == 0)
            memcpy(p, r, k->rows * k->ld * sizeof(REAL));
        else {
            OF_REAL(combine)(k, -omega, v, 1.0, p);
            OF_REAL(combine)(k, 1.0, r, rho / before * (alpha / omega), p);
        }
        before = rho;
        OF_REAL(precondition)(s, k, p, z);
        OF_REAL(schur)(s, k, z, v);
        alpha = rho / OF_REAL(dot)(k, shadow, v);
        OF_REAL(advance)(k, alpha, z);
        OF_REAL(combine)(k, -alpha, v, 1.0, r);
        OF_REAL(precondition)(s, k, r, z);
        OF_REAL(schur)(s, k, z, t);
        size = OF_REAL(dot)(k, t, t);
        omega = size > 0.0 ? OF_REAL(dot)(k, t, r) / size : 0.0;
        OF_REAL(advance)(k, omega, z);
        OF_REAL(combine)(k, -omega, t, 1.0, r);
        size = OF_REAL(dot)(k, r, r);
        ++*turns;
    }
    if (!(size >= 0.0 && size < INFINITY))
        return CNN_STALLED;
    OF_REAL(finish)(s, k);
    return CNN_SOLVED;
}
