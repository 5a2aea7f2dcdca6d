"""Many inputs of a linear array at once: the algorithm of `circuitnn._cext.array`, one lane per input."""

from collections import deque
from contextlib import suppress

import numpy as np

from libc.math cimport isfinite
from libc.string cimport memcpy

from circuitnn._cext.array cimport ArraySolver
from circuitnn._cext.array_work cimport (
    CNN_CANCELLED,
    CNN_LANES,
    Workspace,
    cnn_array,
    cnn_array_batch,
    cnn_array_double,
    cnn_batch,
    cnn_work,
)
from circuitnn._cext.status cimport NOT_CONVERGED, NOT_FINITE, OK, SINGULAR

# Relative residual at which a lane has converged.
cdef double ACCURACY = 1e-11


cdef class Batch:
    """Working arrays for CNN_LANES inputs of an array.

    Parameters
    ----------
    m, n : int
    """

    cdef cnn_batch b
    cdef readonly list ends             # voltages of the ends relative to the line's reference, by side
    cdef readonly list out              # currents out of the ends
    cdef readonly object word, bit      # references
    cdef readonly object cells          # voltages of the cells, valid once the currents are known
    cdef object kept

    def __init__(self, Py_ssize_t m, Py_ssize_t n):
        cdef Py_ssize_t side, lanes = CNN_LANES
        sizes = (m, m, n, n)
        self.ends = [np.zeros((size, lanes)) for size in sizes]
        self.out = [np.zeros((size, lanes)) for size in sizes]
        self.word, self.bit = np.zeros((m, lanes)), np.zeros((n, lanes))
        self.kept = [np.zeros((m * n, lanes)) for _ in range(4)] + [np.zeros((n, lanes))]
        for side in range(4):
            self.b.held[side], self.b.out[side] = first(self.ends[side]), first(self.out[side])
        self.b.word_ref, self.b.bit_ref = first(self.word), first(self.bit)
        self.b.r, self.b.p = first(self.kept[0]), first(self.kept[1])
        self.b.q, self.b.x = first(self.kept[2]), first(self.kept[3])
        self.b.buffer = first(self.kept[4])
        self.cells = self.kept[0].reshape(m, n, lanes)

    def hold(self, voltages, connected):
        """Set end voltages, arrays (inputs, lines) by side; lanes without input get 0."""
        here = len(voltages[0])
        for reference, (one, two) in ((self.word, (0, 1)), (self.bit, (2, 3))):
            reference[:] = 0.0
            reference[:, :here] = np.where(connected[one], voltages[one],
                                           np.where(connected[two], voltages[two], 0.0)).T
            for side in (one, two):
                self.ends[side][:] = 0.0
                self.ends[side][:, :here] = np.where(connected[side], voltages[side], 0.0).T
                self.ends[side][:, :here] -= np.where(connected[side][:, None], reference[:, :here], 0.0)


cdef double *first(double[:, ::1] array) noexcept:
    """Address of an array."""
    return &array[0, 0]


cdef int iterate(const cnn_array *s, const cnn_work *work, const cnn_batch *b, Py_ssize_t most,
                 ptrdiff_t *turns) noexcept nogil:
    """Conjugate gradients for all lanes."""
    cdef double rz[CNN_LANES]
    cdef double goal[CNN_LANES]
    cdef double alpha[CNN_LANES]
    cdef double beta[CNN_LANES]
    cdef double sums[3 * CNN_LANES]
    cdef double new
    cdef Py_ssize_t k, _turn, lanes = CNN_LANES
    cdef bint busy
    for k in range(lanes):
        alpha[k] = beta[k] = 0.0
    cnn_array_batch().start(s, work, b)
    cnn_array_batch().update(s, work, b, alpha, beta, rz)
    memcpy(goal, rz, sizeof(goal))
    for k in range(lanes):
        goal[k] *= ACCURACY * ACCURACY
    for _turn in range(most + 1):
        busy = False
        for k in range(lanes):
            if not isfinite(rz[k]):
                return NOT_FINITE
            busy = busy or rz[k] > goal[k]
        if not busy:
            cnn_array_batch().currents(s, work, b)
            return OK
        cnn_array_batch().apply(s, work, b, sums)
        for k in range(lanes):
            alpha[k] = rz[k] / sums[k] if sums[k] > 0.0 else 0.0
            new = rz[k] - 2.0 * alpha[k] * sums[lanes + k] + alpha[k] * alpha[k] * sums[2 * lanes + k]
            beta[k] = new / rz[k] if new > CNN_CANCELLED * rz[k] else 0.0
        cnn_array_batch().update(s, work, b, alpha, beta, rz)
        turns[0] += 1
    return NOT_CONVERGED


