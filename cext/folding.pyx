"""Elimination of the nodes inside cells, which leaves couplings between lines: records for `_cext.lines`."""

import numpy as np

from circuitnn._cext.structure cimport FOLDED, FREE, INSIDE, LEAF

cdef enum:
    # Chains up to this length count as the inside of a cell, if nothing branches off them.
    LONGEST_CELL = 8
    # Length of a `Fold` record, see lines.pxd, and positions of its arrays.
    FOLD = 20
    NEIGHBOUR = 2
    OUT = 5
    BACK = 8
    BETWEEN = 11


cdef class Folding:
    """Eliminations of the unknowns inside cells, in passes: each finds unknowns, and records how they go.

    `spare` is the first working position after the matrix's own; new couplings take it and the next.
    """

    cdef const int[::1] starts, rows, partner, diagonal, order, chain_starts
    cdef int[::1] degree, length
    cdef signed char[::1] state
    cdef int[:, ::1] folds, fills
    cdef Py_ssize_t count, made
    cdef int spare

    def __init__(self, starts, rows, partner, diagonal, degree, order, chain_starts, state, int spare):
        cdef Py_ssize_t n = len(diagonal), c, i
        self.starts, self.rows, self.partner, self.diagonal = starts, rows, partner, diagonal
        self.order, self.chain_starts, self.degree, self.state = order, chain_starts, degree, state
        self.folds, self.fills = np.empty((n, FOLD), dtype=np.int32), np.empty((3 * n, 4), dtype=np.int32)
        self.count = self.made = 0
        self.spare = spare
        self.length = np.zeros(n, dtype=np.int32)  # of the chain of each unknown
        for c in range(self.chain_starts.shape[0] - 1):
            for i in range(self.chain_starts[c], self.chain_starts[c + 1]):
                self.length[self.order[i]] = self.chain_starts[c + 1] - self.chain_starts[c]

    cdef void leaves(self) noexcept:
        """Eliminate unknowns with one neighbour, and those that become leaves without them."""
        cdef Py_ssize_t i
        cdef int m
        for i in range(self.order.shape[0]):
            m = self.order[i]
            while self.state[m] == FREE and self.degree[m] == 1 and self.length[m] <= LONGEST_CELL:
                self.state[m] = LEAF
                self.begin(m)
                self.join_free(m)
                self.degree[m] = 0
                m = self.folds[self.count, NEIGHBOUR]
                self.degree[m] -= 1
                self.count += 1

    cdef void mark_chains(self) noexcept:
        """Mark the unknowns of short chains without branches: they lie inside cells."""
        cdef Py_ssize_t c, i
        cdef bint inside
        for c in range(self.chain_starts.shape[0] - 1):
            inside = self.chain_starts[c + 1] - self.chain_starts[c] <= LONGEST_CELL
            for i in range(self.chain_starts[c], self.chain_starts[c + 1]):
                inside = inside and self.degree[self.order[i]] <= 2
            if not inside:
                continue
            for i in range(self.chain_starts[c], self.chain_starts[c + 1]):
                if self.state[self.order[i]] == FREE:
                    self.state[self.order[i]] = FOLDED

    cdef void chains(self, int[:, ::1] near, int[:, ::1] out, int[:, ::1] back) noexcept:
        """Eliminate the marked unknowns, with arrays of shape (n, 2) for their neighbours and couplings."""
        cdef Py_ssize_t i, p, k
        cdef int m, a, b
        for i in range(self.order.shape[0]):
            m = self.order[i]
            if self.state[m] != FOLDED:
                continue
            k = 0
            for p in range(self.starts[m], self.starts[m + 1]):
                if self.rows[p] != m and self.state[self.rows[p]] in (FREE, FOLDED):
                    near[m, k], out[m, k], back[m, k] = self.rows[p], self.partner[p], p
                    k += 1
        for i in range(self.order.shape[0]):
            m = self.order[i]
            if self.state[m] != FOLDED:
                continue
            a, b = near[m, 0], near[m, 1]
            self.begin(m)
            for k in range(2):
                if near[m, k] >= 0:
                    self.join(near[m, k], out[m, k], back[m, k])
            if a >= 0 and a == b:
                self.folds[self.count, BETWEEN + 1] = self.folds[self.count, BETWEEN + 3] = self.diagonal[a]
            elif a >= 0 and b >= 0:
                self.folds[self.count, BETWEEN + 1] = self.spare
                self.folds[self.count, BETWEEN + 3] = self.spare + 1
            self.replace(m, near, out, back)
            if a >= 0 and b >= 0 and a != b:
                if self.state[a] == FREE and self.state[b] == FREE:
                    self.fill(a, b)
                self.spare += 2
            self.count += 1

    cdef void replace(self, int m, int[:, ::1] near, int[:, ::1] out, int[:, ::1] back) noexcept:
        """Give neighbours of m that are still to be eliminated its other neighbour in place of m."""
        cdef int k, side, end, other
        for k in range(2):
            end, other = near[m, k], near[m, 1 - k]
            if end < 0 or near[end, 0] != m and near[end, 1] != m:
                continue
            if end == other:  # a ring of two: nothing is left of it
                near[end, 0] = near[end, 1] = -1
                return
            side = 0 if near[end, 0] == m else 1
            near[end, side] = other
            if other >= 0:
                out[end, side], back[end, side] = self.spare + k, self.spare + 1 - k

    cdef void stars(self) noexcept:
        """Eliminate nodes between three lines, such as a transistor's terminal in series with a memristor."""
        cdef Py_ssize_t i, p
        cdef int m, k, side
        cdef bint inside
        for i in range(self.order.shape[0]):
            m = self.order[i]
            if self.state[m] != FREE or self.degree[m] != 3 or self.length[m] > 1:
                continue
            inside = True
            for p in range(self.starts[m], self.starts[m + 1]):
                inside = inside and (self.rows[p] == m or self.state[self.rows[p]] != FREE
                                     or self.length[self.rows[p]] > LONGEST_CELL)
            if not inside:
                continue
            self.state[m] = INSIDE
            self.begin(m)
            self.join_free(m)
            for k in range(3):
                for side in range(k + 1, 3):
                    self.folds[self.count, BETWEEN + 3 * k + side] = self.spare
                    self.folds[self.count, BETWEEN + 3 * side + k] = self.spare + 1
                    self.fill(self.folds[self.count, NEIGHBOUR + k], self.folds[self.count, NEIGHBOUR + side])
                    self.spare += 2
            self.count += 1

    cdef void begin(self, int unknown) noexcept:
        """Start the record of an unknown, without neighbours."""
        self.folds[self.count, :] = -1
        self.folds[self.count, 0], self.folds[self.count, 1] = unknown, 0

    cdef void join(self, int neighbour, int out, int back) noexcept:
        """Add a neighbour to the record, with the positions that couple the two."""
        cdef int k = self.folds[self.count, 1]
        self.folds[self.count, NEIGHBOUR + k] = neighbour
        self.folds[self.count, OUT + k], self.folds[self.count, BACK + k] = out, back
        self.folds[self.count, BETWEEN + 4 * k] = self.diagonal[neighbour]
        self.folds[self.count, 1] = k + 1

    cdef void join_free(self, int m) noexcept:
        """Add all neighbours of m that stay."""
        cdef Py_ssize_t p
        for p in range(self.starts[m], self.starts[m + 1]):
            if self.rows[p] != m and self.state[self.rows[p]] == FREE:
                self.join(self.rows[p], self.partner[p], <int>p)

    cdef void fill(self, int a, int b) noexcept:
        """Record a new coupling of two unknowns that stay, at the next working positions."""
        self.fills[self.made, 0], self.fills[self.made, 1] = a, b
        self.fills[self.made, 2], self.fills[self.made, 3] = self.spare, self.spare + 1
        self.made += 1


def fold(const int[::1] starts not None, const int[::1] rows not None, const int[::1] partner not None,
         const int[::1] diagonal not None, int[::1] degree not None, const int[::1] order not None,
         const int[::1] chain_starts not None, signed char[::1] state not None, int spare):
    """Eliminations of the unknowns inside cells.

    `spare` is the first working position after the matrix's own. Returns ``folds``, records as in lines.pxd;
    the new couplings, shape (made, 4): a, b, their two positions; and the next spare position.
    """
    cdef Py_ssize_t n = diagonal.shape[0]
    cdef Folding found = Folding(starts, rows, partner, diagonal, degree, order, chain_starts, state, spare)
    near, out, back = (np.full((n, 2), -1, dtype=np.int32) for _ in range(3))
    found.leaves()
    found.mark_chains()
    found.chains(near, out, back)
    found.stars()
    return np.array(found.folds[:found.count]), np.array(found.fills[:found.made]), found.spare
