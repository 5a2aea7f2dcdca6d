/* The lines of an array: their tridiagonals, and Kirchhoff's current law at their nodes. */

typedef REAL OF_REAL(quad) __attribute__((vector_size(4 * sizeof(REAL)), aligned(sizeof(REAL)), may_alias));

/* to ← fromᵀ of 4 × 4 elements. */
CNN_TARGET static inline void OF_REAL(turn)(const REAL *from, ptrdiff_t from_ld, REAL *to, ptrdiff_t to_ld)
{
    typedef OF_REAL(quad) quad;
    const quad a = *(const quad *)from, b = *(const quad *)(from + from_ld);
    const quad c = *(const quad *)(from + 2 * from_ld), d = *(const quad *)(from + 3 * from_ld);
    const quad ac = __builtin_shufflevector(a, c, 0, 4, 1, 5), ca = __builtin_shufflevector(a, c, 2, 6, 3, 7);
    const quad bd = __builtin_shufflevector(b, d, 0, 4, 1, 5), db = __builtin_shufflevector(b, d, 2, 6, 3, 7);
    *(quad *)to = __builtin_shufflevector(ac, bd, 0, 4, 1, 5);
    *(quad *)(to + to_ld) = __builtin_shufflevector(ac, bd, 2, 6, 3, 7);
    *(quad *)(to + 2 * to_ld) = __builtin_shufflevector(ca, db, 0, 4, 1, 5);
    *(quad *)(to + 3 * to_ld) = __builtin_shufflevector(ca, db, 2, 6, 3, 7);
}

/* u ← T_R⁻¹ u for the tile of word lines from line i on.
 * A tridiagonal recurrence is sequential; so the lines of a tile go through it as lanes of a vector. */
CNN_TARGET static void OF_REAL(solve_tile)(const cnn_work *k, ptrdiff_t i, REAL *restrict u)
{
    const ptrdiff_t ld = k->ld, aj = k->aj;
    const REAL *restrict a = (const REAL *)k->a + i / TILE * k->ai, *restrict w = (const REAL *)k->w + i * ld;
    REAL *restrict t = k->turned;
    REAL y[TILE];
    for (ptrdiff_t j = 0; j < ld; j += 4)
        for (int l = 0; l < TILE; l += 4)
            OF_REAL(turn)(u + l * ld + j, ld, t + j * TILE + l, TILE);
    memcpy(y, t, sizeof y);
    for (ptrdiff_t j = 1; j < ld; j++) {
        const REAL *restrict link = a + (j - 1) * aj, *restrict pivot = w + (j - 1) * TILE;
#pragma omp simd
        for (int l = 0; l < TILE; l++)
            t[j * TILE + l] = y[l] = FMA(link[l] * pivot[l], y[l], t[j * TILE + l]);
    }
    for (int l = 0; l < TILE; l++)
        y[l] = 0;
    for (ptrdiff_t j = ld - 1; j >= 0; j--) {
        const REAL *restrict link = a + j * aj, *restrict pivot = w + j * TILE;
#pragma omp simd
        for (int l = 0; l < TILE; l++)
            t[j * TILE + l] = y[l] = FMA(link[l] * pivot[l], y[l], pivot[l] * t[j * TILE + l]);
    }
    for (ptrdiff_t j = 0; j < ld; j += 4)
        for (int l = 0; l < TILE; l += 4)
            OF_REAL(turn)(t + j * TILE + l, TILE, u + l * ld + j, ld);
}

/* Links of bit lines from row i - 1 to row i; the ends are the links of the outermost rows. */
static inline const REAL *OF_REAL(links)(const cnn_array *s, const cnn_work *k, ptrdiff_t i)
{
    return i == 0 ? k->top : i == s->m ? k->bottom : (const REAL *)k->c + (i - 1) * k->ci;
}

