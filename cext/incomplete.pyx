"""Factors without fill-in, and iterative refinement: for matrices whose off-diagonal entries are weak.

In a small time step the charges of an oscillator outweigh its couplings to others. The fill-in of such a
matrix consists of products of couplings, and leaving it out changes the solution only slightly. Solving for
the residual corrects the change: a few refinements solve the system to rounding, or as exactly as the caller
asks. The cost is proportional to the entries of the matrix; that of full factors of a grid grows faster.

Factors and matrix are stored by rows: each number of a solution is then the sum of one row, and the threads
of a team can share a block. Each has a portion, unknowns of successive numbers as in all other loops. Rows
that depend, perhaps through others, on one of another portion are the top: one thread does it afterwards.

References
----------
J. A. Meijerink and H. A. van der Vorst, Math. Comp. 31 (1977) 148, DOI 10.1090/S0025-5718-1977-0438681-4.
"""

import numpy as np

from libc.math cimport fabs

from circuitnn._cext.byrows cimport ByRows
from circuitnn._cext.teams cimport Team, Work, edge

cdef enum:
    SHARED = 2048           # unknowns of a block that threads share, …
    TOP = 4                 # … if the top has at most one in so many

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


cdef enum:
    SOUND = 0
    WEAK = 1
    ZERO = 2


