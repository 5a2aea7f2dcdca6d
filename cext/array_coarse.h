/* The coarse grid's part of the preconditioner z ← T_C⁻¹ r + P A⁻¹ Pᵀ r, where P interpolates between its points. */

static inline ptrdiff_t OF_REAL(points)(const cnn_coarse *c) { return (c->rows + 1) * (c->columns + 1); }

/* to ← to + Pᵀ row for row i; pinned nodes are not in the matrix. */
CNN_TARGET static void OF_REAL(gather)(const cnn_coarse *c, ptrdiff_t i, const REAL *restrict inverse,
                                       const REAL *restrict row, double *restrict to)
{
    const ptrdiff_t width = c->columns + 1;
    double *restrict near = to + c->block[i] * width, *restrict far = near + width;
    for (ptrdiff_t b = 0; b < c->columns; b++) {
        REAL all = 0, right = 0;
#pragma omp simd reduction(+ : all, right)
        for (ptrdiff_t j = c->starts[b]; j < c->starts[b + 1]; j++) {
            const REAL here = inverse[j] > 0 ? row[j] : 0;
            all += here;
            right += (REAL)c->along[j] * here;
        }
        const double later = c->way[i], left = (double)all - (double)right;
        near[b] += (1.0 - later) * left;
        near[b + 1] += (1.0 - later) * (double)right;
        far[b] += later * left;
        far[b + 1] += later * (double)right;
    }
}

/* row ← row + P e for row i, except at pinned nodes. */
CNN_TARGET static void OF_REAL(spread)(const cnn_coarse *c, ptrdiff_t i, const REAL *restrict inverse,
                                       REAL *restrict row)
{
    const ptrdiff_t width = c->columns + 1;
    const double *near = c->e + c->block[i] * width, *far = near + width;
    for (ptrdiff_t b = 0; b < c->columns; b++) {
        const double later = c->way[i];
        const REAL left = (REAL)((1.0 - later) * near[b] + later * far[b]);
        const REAL rise = (REAL)((1.0 - later) * near[b + 1] + later * far[b + 1]) - left;
#pragma omp simd
        for (ptrdiff_t j = c->starts[b]; j < c->starts[b + 1]; j++)
            row[j] += inverse[j] > 0 ? FMA((REAL)c->along[j], rise, left) : 0;
    }
}

/* r ← r − α y, e ← A⁻¹ r; returns r·e. */
CNN_TARGET static double OF_REAL(correct)(const cnn_coarse *c, double alpha)
{
    const ptrdiff_t count = OF_REAL(points)(c);
    double total = 0.0;
    for (ptrdiff_t k = 0; k < count; k++)
        c->r[k] -= alpha * c->y[k];
    for (ptrdiff_t k = 0; k < count; k++) {
        const double *restrict row = c->inverse + k * count, *restrict r = c->r;
        double sum = 0.0;
#pragma omp simd reduction(+ : sum)
        for (ptrdiff_t l = 0; l < count; l++)
            sum += row[l] * r[l];
        c->e[k] = sum;
        total += sum * r[k];
    }
    return total;
}