/* Conductances, other than links, that hold the nodes of a tile of word lines: cells and ends; `stride` per line. */
CNN_TARGET static void OF_REAL(holds)(const cnn_array *s, ptrdiff_t i0, ptrdiff_t stride, double *d)
{
    const ptrdiff_t n = s->n;
    for (ptrdiff_t i = i0; i < s->m && i < i0 + TILE; i++, d += stride) {
        memcpy(d, s->g + i * n, n * sizeof(double));
        d[0] += s->ends[0][i];
        d[n - 1] += s->ends[1][i];
    }
}

/* Conductance that holds the node after a link, from that of the node before it, in series with the link. */
static inline double OF_REAL(carried)(double held, double link, double inverse)
{
    return held < INFINITY ? held * link * inverse : link;
}

/* Links of a tile of word lines from column j to the next. */
static inline void OF_REAL(word_links)(const cnn_array *s, const cnn_work *k, ptrdiff_t i0, ptrdiff_t j, double *link)
{
    for (ptrdiff_t i = i0; i < s->m && i < i0 + TILE; i++)
        link[i - i0] = j < s->n - 1 ? s->a[i * s->ai + j * s->aj] : 0.0;
    if (k->word_joined)
        for (ptrdiff_t i = i0; i < s->m && i < i0 + TILE; i++)
            if (k->word_joined[i * k->ld + j] & CNN_JOINED_NEXT)
                link[i - i0] = CNN_JOINING;
}

/* 1 for the word lines of a tile that exist and are not held as a whole, else 0. */
static inline void OF_REAL(free_words)(const cnn_array *s, ptrdiff_t i0, double *kept)
{
    for (int l = 0; l < TILE; l++)
        kept[l] = i0 + l < s->m && !s->word_held[i0 + l] ? 1.0 : 0.0;
}

/* Inverse pivots of the word lines.
 *
 * A pivot is the sum of the link to the next node and of the other conductances that hold the node: its cell, its end,
 * and the nodes before it through their link. Nothing is subtracted, so that small conductances count exactly too
 * (W. K. Grassmann, M. I. Taksar and D. P. Heyman, Oper. Res. 33 (1985) 1107, DOI 10.1287/opre.33.5.1107). */
CNN_TARGET static int OF_REAL(factor_words)(const cnn_array *s, const cnn_work *k)
{
    int wrong = 0;
    for (ptrdiff_t i0 = 0; i0 < s->m; i0 += TILE) {
        REAL *restrict w = (REAL *)k->w + i0 * k->ld;
        const double *own = k->diagonals;
        double before[TILE] = {0.0}, link[TILE] = {0.0}, kept[TILE], d[TILE];
        OF_REAL(free_words)(s, i0, kept);
        OF_REAL(holds)(s, i0, k->stride, k->diagonals);
        for (ptrdiff_t j = 0; j < s->n; j++, w += TILE) {
            OF_REAL(word_links)(s, k, i0, j, link);
            for (int l = 0; l < TILE; l++)
                d[l] = own[l * k->stride + j];
#pragma omp simd reduction(| : wrong)
            for (int l = 0; l < TILE; l++) {
                const double held = d[l] + before[l], pivot = before[l] + (d[l] + link[l]), inverse = 1.0 / pivot;
                const double size = fabs(held) + link[l];
                wrong |= !(pivot > CNN_SMALL_PIVOT * size) & !(held == INFINITY) & (kept[l] > 0.0);
                w[l] = kept[l] > 0.0 ? (REAL)inverse : 0;
                before[l] = OF_REAL(carried)(held, link[l], inverse);
            }
        }
    }
    return wrong;
}

/* Inverse pivots of row i of the bit lines, and its cells' conductances in this precision; 0 at nodes joined to the
 * next one. `before`: conductances that hold the nodes through the row before. */