cdef class Incomplete(ByRows):
    """Factors without fill-in, and solutions with them; parameters as `Replay`, and

    Parameters
    ----------
    team : Team
        The threads that share the largest block.
    """

    def __init__(self, const int[::1] column_starts not None, const int[::1] rows not None,
                 P, Q, R, const double[::1] scale not None, Team team not None):
        ByRows.__init__(self, column_starts, rows, P, Q, R, scale)
        self.team = team
        self.distribute(np.asarray(R))

    cdef int distribute(self, blocks) except -1:
        """Distribute the rows of the largest block among the threads."""
        cdef int threads = self.team.threads
        self.largest = int(np.argmax(np.diff(blocks)))
        first, end = int(blocks[self.largest]), int(blocks[self.largest + 1])
        owner = np.full(end - first, threads, dtype=np.int32)
        if threads > 1 and end - first >= SHARED:
            home = np.array(<int[:self.n]>self.Q)[first:end].astype(np.int64) * threads // self.n
            home = home.astype(np.int32)
            self.separate(home, first)
            if np.count_nonzero(home == threads) * TOP <= end - first:
                owner = home
        order = np.arange(self.n)
        order[first:end] = first + np.argsort(owner, kind="stable")
        self.order, self.n_portions = self.store.integers(order), threads
        self.starts = self.store.integers(first + np.searchsorted(np.sort(owner), np.arange(threads + 1)))
        return 0

    cdef int separate(self, int[::1] home, int first) except -1:
        """Move rows to the top that depend on one of another portion or of the top."""
        cdef Py_ssize_t i, p
        for i in range(home.shape[0]):
            for p in range(self.start[first + i], self.pivot[first + i]):
                if home[self.index[p] - first] != home[i]:
                    home[i] = self.team.threads
            for p in range(self.pivot[first + i] + 1, self.start[first + i + 1]):
                if home[self.index[p] - first] != home[i]:
                    home[self.index[p] - first] = self.team.threads
        return 0

    cdef int share(self, Work work, Task *task) noexcept nogil:
        """Do a loop over the portions of the largest block; returns the number of parts."""
        cdef Py_ssize_t size = self.starts[self.n_portions] - self.starts[0]
        return self.team.share(work, task, 5 * size)

    cdef bint factor(self, const double *A) noexcept nogil:
        """Factor anew; returns False if a pivot is zero or not finite. `rcond`: smallest/largest pivot."""
        cdef Task task
        cdef int part, parts, top = self.starts[self.n_portions], worst = SOUND
        cdef Py_ssize_t p
        cdef double least = 1e300, largest = 0.0
        task.factors, task.A = <void *>self, A
        self.team.share(place_part, &task, 2 * self.n_inside)
        for p in range(self.n_unset):
            self.values[self.unset[p]] = 0.0
        for p in range(self.n_outside):
            self.off[p] = A[self.source[self.n_inside + p]] * self.weight[self.n_inside + p]
        parts = self.share(factor_part, &task)
        self.eliminate(&task, parts, 0, self.starts[0])
        self.eliminate(&task, parts + 1, top, self.n)
        for part in range(parts + 2):
            least, largest = min(least, task.least[part]), max(largest, task.largest[part])
            worst = max(worst, task.found[part])
        if worst == WEAK:
            self.trusted = 0
        self.rcond = least / largest
        return worst != ZERO

    cdef void place(self, const double *A, int lo, int hi) noexcept nogil:
        """Take the entries of the matrix in the rows from lo to hi in the order of the portions."""
        cdef int at
        cdef Py_ssize_t p
        for at in range(lo, hi):
            for p in range(self.row_start[self.order[at]], self.row_start[self.order[at] + 1]):
                self.entry[p] = A[self.source[p]] * self.weight[p]
                self.values[self.target[p]] = self.entry[p]

    cdef void eliminate(self, Task *task, int part, int lo, int hi) noexcept nogil:
        """Factor the rows from lo to hi in the order of the portions."""
        cdef Py_ssize_t p, q
        cdef int i, k, at
        cdef double *v = self.values
        cdef double factor, size, least = 1e300, largest = 0.0
        task.found[part] = SOUND
        for at in range(lo, hi):
            i = self.order[at]
            k = self.lower[i]
            for p in range(self.start[i], self.pivot[i]):
                factor = v[p] * self.inverse[self.index[p]]
                v[p] = factor
                for q in range(self.ends[k], self.ends[k + 1]):
                    v[self.targets[q]] -= factor * v[self.sources[q]]
                k += 1
            size = fabs(v[self.pivot[i]])
            least, largest = min(least, size), max(largest, size)
            if not size > 0.0:
                task.found[part] = ZERO
                break
            if size < self.sound[i]:
                task.found[part] = WEAK
            self.inverse[i] = 1.0 / v[self.pivot[i]]
        task.least[part], task.largest[part] = least, largest

    cdef void forward(self, double *x, int lo, int hi) noexcept nogil:
        """Solve with L for the rows from lo to hi in the order of the portions."""
        cdef int i, at
        cdef Py_ssize_t p
        cdef const double *v = self.values
        cdef double known
        for at in range(lo, hi):
            i = self.order[at]
            known = x[i]
            for p in range(self.start[i], self.pivot[i]):
                known -= v[p] * x[self.index[p]]
            x[i] = known

    cdef void backward(self, double *x, int lo, int hi) noexcept nogil:
        """Solve with U, from the last of these rows to the first."""
        cdef int i, at
        cdef Py_ssize_t p
        cdef const double *v = self.values
        cdef double known
        for at in range(hi - 1, lo - 1, -1):
            i = self.order[at]
            known = x[i]
            for p in range(self.start[i + 1] - 1, self.pivot[i], -1):
                known -= v[p] * x[self.index[p]]
            x[i] = known * self.inverse[i]

    cdef void by_factors(self, double *x, int block) noexcept nogil:
        """Solve with the factors of one block."""
        cdef int first = self.R[block], end = self.R[block + 1]
        cdef bint shared = block == self.largest
        cdef Task task
        task.factors, task.x = <void *>self, x
        if shared:
            self.share(forward_part, &task)
            first = self.starts[self.n_portions]
        self.forward(x, first, end)
        self.backward(x, first, end)
        if shared:
            self.share(backward_part, &task)

    cdef bint refine(self, int block, double enough) noexcept nogil:
        """Solve a block to a relative error of `enough`; returns False if its factors are too inexact."""
        cdef Task task
        cdef int turn, part, parts
        cdef double size, moved, before, dominant = DOMINANT_IN_FULL if self.diagonal else DOMINANT
        cdef int most = MOST_IN_FULL if self.diagonal else MOST
        cdef Py_ssize_t length
        task.factors, task.first, task.end = <void *>self, self.R[block], self.R[block + 1]
        length = task.end - task.first
        self.team.share(keep_part, &task, length)
        self.by_factors(self.x, block)
        parts, before = self.team.share(size_part, &task, length), 0.0
        for part in range(parts):
            before = max(before, task.largest[part])
        for turn in range(most):
            if before == 0.0:
                return True
            self.team.share(residual_part, &task, 2 * (self.row_start[task.end] - self.row_start[task.first]))
            self.by_factors(self.trial, block)
            parts, moved, size = self.team.share(correct_part, &task, 2 * length), 0.0, 0.0
            for part in range(parts):
                moved, size = max(moved, task.moved[part]), max(size, task.largest[part])
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

    cdef void subtract_product(self, int lo, int hi) noexcept nogil:
        """Residual of the rows from lo to hi, in `trial`."""
        cdef int i, at
        cdef Py_ssize_t p
        cdef double left
        for at in range(lo, hi):
            i = self.order[at]
            left = self.right[i]
            for p in range(self.row_start[i], self.row_start[i + 1]):
                left -= self.entry[p] * self.x[self.column_of[p]]
            self.trial[i] = left

    cdef void correct(self, Task *task, int part, int lo, int hi) noexcept nogil:
        """Add the correction in `trial` to the solution from lo to hi."""
        cdef int i, at
        cdef double moved = 0.0, size = 0.0
        for at in range(lo, hi):
            i = self.order[at]
            self.x[i] += self.trial[i]
            moved, size = max(moved, fabs(self.trial[i])), max(size, fabs(self.x[i]))
        task.moved[part], task.largest[part] = moved, size

    cdef bint solve_to(self, double enough, double *b) noexcept nogil:
        """Overwrite `b` with the solution; returns False, `b` unchanged, if refinement does not converge.

        The error is at most `enough`, relative to the largest unknown of each block.
        """
        cdef Task task
        cdef int block, j, first, end
        cdef Py_ssize_t p
        cdef double *x = self.x
        cdef double known
        cdef bint trusting = self.trusted > 0 and SURE * self.left <= enough
        self.trusted = self.trusted - 1 if trusting else 0
        if not trusting:
            self.left = 0.0
        task.factors, task.x = <void *>self, b
        self.team.share(take_part, &task, self.n)
        for block in range(self.blocks - 1, -1, -1):
            first, end = self.R[block], self.R[block + 1]
            if end == first + 1:
                x[first] *= self.inverse[first]
            elif trusting or not self.left_out[block]:
                self.by_factors(x, block)
            elif not self.refine(block, enough):
                return False
            for j in range(first, end):
                known = x[j]
                for p in range(self.off_start[j], self.off_start[j + 1]):
                    x[self.off_index[p]] -= self.off[p] * known
        self.team.share(give_part, &task, self.n)
        if not trusting:
            self.trusted = TRUSTED
            for j in range(self.n):
                self.sound[j] = WEAKER / fabs(self.inverse[j])
        return True


