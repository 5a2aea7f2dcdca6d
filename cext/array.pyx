"""Operating points of declared crossbar arrays, on dense matrices.

The algorithm is that of `circuitnn._cext.lines`: the word lines are eliminated exactly by tridiagonal
solves, the Schur complement on the bit lines is solved by conjugate gradients preconditioned with
the bit lines' own tridiagonals, all of it inside an inexact Newton iteration. Cells with a gate make
the matrix unsymmetric: then BiCGSTAB is used, with the same preconditioner. Large arrays also have a coarse
grid, see `circuitnn._cext.array_coarse`. Here the array is known beforehand: no index is stored, all
loops run over dense rows, and memory is a dozen numbers per cell.

Run time is spent reading matrices. So steps are solved for in single precision, voltages and currents are
kept in double, and Newton's iteration, in linear arrays too, corrects the error of a step. Where a step
gains too little (cells that isolate lines held by nothing else), steps are solved for in double.

Convergence is judged by Kirchhoff's current law in amperes, line by line: the sum of |residual| along
a line against the sum of |cell current| on it.

References
----------
M. R. Hestenes and E. Stiefel, J. Res. Natl. Bur. Stand. 49 (1952) 409, DOI 10.6028/jres.049.044.
H. A. van der Vorst, SIAM J. Sci. Stat. Comput. 13 (1992) 631, DOI 10.1137/0913035.
N. J. Higham, "Accuracy and Stability of Numerical Algorithms", 2nd ed. (2002), chapter 12.
R. S. Dembo, S. C. Eisenstat and T. Steihaug, SIAM J. Numer. Anal. 19 (1982) 400, DOI 10.1137/0719025.
"""

import numpy as np

from circuitnn._cext.array_coarse import grid_for

from libc.math cimport INFINITY, isfinite, sqrt
from libc.string cimport memset

from circuitnn._cext.array_coarse cimport CoarseGrid
from circuitnn._cext.array_state cimport ArrayState
from circuitnn._cext.array_work cimport (
    CNN_JOINED_NEXT,
    CNN_SOLVED,
    CNN_STALLED,
    Workspace,
    cnn_array_gates,
    cnn_array_noise,
    cnn_array_rebase,
    cnn_array_voltages,
)
from circuitnn._cext.cells cimport Cells
from circuitnn._cext.status cimport NO_MEMORY, NOT_CONVERGED, NOT_FINITE, OK, SINGULAR

cdef enum:
    # Iterations without progress after which a linear array is given up.
    STALE = 4

# Smallest fraction of an overshooting step that is still tried.
cdef double SHORTEST = 1e-6

# Growth of the residual beyond which a step has overshot.
cdef double TOO_FAR = 4.0
# Rounding error of a residual relative to the sum of magnitudes of its terms.
cdef double ROUNDING = 8 * 2.220446049250313e-16
# Relative accuracies to which steps can be solved in single and in double precision.
cdef double SINGLE_ACCURACY = 1e-6
cdef double DOUBLE_ACCURACY = 1e-13
# A step in single precision has gained too little if it leaves more than this fraction of a linear array's
# residual, and much more than the accuracy asked for.
cdef double TOO_LITTLE = 1e-2
# Part of the nodes of a family joined to the next above which a coarse grid does not fit.
cdef double MERGED = 0.1
# Residuals are scaled so that their squares neither overflow nor underflow in single precision.
cdef double SCALED = 1e12


