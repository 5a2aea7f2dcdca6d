/* Voltages of an array's nodes: cell voltages, their rounding, their references. */

/* Voltages of the cells. */
static inline void cnn_array_voltages(const cnn_array *s, double *restrict v)
{
    const ptrdiff_t n = s->n;
    for (ptrdiff_t i = 0; i < s->m; i++) {
        const double *restrict w = s->xw + i * n, *restrict b = s->xb + i * n;
        for (ptrdiff_t j = 0; j < n; j++)
            v[i * n + j] = (s->word_ref[i] - s->bit_ref[j]) + (w[j] - b[j]);
    }
}

/* Voltages from the gates to the bit lines. */
static inline void cnn_array_gates(const cnn_array *s, double *restrict v)
{
    const ptrdiff_t n = s->n;
    for (ptrdiff_t i = 0; i < s->m; i++)
        for (ptrdiff_t j = 0; j < n; j++)
            v[i * n + j] = (s->gate[s->gate_i * i + s->gate_j * j] - s->bit_ref[j]) - s->xb[i * n + j];
}

/* What joins the nodes of a row, or NULL if nothing does. */
static inline const unsigned char *cnn_joined(const unsigned char *joined, const unsigned char *rows, ptrdiff_t ld,
                                              ptrdiff_t i)
{
    return joined && rows[i] ? joined + i * ld : NULL;
}

/* Add up the currents into joined nodes of a word line at the last of them; none count where an end holds them. */
static inline void cnn_add_joined(const unsigned char *joined, ptrdiff_t n, double *f)
{
    for (ptrdiff_t j = 0; j < n; j++) {
        if (joined[j] & CNN_JOINED_HELD)
            f[j] = 0.0;
        if (joined[j] & CNN_JOINED_NEXT) {
            f[j + 1] += f[j];
            f[j] = 0.0;
        }
    }
}

/* Rounding errors of the residuals of the word lines (m) and of the bit lines (n). */
static inline void cnn_array_noise(const cnn_array *s, double rounding, double *noise)
{
    const ptrdiff_t m = s->m, n = s->n;
    double *bits = noise + m;
    memset(noise, 0, (m + n) * sizeof(double));
    for (ptrdiff_t i = 0; i < m; i++)
        for (ptrdiff_t j = 0; j < n; j++) {
            const ptrdiff_t k = i * n + j;
            const double word = fabs(s->xw[k]), bit = fabs(s->xb[k]);
            double cell = fabs(s->word_ref[i]) + fabs(s->bit_ref[j]) + word + bit;
            if (s->gate)
                cell += fabs(s->gate[s->gate_i * i + s->gate_j * j]);
            cell *= s->g[k] > s->h[k] ? s->g[k] : s->h[k];
            noise[i] += cell;
            bits[j] += cell;
            if (j < n - 1)
                noise[i] += s->a[i * s->ai + j * s->aj] * (word + fabs(s->xw[k + 1]));
            if (i < m - 1)
                bits[j] += s->c[i * s->ci + j] * (bit + fabs(s->xb[k + n]));
        }
    for (int side = 0; side < 4; side++)
        for (ptrdiff_t k = 0; k < (side < 2 ? m : n); k++) {
            const double *x = side < 2 ? s->xw + k * n + (side == 1 ? n - 1 : 0)
                                       : s->xb + k + (side == 3 ? (m - 1) * n : 0);
            if (s->ends[side][k] < INFINITY)
                noise[side < 2 ? k : m + k] += s->ends[side][k] * (fabs(s->held[side][k]) + fabs(*x));
        }
    for (ptrdiff_t i = 0; i < m + n; i++)
        noise[i] *= rounding;
}

/* Whether the node in the middle of a line is farther from the reference than from the nodes at its ends. */
static inline int cnn_array_far(double first, double middle, double last)
{
    return fabs(middle) > fmax(fabs(first - middle), fabs(last - middle));
}

/* Move the reference of each unpinned line to the voltage at its middle, if the line as a whole is far from it. */
static inline void cnn_array_rebase(cnn_array *s)
{
    const ptrdiff_t m = s->m, n = s->n;
    for (ptrdiff_t i = 0; i < m; i++) {
        double *restrict x = s->xw + i * n;
        const int pinned = s->ends[0][i] == INFINITY || s->ends[1][i] == INFINITY;
        if (pinned || !cnn_array_far(x[0], x[n / 2], x[n - 1]))
            continue;
        /* Shift by the rounded move of the reference, so that the nodes stay where they are. */
        const double before = s->word_ref[i];
        s->word_ref[i] += x[n / 2];
        const double shift = s->word_ref[i] - before;
        /* Not by subtracting the shift: an iteration may pass through kilovolts, whose rounding would remain. */
        s->held[0][i] = s->given[0][i] - s->word_ref[i];
        s->held[1][i] = s->given[1][i] - s->word_ref[i];
        for (ptrdiff_t j = 0; j < n; j++)
            x[j] -= shift;
    }
    double *restrict shift = s->buffer;
    const double *top = s->xb, *middle = s->xb + m / 2 * n, *bottom = s->xb + (m - 1) * n;
    int any = 0;
    for (ptrdiff_t j = 0; j < n; j++) {
        const int pinned = s->ends[2][j] == INFINITY || s->ends[3][j] == INFINITY;
        const int moves = !pinned && cnn_array_far(top[j], middle[j], bottom[j]);
        const double before = s->bit_ref[j];
        s->bit_ref[j] += moves ? middle[j] : 0.0;
        shift[j] = s->bit_ref[j] - before;
        any |= moves;
        s->held[2][j] = s->given[2][j] - s->bit_ref[j];
        s->held[3][j] = s->given[3][j] - s->bit_ref[j];
    }
    for (ptrdiff_t i = 0; any && i < m; i++)
        for (ptrdiff_t j = 0; j < n; j++)
            s->xb[i * n + j] -= shift[j];
}

/* Sums of the cells' conductances over the blocks of a coarse grid, times powers 0, 1, 2 of both relative positions:
 * (rows, columns, 3, 3). */
static inline void cnn_array_moments(const cnn_array *s, const cnn_coarse *c, double *moments)
{
    memset(moments, 0, 9 * c->rows * c->columns * sizeof(double));
    for (ptrdiff_t i = 0; i < s->m; i++) {
        const double *restrict g = s->g + i * s->n, way = c->way[i];
        for (ptrdiff_t b = 0; b < c->columns; b++) {
            double *to = moments + 9 * (c->block[i] * c->columns + b), zero = 0.0, one = 0.0, two = 0.0;
#pragma omp simd reduction(+ : zero, one, two)
            for (ptrdiff_t j = c->starts[b]; j < c->starts[b + 1]; j++) {
                const double along = (double)c->along[j];
                zero += g[j];
                one += along * g[j];
                two += along * along * g[j];
            }
            const double sums[3] = {zero, one, two};
            for (int q = 0; q < 3; q++) {
                to[q] += sums[q];
                to[3 + q] += way * sums[q];
                to[6 + q] += way * way * sums[q];
            }
        }
    }
}