def batch(ArraySolver solver not None, voltages, cell_voltage=None, int threads=1):
    """Currents out of a linear array for many sets of end voltages.

    Parameters
    ----------
    voltages : four arrays, shapes (k, m), (k, m), (k, n), (k, n)
        End voltages: left, right, top, bottom; those of open ends are ignored. [V]
    cell_voltage : array, shape (m, n, k), optional
        Overwritten with the voltages of the cells. [V]
    threads : int
        Each takes the next CNN_LANES inputs when it has done its last ones; their number changes no result.

    Returns
    -------
    status : int
    currents : list of four arrays, shapes as `voltages`
        Current that leaves the array through each end. [A]
    """
    cdef Workspace work = solver.workspace(False, False)
    count = len(voltages[0])
    results = [np.empty((count, solver.s.m if side < 2 else solver.s.n)) for side in range(4)]
    if cnn_array_double().factor(&solver.s, &work.k) != 0:
        return SINGULAR, results
    firsts = iter(range(0, count, CNN_LANES))
    given = (solver, work, firsts, voltages, results, cell_voltage)
    ends = [solve_in_turn(*given)] if threads < 2 else solve_together(threads, *given)
    solver.iterations += sum(turns for _, turns in ends)
    return next((status for status, _ in ends if status != OK), OK), results


def solve_together(int threads, solver, work, firsts, *given):
    """Let several threads take turns; the outcome of each."""
    from concurrent.futures import ThreadPoolExecutor  # takes some milliseconds

    with ThreadPoolExecutor(threads - 1) as pool:
        others = []
        with suppress(RuntimeError):  # the system has no more threads, or no memory for one: fewer will do
            for _ in range(threads - 1):
                others.append(pool.submit(solve_in_turn, solver, work, firsts, *given))
        try:
            own = solve_in_turn(solver, work, firsts, *given)
        finally:  # after Ctrl-C, nothing is left to the others
            deque(firsts, 0)
        return [own, *(other.result() for other in others)]


def solve_in_turn(ArraySolver solver not None, Workspace work not None, firsts, voltages, results,
                  cell_voltage):
    """Solve CNN_LANES inputs at a time, as long as `firsts` has some; the last status, and iterations."""
    cdef Py_ssize_t lo, lanes = CNN_LANES
    cdef ptrdiff_t turns = 0
    cdef Batch lane = Batch(solver.s.m, solver.s.n)
    cdef int status
    connected = [np.asarray(end) > 0.0 for end in solver.wires[2]]
    for lo in firsts:
        lane.hold([v[lo:lo + lanes] for v in voltages], connected)
        with nogil:
            status = iterate(&solver.s, &work.k, &lane.b, solver.max_iterations, &turns)
        if status != OK:
            deque(firsts, 0)
            return status, turns
        here = min(lanes, len(voltages[0]) - lo)
        for side in range(4):
            results[side][lo:lo + lanes] = lane.out[side].T[:here]
        if cell_voltage is not None:
            cell_voltage[:, :, lo:lo + lanes] = lane.cells[:, :, :here]
    return OK, turns
