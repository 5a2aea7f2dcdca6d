"""Factors without fill-in, and iterative refinement: for matrices whose off-diagonal entries are weak.

In a small time step the charges of an oscillator outweigh its couplings to others. The fill-in of such a
matrix consists of products of couplings, and leaving it out changes the solution only slightly. Solving for
the residual corrects the change: a few refinements solve the system to rounding, or as exactly as the caller
asks. The cost is proportional to the entries of the matrix; that of full factors of a grid grows faster.

Without fill-in the order of the pivots matters little: those that no entry couples, of one colour, follow
each other, so that none waits for the one before it, and each reads its neighbours' numbers close together.
The transposed matrix is factored by columns, so that each equation is a column: then the solution only
gathers, and stores each number once. Where products fall only onto pivots, as in a grid, the rest of the
factors are the matrix's own entries.

References
----------
J. A. Meijerink and H. A. van der Vorst, Math. Comp. 31 (1977) 148, DOI 10.1090/S0025-5718-1977-0438681-4.
"""

import numpy as np

from libc.math cimport fabs

from circuitnn._cext.pattern import coloured, halves, inverse
from circuitnn._cext.replay cimport Replay

cdef enum:
    WORTH = 40              # most products per entry of the matrix; beyond, only the diagonal is factored

# Largest fraction of the error that a refinement may leave, and most refinements: beyond, full factors are
# faster. Full factors of a nearly full matrix cost as much as many refinements.
cdef double DOMINANT = 0.02
cdef int MOST = 8
cdef double DOMINANT_IN_FULL = 0.3
cdef int MOST_IN_FULL = 24
# If the factors alone leave an error SURE times smaller than asked for, the next TRUSTED solutions are not
# refined, unless a pivot shrinks below WEAKER times its magnitude.
cdef double SURE = 10.0
cdef double WEAKER = 0.5
cdef int TRUSTED = 5