CNN_TARGET static inline int OF_REAL(factor_row)(const cnn_array *s, const cnn_work *k, ptrdiff_t i,
                                                 const unsigned char *restrict joined, double *restrict before)
{
    const ptrdiff_t m = s->m, n = s->n;
    const double *restrict g = s->g + i * n, *restrict h = s->h + i * n;
    const double *top = s->ends[2], *bottom = s->ends[3], *link = i < m - 1 ? s->c + i * s->ci : bottom;
    REAL *restrict inverse = (REAL *)k->b + i * k->ld, *restrict own = (REAL *)k->g + i * k->ld;
    const int first = i == 0, last = i == m - 1;
    int wrong = 0;
#pragma omp simd reduction(| : wrong)
    for (ptrdiff_t j = 0; j < n; j++) {
        const double d = h[j] + (first ? top[j] : 0.0) + (last ? bottom[j] : 0.0);
        const double apart = last ? 0.0 : link[j];
        const double onwards = joined && joined[j] & CNN_JOINED_NEXT ? CNN_JOINING : apart;
        const double held = d + before[j], pivot = before[j] + (d + onwards);
        const double size = fabs(held) + onwards, one = 1.0 / pivot;
        const int pinned = joined && joined[j] & (CNN_JOINED_NEXT | CNN_JOINED_HELD);
        wrong |= !(pivot > CNN_SMALL_PIVOT * size) & !(held == INFINITY) & !s->bit_held[j];
        before[j] = OF_REAL(carried)(held, onwards, one);
        inverse[j] = s->bit_held[j] | pinned ? 0 : (REAL)one;
        own[j] = (REAL)g[j];
    }
    return wrong;
}

CNN_TARGET static int OF_REAL(factor_bits)(const cnn_array *s, const cnn_work *k)
{
    const ptrdiff_t m = s->m, n = s->n;
    int bad = 0;
    memset(s->buffer, 0, n * sizeof(double));
    for (ptrdiff_t i = 0; i < m; i++) {
        const unsigned char *joined = cnn_joined(k->bit_joined, k->bit_rows, k->ld, i);
        bad |= joined ? OF_REAL(factor_row)(s, k, i, joined, s->buffer) : OF_REAL(factor_row)(s, k, i, NULL, s->buffer);
        if (s->h != s->g)
            for (ptrdiff_t j = 0; j < n; j++)
                ((REAL *)k->h)[i * k->ld + j] = (REAL)s->h[i * n + j];
    }
    return bad;
}

CNN_TARGET static int OF_REAL(factor)(const cnn_array *s, const cnn_work *k)
{
    return OF_REAL(factor_words)(s, k) | OF_REAL(factor_bits)(s, k);
}

/* Currents of the cells of word line i out of its nodes; returns those into the bit lines' nodes. */
CNN_TARGET static const double *OF_REAL(cell_currents)(const cnn_array *s, ptrdiff_t i, double *restrict I,
                                                       double *restrict J)
{
    const ptrdiff_t n = s->n;
    const double *restrict xw = s->xw + i * n, *restrict xb = s->xb + i * n;
    const double *restrict g = s->g + i * n, *restrict h = s->h + i * n;
    if (s->current)
        return s->current + i * n;
#pragma omp simd
    for (ptrdiff_t j = 0; j < n; j++)
        I[j] = g[j] * (s->word_ref[i] - s->bit_ref[j] + (xw[j] - xb[j]));
    if (s->h == s->g)
        return I;
    if (!s->transposed) {
#pragma omp simd
        for (ptrdiff_t j = 0; j < n; j++)
            I[j] += (g[j] - h[j]) * (s->bit_ref[j] + xb[j]);
        return I;
    }
#pragma omp simd
    for (ptrdiff_t j = 0; j < n; j++)
        J[j] = h[j] * (s->word_ref[i] - s->bit_ref[j] + (xw[j] - xb[j]));
    return J;
}