cdef inline int row_at(const Task *task, int part, int parts) noexcept nogil:
    """Where a part of a block begins, in the order of the portions."""
    return task.first + <int>edge(task.end - task.first, part, parts)


cdef inline int portion_at(const Task *task, int part, int parts) noexcept nogil:
    """Where the portions of a part begin, in their order."""
    cdef int most = (<Incomplete>task.factors).n_portions
    return (<Incomplete>task.factors).starts[most * part // parts]


cdef void place_part(void *given, int part, int parts) noexcept nogil:
    cdef Task *task = <Task *>given
    cdef Py_ssize_t n = (<Incomplete>task.factors).n
    (<Incomplete>task.factors).place(task.A, <int>edge(n, part, parts), <int>edge(n, part + 1, parts))


cdef void factor_part(void *given, int part, int parts) noexcept nogil:
    cdef Task *task = <Task *>given
    cdef int lo = portion_at(task, part, parts), hi = portion_at(task, part + 1, parts)
    (<Incomplete>task.factors).eliminate(task, part, lo, hi)


cdef void forward_part(void *given, int part, int parts) noexcept nogil:
    cdef Task *task = <Task *>given
    cdef int lo = portion_at(task, part, parts), hi = portion_at(task, part + 1, parts)
    (<Incomplete>task.factors).forward(task.x, lo, hi)


cdef void backward_part(void *given, int part, int parts) noexcept nogil:
    cdef Task *task = <Task *>given
    cdef int lo = portion_at(task, part, parts), hi = portion_at(task, part + 1, parts)
    (<Incomplete>task.factors).backward(task.x, lo, hi)


cdef void keep_part(void *given, int part, int parts) noexcept nogil:
    """Keep a part of the right-hand side of a block."""
    cdef Task *task = <Task *>given
    cdef const int *order = (<Incomplete>task.factors).order
    cdef const double *x = (<Incomplete>task.factors).x
    cdef double *right = (<Incomplete>task.factors).right
    cdef int at
    for at in range(row_at(task, part, parts), row_at(task, part + 1, parts)):
        right[order[at]] = x[order[at]]


cdef void size_part(void *given, int part, int parts) noexcept nogil:
    cdef Task *task = <Task *>given
    cdef const int *order = (<Incomplete>task.factors).order
    cdef const double *x = (<Incomplete>task.factors).x
    cdef double size = 0.0
    cdef int at
    for at in range(row_at(task, part, parts), row_at(task, part + 1, parts)):
        size = max(size, fabs(x[order[at]]))
    task.largest[part] = size


cdef void residual_part(void *given, int part, int parts) noexcept nogil:
    cdef Task *task = <Task *>given
    (<Incomplete>task.factors).subtract_product(row_at(task, part, parts), row_at(task, part + 1, parts))


cdef void correct_part(void *given, int part, int parts) noexcept nogil:
    cdef Task *task = <Task *>given
    (<Incomplete>task.factors).correct(task, part, row_at(task, part, parts), row_at(task, part + 1, parts))


cdef void take_part(void *given, int part, int parts) noexcept nogil:
    """Take a part of the right-hand side."""
    cdef Task *task = <Task *>given
    cdef const int *order = (<Incomplete>task.factors).order
    cdef const int *P = (<Incomplete>task.factors).P
    cdef const double *scale = (<Incomplete>task.factors).scale
    cdef double *x = (<Incomplete>task.factors).x
    cdef Py_ssize_t at, n = (<Incomplete>task.factors).n
    cdef int j
    for at in range(edge(n, part, parts), edge(n, part + 1, parts)):
        j = order[at]
        x[j] = task.x[P[j]] * scale[j]


cdef void give_part(void *given, int part, int parts) noexcept nogil:
    """Give a part of the solution."""
    cdef Task *task = <Task *>given
    cdef const int *order = (<Incomplete>task.factors).order
    cdef const int *Q = (<Incomplete>task.factors).Q
    cdef const double *x = (<Incomplete>task.factors).x
    cdef Py_ssize_t at, n = (<Incomplete>task.factors).n
    for at in range(edge(n, part, parts), edge(n, part + 1, parts)):
        task.x[Q[order[at]]] = x[order[at]]