cdef class ArraySolver(ArrayState):
    """Solver of one array; the parameters are those of `ArrayState`."""

    def __init__(self, Py_ssize_t m, Py_ssize_t n, word_links, bit_links, ends, held=(False, False),
                 joined=(None, None)):
        super().__init__(m, n, word_links, bit_links, ends, held, joined)
        self.rtol, self.atol = 1e-10, 1e-24
        self.max_newton, self.max_iterations = 100, 1000
        # Arrays with lines merged into one node, or with many joined nodes, get no coarse grid.
        flags = [one for one in self.joined if one is not None]
        merged = max([np.mean(one & CNN_JOINED_NEXT) for one in flags], default=0.0)
        self.grid = False if np.any(held[0]) or np.any(held[1]) or merged > MERGED else None
        self.noise = self.vector("noise", m + n)

    cdef Workspace workspace(self, bint single, bint iterates):
        return Workspace(self.s.m, self.s.n, single, *self.wires, self.s.h != self.s.g, self.joined, iterates)

    @property
    def conductance(self):
        """Conductance ∂I/∂v of each cell, shape (m, n); writable, for a linear array. [S]"""
        self.work = None
        return self.arrays["g"].reshape(self.s.m, self.s.n)

    def unsymmetric(self, bit_conductance, bint transposed=False):
        """Make the array linear, with cell currents g·(word voltage) − h·(bit voltage).

        Parameters
        ----------
        bit_conductance : array, shape (m, n)
            h. [S]
        transposed : bool
            Solve the system of the transposed matrix: the current out of the word node is g·(word voltage −
            bit voltage), that into the bit node h·(word voltage − bit voltage).
        """
        self.s.h = self.matrix("h")
        self.arrays["h"][:] = np.asarray(bit_conductance, dtype=np.float64).reshape(-1)
        self.s.transposed = transposed
        self.work = None

    @property
    def rounded(self):
        """Whether the last solution was accepted because its KCL residual may be rounding."""
        return bool(np.any(self.arrays["noise"]))

    cdef double measure(self, double *norm) noexcept nogil:
        """Largest KCL error of a line in tolerances; `norm` gets the sum of all residuals."""
        cdef Py_ssize_t i, m = self.s.m, n = self.s.n
        cdef double largest = 0.0, error, size, ratio, total = 0.0
        for i in range(m + n):
            error = self.s.word_sums[i] if i < m else self.s.bit_sums[i - m]
            size = self.s.word_sums[m + i] if i < m else self.s.bit_sums[n + i - m]
            ratio = error / (self.rtol * size + self.atol + self.noise[i])
            total += error
            if not ratio <= largest:
                largest = ratio
                self.worst = i
        norm[0] = total
        return largest

    cdef int look(self, Cells cells, double *norm) noexcept nogil:
        """Currents and residuals at the present voltages."""
        if cells is not None:
            cnn_array_voltages(&self.s, self.s.current)
            if self.s.gate != NULL:
                cnn_array_gates(&self.s, self.s.h)
            if cells.evaluate(self.s.current, self.s.g, self.s.h) != OK:
                return NOT_CONVERGED
        self.work.code.residual(&self.s, &self.work.k)
        # The rounding level of the previous voltages does not apply to these.
        memset(self.noise, 0, (self.s.m + self.s.n) * sizeof(double))
        self.error = self.measure(norm)
        if isfinite(norm[0]) and norm[0] > 0.0 and not 1.0 / SCALED < norm[0] * self.work.k.scale < SCALED:
            self.work.k.scale = 1.0 / norm[0]
            self.work.code.residual(&self.s, &self.work.k)
        return OK

    cdef double accuracy(self, Cells cells, Py_ssize_t turn, double ratio) noexcept nogil:
        """Accuracy required of the next step; the last one left the fraction `ratio` of the residual."""
        cdef double eta = 0.0
        if cells is not None:
            eta = 1e-2 if turn < 2 else min(1e-2, 0.1 * ratio)
        return max(eta, 0.1 / self.error, SINGLE_ACCURACY if self.work.single else DOUBLE_ACCURACY)

    cdef int coarsen(self) noexcept nogil:
        """Add a coarse grid if the array is large."""
        with gil:
            try:
                if self.grid is None:
                    self.grid = grid_for(self.arrays["g"], *self.wires)
                if self.grid is not False:
                    (<CoarseGrid>self.grid).prepare(&self.s, &self.work.k)
            except BaseException as error:  # out of memory, or raised by a signal handler
                self.raised = error
                return NO_MEMORY
        return OK

    cdef int step(self, Cells cells, double eta) noexcept nogil:
        """Solve for a step."""
        cdef int status
        self.solved_scale = self.work.k.scale
        if cells is not None or not self.work.factored:
            self.factorisations += 1
            if self.work.code.factor(&self.s, &self.work.k) != 0:
                return SINGULAR
            if self.s.h == self.s.g and self.coarsen() != OK:
                return NO_MEMORY
            self.work.factored = True
        method = self.work.code.conjugate if self.s.h == self.s.g else self.work.code.stabilised
        status = method(&self.s, &self.work.k, eta, self.max_iterations, &self.iterations)
        return OK if status == CNN_SOLVED else NOT_CONVERGED if status == CNN_STALLED else SINGULAR

    cdef void move(self, double size) noexcept nogil:
        """Move by `size` times the step."""
        self.work.code.move(&self.s, &self.work.k, size / self.solved_scale)

    cdef int widen(self) noexcept nogil:
        """Continue in double precision."""
        with gil:
            try:
                self.work = self.workspace(False, True)
            except BaseException as error:
                self.raised = error
                return NO_MEMORY
        return OK

    cdef bint settled(self, double *norm, bint noisy) noexcept nogil:
        """Whether Kirchhoff's current law holds on every line; if `noisy`, to within rounding."""
        if self.error <= 1.0 and isfinite(norm[0]):
            return True
        if not noisy or not isfinite(norm[0]):
            return False
        cnn_array_noise(&self.s, ROUNDING, self.noise)
        self.error = self.measure(norm)
        return self.error <= 1.0

    cdef int retreat(self, Cells cells, double *taken) noexcept nogil:
        """Take back an overshooting step: all of it in single precision, else half of what is left of it."""
        if taken[0] == 0.0 or (cells is None and not self.work.single):
            return NOT_FINITE
        if self.work.single:
            self.move(-taken[0])
            taken[0] = 0.0
            return self.widen()
        taken[0] *= 0.5
        self.move(-taken[0])
        return OK if taken[0] >= SHORTEST else NOT_CONVERGED

    cdef int newton(self, Cells cells) noexcept nogil:
        cdef double norm = INFINITY, before = INFINITY, taken = 0.0, eta = 0.0, best = INFINITY
        cdef Py_ssize_t turn, stale = 0
        cdef int status
        for turn in range(self.max_newton + 1):
            if self.look(cells, &norm) != OK:
                return NOT_CONVERGED
            stale = stale + 1 if not self.error <= 0.5 * best else 0
            best = min(best, self.error)
            # If there is no more progress, the rest may be rounding.
            if self.settled(&norm, stale > 0):
                return OK
            if not isfinite(norm) or (norm > TOO_FAR * before and (cells is not None or self.work.single)):
                status = self.retreat(cells, &taken)
                if status != OK:
                    return status
                best = INFINITY     # taking back a step does not count as lack of progress
                continue
            if turn == self.max_newton or (stale >= STALE and cells is None):
                return NOT_CONVERGED
            if cells is None and self.work.single and norm > max(TOO_LITTLE, sqrt(eta)) * before:
                if self.settled(&norm, True):
                    return OK
                if self.widen() != OK:
                    return NO_MEMORY
                continue
            eta = self.accuracy(cells, turn, norm / before)
            status = self.step(cells, eta)
            if status != OK:
                if status == NO_MEMORY or not self.work.single or self.widen() != OK:
                    return status
                continue
            before = norm
            taken = 1.0
            self.newton_iterations += 1
            self.move(taken)
            self.work.k.scale = 1.0 / norm
            cnn_array_rebase(&self.s)
        return NOT_CONVERGED

    def solve(self, Cells cells=None):
        """Solve from the present voltages; returns the status, 0 for success.

        Parameters
        ----------
        cells : Cells, optional
            If omitted, the array is linear with the present `conductance`.
        """
        cdef int status
        cdef double[::1] view
        if 0 not in self.arrays:
            raise ValueError("call hold() first")
        self.s.current = NULL
        if cells is not None:
            if cells.count != self.s.m * self.s.n:
                raise ValueError("the cells do not fit the array")
            if (cells.gate >= 0) != (self.s.gate != NULL):
                raise ValueError("gates without voltage, or voltages without gate")
            if "current" not in self.arrays:
                self.arrays["current"] = np.zeros(self.s.m * self.s.n)
            view = self.arrays["current"]
            self.s.current = &view[0]
            self.work = None
        if self.work is None:
            self.work = self.workspace(True, True)
        with nogil:
            status = self.newton(cells)
        error, self.raised = self.raised, None
        if error is not None:
            raise error
        return status