/* Currents f into the word nodes of row i, including those of their ends; I: those of the cells. */
CNN_TARGET static void OF_REAL(into_words)(const cnn_array *s, const cnn_work *k, ptrdiff_t i, const double *I,
                                           double *restrict f)
{
    const ptrdiff_t n = s->n;
    const double *restrict xw = s->xw + i * n, *restrict a = s->a + i * s->ai;
    const unsigned char *joined = cnn_joined(k->word_joined, k->word_rows, k->ld, i);
    if (s->aj)
#pragma omp simd
        for (ptrdiff_t j = 1; j < n; j++)
            f[j] = a[j - 1] * (xw[j - 1] - xw[j]);
    else
#pragma omp simd
        for (ptrdiff_t j = 1; j < n; j++)
            f[j] = a[0] * (xw[j - 1] - xw[j]);
    f[0] = cnn_finite(s->ends[0][i]) * (s->held[0][i] - xw[0]);
    f[n] = cnn_finite(s->ends[1][i]) * (xw[n - 1] - s->held[1][i]);
    for (ptrdiff_t j = 0; j < n; j++)
        f[j] -= f[j + 1] + I[j];
    if (s->ends[0][i] == INFINITY)
        f[0] = 0.0;
    if (s->ends[1][i] == INFINITY)
        f[n - 1] = 0.0;
    if (s->word_held[i])
        memset(f, 0, n * sizeof(double));
    if (joined)
        cnn_add_joined(joined, n, f);
}

/* Currents into the nodes of row i, those into the word nodes being f, and their sums along the lines; I, J: currents
 * of the cells out of the word and into the bit nodes. */
CNN_TARGET static inline void OF_REAL(balance)(const cnn_array *s, const cnn_work *k, ptrdiff_t i, const double *I,
                                               const double *J, const double *restrict f,
                                               const unsigned char *restrict joined, double *restrict carry)
{
    const ptrdiff_t m = s->m, n = s->n;
    const double scale = k->scale;
    const double *restrict xb = s->xb + i * n;
    const double *before = i ? s->c + (i - 1) * s->ci : s->ends[2];
    const double *after = i < m - 1 ? s->c + i * s->ci : s->ends[3];
    const double *up = i ? xb - n : s->held[2], *down = i < m - 1 ? xb + n : s->held[3];
    REAL *restrict to_word = (REAL *)k->f + i * k->ld, *restrict to_bit = (REAL *)k->r + i * k->ld;
    double *restrict errors = s->bit_sums, *restrict sizes = s->bit_sums + n;
    double error = 0.0, size = 0.0;
#pragma omp simd reduction(+ : error, size)
    for (ptrdiff_t j = 0; j < n; j++) {
        double into = J[j];
        const int pinned = (before[j] == INFINITY) | (after[j] == INFINITY) | s->bit_held[j];
        into += before[j] * (up[j] - xb[j]) + after[j] * (down[j] - xb[j]);
        into = pinned ? 0.0 : into;
        if (joined) {
            into = joined[j] & CNN_JOINED_HELD ? 0.0 : into + carry[j];
            carry[j] = joined[j] & CNN_JOINED_NEXT ? into : 0.0;
            into -= carry[j];
        }
        to_word[j] = (REAL)(scale * f[j]);
        to_bit[j] = (REAL)(scale * into);
        error += fabs(f[j]);
        size += fabs(I[j]);
        errors[j] += fabs(into);
        sizes[j] += fabs(J[j]);
    }
    s->word_sums[i] = error;
    s->word_sums[m + i] = size;
}

/* Currents into all nodes at the present voltages: f (word), r (bit), and their sums along the lines. */
CNN_TARGET static void OF_REAL(residual)(const cnn_array *s, const cnn_work *k)
{
    const ptrdiff_t n = s->n;
    double *f = s->buffer + 2 * n; /* n + 1: first the currents along a word line, including those of its ends */
    memset(s->bit_sums, 0, 2 * n * sizeof(double));
    for (ptrdiff_t i = 0; i < s->m; i++) {
        const double *J = OF_REAL(cell_currents)(s, i, s->buffer, s->buffer + n);
        const double *I = s->current ? J : s->buffer;
        const unsigned char *joined = cnn_joined(k->bit_joined, k->bit_rows, k->ld, i);
        OF_REAL(into_words)(s, k, i, I, f);
        if (joined)
            OF_REAL(balance)(s, k, i, I, J, f, joined, k->carry);
        else
            OF_REAL(balance)(s, k, i, I, J, f, NULL, NULL);
    }
}

