"""KLU of SuiteSparse behind the linear solver's interface.

The first `prepare` factors with partial pivoting; later ones refactor with the same pivots, which
is several times faster. Stale pivots are noticed by the cheap reciprocal condition estimate of
`klu_rcond`: when it falls far below that of the last fresh factorisation, the pivot growth is
computed and, if the pivots have gone bad, the matrix is factored anew.

References
----------
T. A. Davis and E. Palamadai Natarajan, "Algorithm 907: KLU", ACM Trans. Math. Softw. 37 (2010),
DOI 10.1145/1824801.1824814.
"""

import numpy as np

from libc.math cimport INFINITY

from circuitnn._cext.incomplete cimport Incomplete
from circuitnn._cext.linear cimport LinearSolver
from circuitnn._cext.replay cimport Replay
from circuitnn._cext.shared_incomplete cimport SharedIncomplete
from circuitnn._cext.status cimport NO_MEMORY, OK, SINGULAR
from circuitnn._cext.teams cimport Team

# Fall of rcond since the last fresh factorisation below which the pivot growth is checked.
cdef double SUSPICIOUS = 1e-3
# Reciprocal pivot growth below which the old pivots are discarded.
cdef double BAD_GROWTH = 1e-6
# The same where entries are so far apart that a pivot of a thousandth of its column loses what matters: the
# growth is always checked, and a pivot is at least this part of its column.
cdef double CAREFUL_GROWTH = 0.05
cdef double CAREFUL_PIVOT = 0.5
cdef double SMALLEST = 1e-300   # smallest scale of a row whose inverse is finite
# Refactorisations after which pivots are taken as final and their elimination is listed, see replay.pyx. If
# they change later, the next ones must last twice as long.
cdef int ENDURING = 12
# … of more unknowns than this, for which KLU takes much longer than the list, they are earlier.
cdef Py_ssize_t LARGE = 500
cdef int ENDURING_LARGE = 4
# Ratio of all products of the elimination to those that fall onto entries of the matrix, above which fill-in
# is left out if the matrix permits it: see incomplete.pyx.
cdef double MUCH = 4.0
cdef double REFINING = 6.0      # products per entry that refining costs
# If it does not, this is tried again after WAIT factorisations, then twice as many, up to WAIT_LONGEST.
cdef int WAIT = 8
cdef int WAIT_LONGEST = 128


def version():
    """KLU's version, ``"2.3.5"``."""
    return f"{KLU_MAIN_VERSION}.{KLU_SUB_VERSION}.{KLU_SUBSUB_VERSION}"


