"""Incomplete factors by a team of threads: each has a portion of the pivots of the largest block.

No entry of the matrix couples two portions: pivots that would are taken out of them, and eliminated last.
Thus portions are factored, and solved with, independently of each other; what lies between them is done by
one thread. If that is too much, so is all.
"""

import numpy as np

from libc.string cimport memcpy, memset

from circuitnn._cext.pattern import inverse

from circuitnn._cext.teams cimport WHOLE, Work, edge

cdef double MOST_BETWEEN = 0.1      # fraction of the pivots that may lie between portions


def portions(starts, rows, P, Q, R, int parts):
    """Divide the pivots of the largest block.

    Parameters
    ----------
    starts, rows : int32 arrays
        CSC pattern.
    P, Q, R : int32 arrays
        As for `Replay`.
    parts : int
        Number of portions.

    Returns
    -------
    order : ndarray, shape (n,)
        New order of the pivots: within the block one portion after another, then what lies between them.
    bounds : ndarray, shape (parts + 2,)
        First pivot of each portion, of what lies between them, and behind it. If that is too much, all of the
        block lies there.
    """
    P, Q, R = (np.asarray(a) for a in (P, Q, R))
    largest = int(np.argmax(np.diff(R)))
    first, end = int(R[largest]), int(R[largest + 1])
    size = end - first
    row = inverse(P)[np.asarray(rows)]
    column = np.repeat(inverse(Q), np.diff(np.asarray(starts)))
    home = np.full(len(P), -1)
    # contiguous numbers are the same part as in other tasks
    home[first + np.argsort(Q[first:end], kind="stable")] = np.arange(size) * parts // size
    coupled = (home[row] >= 0) & (home[column] >= 0) & (home[row] != home[column])
    row, column = row[coupled], column[coupled]
    home[np.where(home[row] > home[column], row, column)] = parts
    if np.count_nonzero(home == parts) > MOST_BETWEEN * size:
        home[first:end] = parts
    order = np.arange(len(P))
    order[first:end] = first + np.argsort(home[first:end], kind="stable")
    bounds = first + np.searchsorted(home[order[first:end]], np.arange(parts + 2))
    return order, bounds


cdef class SharedIncomplete(Incomplete):
    """Incomplete factors of a large matrix.

    Parameters
    ----------
    team : Team
    column_starts, rows, P, Q, R, scale
        As for `Replay`.
    """

    def __init__(self, Team team not None, column_starts, rows, P, Q, R, scale):
        self.team = team
        order, bounds = portions(column_starts, rows, P, Q, R, team.threads)
        Incomplete.__init__(self, column_starts, rows, np.asarray(P)[order], np.asarray(Q)[order], R, scale)
        self.divide(bounds)

    cdef int divide(self, bounds) except -1:
        """Find what lies between the portions in each column of the block."""
        cdef int j, top = bounds[self.team.threads]
        cdef Py_ssize_t p
        cdef int[::1] inner = np.empty(self.n, dtype=np.int32), entry = np.empty(self.n, dtype=np.int32)
        touching = []
        uppers = np.cumsum([0] + [self.pivot[j] - self.start[j] for j in range(self.n)])
        for j in range(bounds[0], top):
            p = self.pivot[j] + 1
            while p < self.start[j + 1] and self.index[p] < top:
                p += 1
            inner[j] = <int>p
            p = self.column_start[j]
            while p < self.column_start[j + 1] and self.row_of[p] < top:
                p += 1
            entry[j] = <int>p
            if inner[j] < self.start[j + 1] or entry[j] < self.column_start[j + 1]:
                touching.append(j)
        self.block = bounds[0]
        self.bounds, self.uppers = self.store.integers(bounds), self.store.integers(uppers[bounds])
        self.inner_end, self.entry_end = self.store.integers(inner), self.store.integers(entry)
        self.touching, self.n_touching = self.store.integers(touching), len(touching)
        self.apart = self.block + WHOLE     # no thread writes to a cache line of another one's
        self.above = self.store.reals(self.team.threads * self.apart)
        return 0

    cdef bint factor(self, const double *A) noexcept nogil:
        cdef int part, threads = self.team.threads, top = self.bounds[threads]
        cdef Pivots found
        cdef bint sound = True
        self.A = A
        self.team.run(<Work>factor_part, <void *>self)
        found.least, found.largest, found.weak = 1e300, 0.0, False
        for part in range(threads):
            sound = sound and self.sound_part[part]
            found.weak = found.weak or self.found[part].weak
            found.least = min(found.least, self.found[part].least)
            found.largest = max(found.largest, self.found[part].largest)
        self.take(A, 0, self.block)
        self.take(A, top, self.n)
        if not (sound and self.eliminate(0, self.block, 0, &found)
                and self.eliminate(top, self.n, self.uppers[threads], &found)):
            return False
        self.accept(&found)
        return True

    cdef void by_factors(self, double *x, int first, int end) noexcept nogil:
        cdef Py_ssize_t k, p
        cdef int j, top = self.bounds[self.team.threads]
        if first != self.block or top == first:
            Incomplete.by_factors(self, x, first, end)
            return
        self.unknowns = x
        self.team.run(<Work>forward_part, <void *>self)
        for k in range(self.n_touching):
            j = self.touching[k]
            for p in range(self.inner_end[j], self.start[j + 1]):
                x[self.index[p]] -= self.values[p] * x[j]
        Incomplete.by_factors(self, x, top, end)
        self.team.run(<Work>backward_part, <void *>self)

    cdef void find_residual(self, int first, int end) noexcept nogil:
        cdef Py_ssize_t k, p
        cdef int j, top = self.bounds[self.team.threads]
        if first != self.block or top == first:
            Incomplete.find_residual(self, first, end)
            return
        memcpy(self.trial + top, self.right + top, (end - top) * sizeof(double))
        self.team.run(<Work>residual_part, <void *>self)
        for k in range(self.n_touching):
            j = self.touching[k]
            for p in range(self.entry_end[j], self.column_start[j + 1]):
                self.trial[self.row_of[p]] -= self.entry[p] * self.x[j]
        for j in range(top, end):
            for p in range(self.column_start[j], self.column_start[j + 1]):
                self.trial[self.row_of[p]] -= self.entry[p] * self.x[j]

    cdef void spread_block(self, int first, int end) noexcept nogil:
        cdef int part, j
        if first != self.block:
            Incomplete.spread_block(self, first, end)
            return
        self.team.run(<Work>spread_part, <void *>self)
        self.spread(self.x, self.bounds[self.team.threads], end)
        for part in range(self.team.threads):
            for j in range(self.block):
                self.x[j] += self.above[part * self.apart + j]

    cdef void begin(self, const double *b) noexcept nogil:
        self.right_side = b
        self.team.run(<Work>begin_part, <void *>self)

    cdef void end(self, double *b) noexcept nogil:
        self.solution = b
        self.team.run(<Work>end_part, <void *>self)