/* Conductances by which bit nodes' voltages act on the word lines, and word nodes' voltages on the bit lines. */
static inline const REAL *OF_REAL(from_bits)(const cnn_array *s, const cnn_work *k)
{
    return s->h == s->g || s->transposed ? k->g : k->h;
}
static inline const REAL *OF_REAL(from_words)(const cnn_array *s, const cnn_work *k)
{
    return s->h == s->g || !s->transposed ? k->g : k->h;
}

/* to ← f + D x for word line i. */
CNN_TARGET static void OF_REAL(word_currents)(const cnn_array *s, const cnn_work *k, ptrdiff_t i,
                                              double *restrict to)
{
    const double *restrict d = (s->transposed ? s->g : s->h) + i * s->n, *restrict x = k->x + i * k->ld;
    const REAL *restrict f = (const REAL *)k->f + i * k->ld;
#pragma omp simd
    for (ptrdiff_t j = 0; j < s->n; j++)
        to[j] = CNN_FMA(d[j], x[j], (double)f[j]);
}

/* The word lines' part of the step: y ← T_R⁻¹ (f + D x), in double precision. */
CNN_TARGET static void OF_REAL(finish)(const cnn_array *s, const cnn_work *k)
{
    const ptrdiff_t n = s->n, stride = k->stride;
    double *restrict w = k->pivots, *restrict t = k->swept, *own = k->diagonals;
    for (ptrdiff_t i0 = 0; i0 < s->m; i0 += TILE) {
        double last[TILE] = {0.0}, kept[TILE], before[TILE] = {0.0}, inverse[TILE] = {0.0}, link[TILE] = {0.0};
        double held[TILE] = {0.0};
        OF_REAL(free_words)(s, i0, kept);
        OF_REAL(holds)(s, i0, stride, own);
        for (ptrdiff_t i = i0; i < s->m && i < i0 + TILE; i++)
            OF_REAL(word_currents)(s, k, i, own + (TILE + i - i0) * stride);
        for (ptrdiff_t j = 0; j < n; j++) {
            memcpy(before, link, sizeof before);
            OF_REAL(word_links)(s, k, i0, j, link);
#pragma omp simd
            for (int l = 0; l < TILE; l++) {
                const double factor = before[l] * inverse[l], alone = own[l * stride + j], here = alone + held[l];
                t[j * TILE + l] = last[l] = CNN_FMA(factor, last[l], own[(TILE + l) * stride + j]);
                w[j * TILE + l] = inverse[l] = kept[l] / (held[l] + (alone + link[l]));
                held[l] = OF_REAL(carried)(here, link[l], inverse[l]);
            }
        }
        memset(last, 0, sizeof last);
        for (ptrdiff_t j = n - 1; j >= 0; j--) {
            OF_REAL(word_links)(s, k, i0, j, link);
#pragma omp simd
            for (int l = 0; l < TILE; l++)
                last[l] = w[j * TILE + l] * CNN_FMA(link[l], last[l], t[j * TILE + l]);
            for (int l = 0; l < TILE; l++)
                k->y[(i0 + l) * k->ld + j] = last[l];
        }
    }
}

/* Add `size` times the step. */
CNN_TARGET static void OF_REAL(move)(const cnn_array *s, const cnn_work *k, double size)
{
    for (ptrdiff_t i = 0; i < s->m; i++) {
        double *restrict xw = s->xw + i * s->n, *restrict xb = s->xb + i * s->n;
        const double *restrict y = k->y + i * k->ld, *restrict x = k->x + i * k->ld;
#pragma omp simd
        for (ptrdiff_t j = 0; j < s->n; j++) {
            xw[j] = CNN_FMA(size, y[j], xw[j]);
            xb[j] = CNN_FMA(size, x[j], xb[j]);
        }
    }
}
