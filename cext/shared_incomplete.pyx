"""Incomplete factors by a team of threads: each has a portion of the pivots of the largest block.

No entry of the matrix couples two portions: pivots that would are taken out of them, and eliminated last.
Thus portions are factored, and solved with, independently of each other; what lies between them is done by
one thread. If that is too much, so is all.
"""

import numpy as np

from circuitnn._cext.pattern import inverse

from circuitnn._cext.teams cimport Work, edge

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
        Incomplete.__init__(self, column_starts, rows, P, Q, R, scale)

    cdef object order(self, column_starts, rows, P, Q, R):
        """Order of the pivots: by colour in each portion, and between the portions."""
        order = Incomplete.order(self, column_starts, rows, P, Q, R)
        portion, bounds = portions(column_starts, rows, P[order], Q[order], R, self.team.threads)
        self.block, self.bounds = bounds[0], self.store.integers(bounds)
        return order[portion]

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
        if not (sound and self.eliminate(A, 0, self.block, &found)
                and self.eliminate(A, top, self.n, &found)):
            return False
        self.accept(&found)
        return True

    cdef void by_factors(self, const double *b, double *x, int first, int end) noexcept nogil:
        cdef int top = self.bounds[self.team.threads]
        if first != self.block or top == first:
            Incomplete.by_factors(self, b, x, first, end)
            return
        self.known, self.unknowns = b, x
        self.team.run(<Work>forward_part, <void *>self)
        Incomplete.by_factors(self, b, x, top, end)
        self.team.run(<Work>backward_part, <void *>self)

    cdef void find_residual(self, int first, int end) noexcept nogil:
        if first != self.block:
            Incomplete.find_residual(self, first, end)
            return
        self.above = end
        self.team.run(<Work>residual_part, <void *>self)

    cdef void begin(self, const double *b, int first, int end) noexcept nogil:
        if first != self.block:
            Incomplete.begin(self, b, first, end)
            return
        self.known, self.above = b, end
        self.team.run(<Work>begin_part, <void *>self)

    cdef void end(self, double *b) noexcept nogil:
        self.unknowns = b
        self.team.run(<Work>end_part, <void *>self)


cdef void factor_part(SharedIncomplete self, int part) noexcept nogil:
    cdef Py_ssize_t outside = self.n_outside
    cdef int threads = self.team.threads
    cdef Pivots *found = &self.found[part]
    found.least, found.largest, found.weak = 1e300, 0.0, False
    self.take_outside(self.A, edge(outside, part, threads), edge(outside, part + 1, threads))
    self.sound_part[part] = self.eliminate(self.A, self.bounds[part], self.bounds[part + 1], found)


cdef void forward_part(SharedIncomplete self, int part) noexcept nogil:
    self.forwards(self.known, self.unknowns, self.bounds[part], self.bounds[part + 1])


cdef void backward_part(SharedIncomplete self, int part) noexcept nogil:
    self.backwards(self.unknowns, self.bounds[part], self.bounds[part + 1])


cdef int bound(SharedIncomplete self, int part) noexcept nogil:
    """First equation of a part of the block."""
    return self.block + <int>edge(self.above - self.block, part, self.team.threads)


cdef void residual_part(SharedIncomplete self, int part) noexcept nogil:
    Incomplete.find_residual(self, bound(self, part), bound(self, part + 1))


cdef void begin_part(SharedIncomplete self, int part) noexcept nogil:
    Incomplete.begin(self, self.known, bound(self, part), bound(self, part + 1))


cdef void end_part(SharedIncomplete self, int part) noexcept nogil:
    cdef int j, threads = self.team.threads
    for j in range(edge(self.n, part, threads), edge(self.n, part + 1, threads)):
        self.unknowns[self.Q[j]] = self.x[j]