cdef void factor_part(SharedIncomplete self, int part) noexcept nogil:
    cdef Py_ssize_t outside = self.n_outside
    cdef int threads = self.team.threads
    cdef Pivots *found = &self.found[part]
    found.least, found.largest, found.weak = 1e300, 0.0, False
    self.take_outside(self.A, edge(outside, part, threads), edge(outside, part + 1, threads))
    self.take(self.A, self.bounds[part], self.bounds[part + 1])
    self.sound_part[part] = self.eliminate(self.bounds[part], self.bounds[part + 1], self.uppers[part], found)


cdef void forward_part(SharedIncomplete self, int part) noexcept nogil:
    """Solve with L within a portion."""
    cdef int j
    cdef Py_ssize_t p
    cdef double *x = self.unknowns
    cdef double known
    for j in range(self.bounds[part], self.bounds[part + 1]):
        known = x[j]
        for p in range(self.pivot[j] + 1, self.inner_end[j]):
            x[self.index[p]] -= self.values[p] * known


cdef void backward_part(SharedIncomplete self, int part) noexcept nogil:
    """Solve with U within a portion."""
    cdef int j
    cdef Py_ssize_t p
    cdef double *x = self.unknowns
    cdef double known
    for j in range(self.bounds[part + 1] - 1, self.bounds[part] - 1, -1):
        known = x[j] * self.inverse[j]
        x[j] = known
        for p in range(self.start[j], self.pivot[j]):
            x[self.index[p]] -= self.values[p] * known


cdef void residual_part(SharedIncomplete self, int part) noexcept nogil:
    """Residual of a portion at its own unknowns."""
    cdef int j, first = self.bounds[part], end = self.bounds[part + 1]
    cdef Py_ssize_t p
    cdef double *r = self.trial
    cdef double known
    memcpy(r + first, self.right + first, (end - first) * sizeof(double))
    for j in range(first, end):
        known = self.x[j]
        for p in range(self.column_start[j], self.entry_end[j]):
            r[self.row_of[p]] -= self.entry[p] * known


cdef void spread_part(SharedIncomplete self, int part) noexcept nogil:
    cdef double *above = self.above + part * self.apart
    memset(above, 0, self.block * sizeof(double))
    self.spread(above, self.bounds[part], self.bounds[part + 1])


cdef void begin_part(SharedIncomplete self, int part) noexcept nogil:
    cdef int j, threads = self.team.threads
    for j in range(edge(self.n, part, threads), edge(self.n, part + 1, threads)):
        self.x[j] = self.right_side[self.P[j]] * self.scale[j]


cdef void end_part(SharedIncomplete self, int part) noexcept nogil:
    cdef int j, threads = self.team.threads
    for j in range(edge(self.n, part, threads), edge(self.n, part + 1, threads)):
        self.solution[self.Q[j]] = self.x[j]