cdef class Incomplete(Replay):
    """Factors of one pattern and pivot order, with entries only where the matrix has them; as `Replay`.

    Of a nearly full matrix, as with all-to-all couplings, only the diagonal is used.
    """

    cdef tuple sides(self, rows, columns):
        return columns, rows

    cdef tuple patterns(self, starts, rows, blocks):
        lower, upper = halves(starts, rows, blocks)
        products = int(np.diff(lower[0])[np.asarray(upper[1])].sum())
        self.diagonal = products > WORTH * self.nonzeros
        if not self.diagonal:
            return lower, upper
        nothing = np.zeros(self.n + 1, dtype=np.int32), np.zeros(0, dtype=np.int32)
        return nothing, nothing

    cdef int factors(self, lower, upper) except -1:
        """Lay out L, U and the pivots, and list for each entry the products that are subtracted from it."""
        cdef const int[::1] Lp = lower[0], Li = lower[1], Up = upper[0], Ui = upper[1]
        cdef int n = self.n, i, made = 0
        cdef Py_ssize_t j, p, q, all_of_them
        cdef int[::1] place = np.full(n, -1, dtype=np.int32)
        starts = np.add(lower[0], upper[0]) + np.arange(n + 1)
        pivots = starts[:-1] + np.diff(upper[0])
        cdef const int[::1] start = starts.astype(np.int32), pivot = pivots.astype(np.int32)
        all_of_them = int(np.diff(lower[0])[np.asarray(upper[1])].sum())
        index = np.empty(int(start[n]) + 1, dtype=np.int32)
        missing = np.full(n, self.diagonal)
        targets, ones, others, between = np.empty((4, all_of_them), dtype=np.int32)
        cdef int[::1] rows = index, target = targets, one = ones, other = others, middle = between
        cdef unsigned char[::1] lacks = missing.view(np.uint8)
        for j in range(n):
            p = start[j]
            for q in range(Up[j], Up[j + 1]):
                rows[p] = Ui[q]
                p += 1
            rows[p] = <int>j
            p += 1
            for q in range(Lp[j], Lp[j + 1]):
                rows[p] = Li[q]
                p += 1
            for p in range(start[j], start[j + 1]):
                place[rows[p]] = <int>p
            for q in range(Up[j], Up[j + 1]):
                i = Ui[q]
                for p in range(Lp[i], Lp[i + 1]):
                    if place[Li[p]] < 0:
                        lacks[j] = 1
                        continue
                    target[made] = place[Li[p]]
                    one[made] = <int>(start[j] + q - Up[j])
                    other[made] = <int>(pivot[i] + 1 + p - Lp[i])
                    middle[made] = i
                    made += 1
            for p in range(start[j], start[j + 1]):
                place[rows[p]] = -1
        self.products = made
        self.start, self.pivot = self.store.integers(starts), self.store.integers(pivots)
        self.index = self.store.integers(index)
        self.list_products(starts, pivots, targets[:made], ones[:made], others[:made], between[:made])
        self.left_out = self.store.integers(missing)
        self.values, self.inverse = self.store.reals(int(start[n])), self.store.reals(n)
        self.right, self.trial = self.store.reals(n), self.store.reals(n)
        self.sound, self.importance = self.store.reals(n), self.store.reals(n)
        return 0

    cdef int list_products(self, starts, pivots, targets, ones, others, between) except -1:
        """List the products by what they are subtracted from: the pivots, then the other entries."""
        at_pivots = np.isin(targets, pivots)
        order = np.lexsort((np.arange(len(targets)), targets, ~at_pivots))
        count = np.count_nonzero(at_pivots)
        self.ones, self.others = self.store.integers(ones[order]), self.store.integers(others[order])
        self.between = self.store.integers(between[order])
        self.own = self.store.integers(np.searchsorted(targets[order][:count], starts))
        targets, firsts = np.unique(targets[order][count:], return_index=True)
        self.targets = self.store.integers(targets)
        self.firsts = self.store.integers(count + np.append(firsts, len(order) - count))
        self.target_start = self.store.integers(np.searchsorted(targets, starts))
        self.n_targets = len(targets)
        return 0

    def __init__(self, const int[::1] column_starts not None, const int[::1] rows not None,
                 P, Q, R, const double[::1] scale not None):
        cdef Py_ssize_t k
        order = self.order(column_starts, rows, np.asarray(P), np.asarray(Q), np.asarray(R))
        Replay.__init__(self, column_starts, rows, np.asarray(P)[order], np.asarray(Q)[order], R, scale)
        columns = np.array([self.column_of[k] for k in range(self.n_inside)], dtype=np.int32)
        lacks = np.array([self.left_out[k] for k in range(self.n)], dtype=np.int64)
        self.left_out = self.store.integers(np.add.reduceat(lacks, np.asarray(R)[:-1]) > 0)
        self.column_start = self.store.integers(np.searchsorted(columns, np.arange(self.n + 1)))
        self.entry = self.store.reals(self.n_inside)
        targets = [self.target[k] for k in range(self.n_inside)]
        self.alike = targets == list(range(self.start[self.n]))
        if self.alike and self.n_targets == 0:
            self.values = self.entry        # but for the pivots, of which only the inverse is used

    cdef object order(self, column_starts, rows, P, Q, R):
        """Order of the pivots: in each block by colour, then as the unknowns."""
        column = np.repeat(inverse(Q), np.diff(np.asarray(column_starts)))
        block = np.repeat(np.arange(len(R) - 1), np.diff(R))
        return np.lexsort((Q, coloured(Q, inverse(P)[np.asarray(rows)], column), block))

    cdef bint factor(self, const double *A) noexcept nogil:
        """Factor anew; returns False if a pivot is zero or not finite. `rcond`: smallest/largest pivot."""
        cdef Pivots found
        found.least, found.largest, found.weak = 1e300, 0.0, False
        self.take_outside(A, 0, self.n_outside)
        if not self.eliminate(A, 0, self.n, &found):
            return False
        self.accept(&found)
        return True

    cdef void accept(self, const Pivots *found) noexcept nogil:
        """The pivots have been found."""
        if found.weak:
            self.trusted = 0
        self.rcond = found.least / found.largest

    cdef void take_outside(self, const double *A, Py_ssize_t first, Py_ssize_t end) noexcept nogil:
        """Take some of the entries outside the blocks."""
        cdef Py_ssize_t p
        for p in range(self.n_inside + first, self.n_inside + end):
            self.off[p - self.n_inside] = A[self.source[p]] * self.weight[p]

    cdef void give_back(self, double *A) noexcept nogil:
        """Write the matrix that was factored last to A, to rounding.

        It is rarely asked for: a copy of every matrix would cost more.
        """
        cdef Py_ssize_t p
        for p in range(self.n_inside):
            A[self.source[p]] = self.entry[p] / self.weight[p]
        for p in range(self.n_inside, self.n_inside + self.n_outside):
            A[self.source[p]] = self.off[p - self.n_inside] / self.weight[p]

    cdef bint eliminate(self, const double *A, int first, int end, Pivots *found) noexcept nogil:
        """Take some columns from the matrix, and factor them; returns False if a pivot is zero."""
        cdef Py_ssize_t t
        cdef int j
        cdef double *v = self.values
        cdef double size, pivot, least = found.least, largest = found.largest
        for j in range(first, end):
            self.take(A, j)
            for t in range(self.target_start[j], self.target_start[j + 1]):
                v[self.targets[t]] -= self.products_in(self.firsts[t], self.firsts[t + 1])
            pivot = v[self.pivot[j]] - self.products_in(self.own[j], self.own[j + 1])
            size = fabs(pivot)
            least, largest = min(least, size), max(largest, size)
            if not size > 0.0:
                return False
            if size < self.sound[j]:
                found.weak = True
            self.inverse[j] = 1.0 / pivot
        found.least, found.largest = least, largest
        return True

    cdef void by_factors(self, const double *b, double *x, int first, int end) noexcept nogil:
        """Solve with the factors of one block; `x` may be `b`."""
        self.forwards(b, x, first, end)
        self.backwards(x, first, end)

    cdef void forwards(self, const double *b, double *x, int first, int end) noexcept nogil:
        """Solve some equations with the transposed U."""
        cdef int j
        cdef Py_ssize_t p
        cdef const double *v = self.values
        cdef double known
        for j in range(first, end):
            known = b[j]
            for p in range(self.start[j], self.pivot[j]):
                known -= v[p] * x[self.index[p]]
            x[j] = known * self.inverse[j]

    cdef void backwards(self, double *x, int first, int end) noexcept nogil:
        """Solve some equations with the transposed L."""
        cdef int j
        cdef Py_ssize_t p
        cdef const double *v = self.values
        cdef double known
        for j in range(end - 1, first - 1, -1):
            known = 0.0
            for p in range(self.pivot[j] + 1, self.start[j + 1]):
                known += v[p] * x[self.index[p]]
            x[j] -= known * self.inverse[j]

    cdef bint refine(self, int first, int end, double enough) noexcept nogil:
        """Solve a block to a relative error of `enough`; returns False if its factors are too inexact."""
        cdef int j, turn
        cdef double size, moved, before, dominant = DOMINANT_IN_FULL if self.diagonal else DOMINANT
        cdef int most = MOST_IN_FULL if self.diagonal else MOST
        cdef double *x = self.x
        cdef double *r = self.trial
        cdef const double *w = self.importance
        self.by_factors(self.right, x, first, end)
        before = 0.0
        for j in range(first, end):
            before = max(before, w[j] * fabs(x[j]))
        for turn in range(most):
            if before == 0.0:
                return True
            self.find_residual(first, end)
            self.by_factors(r, r, first, end)
            moved = size = 0.0
            for j in range(first, end):
                x[j] += r[j]
                moved, size = max(moved, w[j] * fabs(r[j])), max(size, w[j] * fabs(x[j]))
            self.part = moved / before
            if turn == 0:
                self.left = max(self.left, self.part)
            # written so that NaN fails; below `enough`, rounding hides the rate
            if not moved <= dominant * before and not moved <= enough * size:
                return False
            if moved * self.part <= enough * size:
                return True
            before = moved
        return False

    cdef void find_residual(self, int first, int end) noexcept nogil:
        """Compute the residual of some equations at `x`, in `trial`."""
        cdef int j
        cdef Py_ssize_t p
        cdef double left
        for j in range(first, end):
            left = self.right[j]
            for p in range(self.column_start[j], self.column_start[j + 1]):
                left -= self.entry[p] * self.x[self.row_of[p]]
            self.trial[j] = left

    cdef void begin(self, const double *b, int first, int end) noexcept nogil:
        """Take the right-hand side of some pivots, less what is known of the blocks below."""
        cdef int j
        cdef Py_ssize_t p
        cdef double known
        for j in range(first, end):
            known = b[self.P[j]] * self.scale[j]
            for p in range(self.off_start[j], self.off_start[j + 1]):
                known -= self.off[p] * self.x[self.off_index[p]]
            self.right[j] = known

    cdef void end(self, double *b) noexcept nogil:
        """Give the solution in the order of the unknowns."""
        cdef int j
        for j in range(self.n):
            b[self.Q[j]] = self.x[j]

    cdef void weigh(self, const Yardstick *yardstick) noexcept nogil:
        """Weigh the unknowns' errors by their tolerances."""
        cdef int j, i
        for j in range(self.n):
            i = self.Q[j]
            self.importance[j] = 1.0 if yardstick.sizes == NULL else 1.0 / (
                yardstick.relative[i] * fabs(yardstick.sizes[i]) + yardstick.absolute[i])

    cdef bint solve_to(self, double enough, const Yardstick *yardstick, double *b) noexcept nogil:
        """Overwrite `b` with the solution; returns False, `b` unchanged, if refinement does not converge.

        The error is at most `enough`, relative to the largest unknown of each block in its tolerances.
        """
        cdef int block, j, first, end
        cdef bint trusting = self.trusted > 0 and SURE * self.left <= enough
        self.trusted = self.trusted - 1 if trusting else 0
        if not trusting:
            self.left = 0.0
            self.weigh(yardstick)
        for block in range(self.blocks - 1, -1, -1):
            first, end = self.R[block], self.R[block + 1]
            self.begin(b, first, end)
            if end == first + 1:
                self.x[first] = self.right[first] * self.inverse[first]
            elif trusting or not self.left_out[block]:
                self.by_factors(self.right, self.x, first, end)
            elif not self.refine(first, end, enough):
                return False
        self.end(b)
        if not trusting and SURE * self.left <= enough:
            self.trusted = TRUSTED
            for j in range(self.n):
                self.sound[j] = WEAKER / fabs(self.inverse[j])
        return True