cdef class KLU(LinearSolver):
    """KLU for one sparsity pattern; parameters as `LinearSolver`."""

    def __cinit__(self, *args, **kwargs):
        self.symbolic = NULL
        self.numeric = NULL
        klu_defaults(&self.common)

    def __init__(self, column_starts, rows):
        LinearSolver.__init__(self, column_starts, rows)
        self.name = "klu"
        self.enduring, self.patience = ENDURING_LARGE if self.n > LARGE else ENDURING, WAIT
        self.suspicious, self.bad_growth = SUSPICIOUS, BAD_GROWTH
        with nogil:
            self.symbolic = klu_analyze(<int>self.n, <int *>self.Ap, <int *>self.Ai, &self.common)
        if self.symbolic == NULL and self.common.status < -1:
            raise MemoryError(f"KLU could not analyze a matrix of {self.n} unknowns")

    def share(self, Team team not None):
        """Let a team of threads solve with incomplete factors."""
        self.team = team

    def be_careful(self):
        self.common.tol, self.suspicious, self.bad_growth = CAREFUL_PIVOT, INFINITY, CAREFUL_GROWTH

    def __dealloc__(self):
        if self.numeric != NULL:
            klu_free_numeric(&self.numeric, &self.common)
        if self.symbolic != NULL:
            klu_free_symbolic(&self.symbolic, &self.common)

    cdef int factor(self, double *values) noexcept nogil:
        if self.numeric != NULL:
            klu_free_numeric(&self.numeric, &self.common)
        self.listed = self.replaying = self.sparing = self.spares = False
        self.stood = 0
        self.numeric = klu_factor(<int *>self.Ap, <int *>self.Ai, values, self.symbolic, &self.common)
        self.factorisations += 1
        if self.common.status == 1 or self.numeric == NULL:
            self.singular_column = self.common.singular_col
            if self.numeric != NULL:
                klu_free_numeric(&self.numeric, &self.common)
            return NO_MEMORY if self.common.status < -1 else SINGULAR
        klu_rcond(self.symbolic, self.numeric, &self.common)
        self.rcond = self.quotient = self.common.rcond
        # The factorisation does not detect a zero pivot in a block of one, but the estimate does.
        return OK if self.common.rcond > 0.0 else SINGULAR

    cdef int prepare(self, double *values) noexcept nogil:
        if self.symbolic == NULL:
            return SINGULAR
        if self.numeric == NULL:
            return self.factor(values)
        self.refactorisations += 1
        self.spares = False
        if self.waiting:
            self.waiting -= 1
        elif self.sparing and self.incomplete.factor(values) and self.serves(self.incomplete, values):
            self.quotient, self.spares = self.incomplete.rcond, True
            return OK
        return self.prepare_fully(values)

    cdef int prepare_fully(self, double *values) noexcept nogil:
        """Factor with the present pivots, including fill-in."""
        if not self.listed:
            self.stood += 1
            if self.stood == self.enduring:
                with gil:
                    self.begin_replay()
        if not self.replaying:
            return self.refactor(values)
        if not self.replay.factor(values):
            return self.factor(values)
        self.quotient = self.replay.rcond
        return OK if self.serves(self.replay, values) else self.factor(values)

    cdef bint serves(self, Replay replay, const double *values) noexcept nogil:
        """Whether the pivots of a factorisation are good."""
        return replay.rcond > self.suspicious * self.rcond or replay.growth(values) > self.bad_growth

    cdef int refactor(self, double *values) noexcept nogil:
        """Factor with KLU, with the present pivots if they are good enough."""
        if not klu_refactor(<int *>self.Ap, <int *>self.Ai, values, self.symbolic, self.numeric,
                            &self.common) or self.common.status != 0:
            return self.factor(values)
        klu_rcond(self.symbolic, self.numeric, &self.common)
        if self.common.rcond == 0.0:
            return self.factor(values)
        self.quotient = self.common.rcond
        # written so that a NaN estimate is suspicious too
        if not self.common.rcond > self.suspicious * self.rcond:
            klu_rgrowth(<int *>self.Ap, <int *>self.Ai, values, self.symbolic, self.numeric,
                        &self.common)
            if not self.common.rgrowth > self.bad_growth:
                return self.factor(values)
        return OK

    cdef int begin_replay(self) noexcept:
        """Replay from now on if that pays off; an exception of a signal handler is raised after the loop."""
        try:
            self.make_replay()
        except MemoryError:
            self.enduring *= 2      # continue without
        except BaseException as error:
            self.stopped, self.raised = True, error
        return 0

    cdef int make_replay(self) except -1:
        """List the products of the elimination if that pays off."""
        cdef int[::1] P, Q, R
        cdef double[::1] scale = np.ones(self.n)
        P, Q = np.empty(self.n, dtype=np.int32), np.empty(self.n, dtype=np.int32)
        R = np.empty(self.symbolic.nblocks + 1, dtype=np.int32)
        if klu_extract(self.numeric, self.symbolic, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
                       &P[0], &Q[0], &scale[0], &R[0], &self.common):
            if not np.min(scale) > SMALLEST:  # the inverse may overflow
                self.enduring *= 2
                return 0
            np.asarray(scale)[P] = np.array(scale)  # KLU has the scales in the order of the pivots
            self.replay = Replay(*self.pattern, P, Q, R, scale)
            self.enduring *= 2
            self.listed, self.replaying = True, self.replay.worth
            self.make_incomplete(P, Q, R, scale)
        return 0

    cdef int make_incomplete(self, P, Q, R, scale) except -1:
        """Lay out factors without fill-in if that saves most of the work."""
        cdef double[::1] values
        if self.replay.products <= self.nonzeros:
            return 0
        if self.team is None:
            self.incomplete = Incomplete(*self.pattern, P, Q, R, scale)
        else:
            self.incomplete = SharedIncomplete(self.team, *self.pattern, P, Q, R, scale)
        if self.replay.products > MUCH * self.incomplete.products + REFINING * self.nonzeros:
            self.kept = values = np.empty(self.nonzeros)
            self.at_hand = &values[0]
            self.sparing = True
        return 0

    cdef int solve(self, double *b) noexcept nogil:
        cdef int status
        self.solves += 1
        self.inexactness = 0.0
        if self.spares:
            if self.incomplete.solve_to(self.exactness, &self.yardstick, b):
                self.spared += 1
                self.inexactness = self.exactness
                self.patience = WAIT
                return OK
            self.spares = False
            self.waiting, self.patience = self.patience, min(2 * self.patience, WAIT_LONGEST)
            self.incomplete.give_back(self.at_hand)
            status = self.prepare_fully(self.at_hand)
            if status != OK:
                return status
        if self.replaying:
            self.replay.solve(b)
        elif not klu_solve(self.symbolic, self.numeric, <int>self.n, 1, b, &self.common):
            return SINGULAR
        return OK


cdef class ComplexPivots:
    """Pivot orders for complex matrices of one sparsity pattern.

    Parameters
    ----------
    starts, rows : int32 arrays
        CSC pattern.
    """

    def __cinit__(self):
        self.symbolic = NULL
        klu_defaults(&self.common)

    def __init__(self, const int[::1] starts not None, const int[::1] rows not None):
        self.starts, self.rows = starts, rows
        self.symbolic = klu_analyze(<int>(starts.shape[0] - 1), <int *>&starts[0], <int *>&rows[0],
                                    &self.common)

    def __dealloc__(self):
        if self.symbolic != NULL:
            klu_free_symbolic(&self.symbolic, &self.common)

    def order(self, const double complex[::1] values not None):
        """Pivots by which a matrix is factored accurately.

        Parameters
        ----------
        values : complex128 array, shape (nonzeros,)

        Returns
        -------
        rows, columns, blocks : int32 arrays
            Row and column of each pivot, and the starts of the diagonal blocks of the resulting block upper
            triangular matrix, with the end of the last; or None if the matrix is singular.
        """
        cdef klu_numeric *numeric
        cdef int n = <int>(self.starts.shape[0] - 1), done
        cdef int[::1] P = np.empty(n, dtype=np.int32), Q = np.empty(n, dtype=np.int32)
        cdef int[::1] R
        if self.symbolic == NULL:
            return None
        R = np.empty(self.symbolic.nblocks + 1, dtype=np.int32)
        with nogil:
            numeric = klu_z_factor(<int *>&self.starts[0], <int *>&self.rows[0], <double *>&values[0],
                                   self.symbolic, &self.common)
            done = numeric != NULL and self.common.status == 0 and klu_z_extract(
                numeric, self.symbolic, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
                NULL, &P[0], &Q[0], NULL, &R[0], &self.common)
            if numeric != NULL:
                klu_z_free_numeric(&numeric, &self.common)
        return (np.asarray(P), np.asarray(Q), np.asarray(R)) if done else None
