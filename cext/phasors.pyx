"""(G + jωC + D(ω))·x = b at many frequencies, several at once, each in a vector lane.

A direct solver chooses the pivot order at one frequency. A sweep uses this order as long as every solution
passes the test of its residuals.
"""

import numpy as np

cdef extern from "phasors.h" nogil:
    const int CNN_LANES
    const int CNN_PAIR
    ctypedef struct cnn_pattern:
        const int *start
        const int *index
    ctypedef struct cnn_entries:
        const int *start
        const int *index
        const int *slot
        const double *G
        const double *C
    ctypedef struct cnn_phasors:
        int n
        int blocks
        int transposed
        const int *block
        cnn_pattern lower
        cnn_pattern upper
        cnn_entries columns
        cnn_entries equations
        const double *b
        double *omega
        double *dispersive
        double *l
        double *u
        double *inverse
        double *work
        double *x
        double *r
        double good
    int cnn_solve_phasors(const cnn_phasors *s)


# Frequencies solved at once.
LANES = CNN_LANES


cdef class Sweep:
    """A matrix with one order of pivots.

    Parameters
    ----------
    blocks : int32 array
        Starts of the diagonal blocks of the ordered matrix, and the end of the last.
    lower, upper : (starts, rows)
        Patterns of the factors, see `fill`.
    columns, equations : (starts, indices, slots, G, C)
        The ordered matrix by columns; and by rows, or again by columns if `transposed`. `slots` is the column
        of `dispersive` that belongs to an entry, -1: none.
    transposed : bool
    slots : int
    good : float
        Residual, relative to the sizes of the terms, beyond which a solution is refined.
    """

    cdef cnn_phasors s
    cdef object kept
    cdef const double complex[::1] b
    cdef Py_ssize_t slots

    def __init__(self, blocks, lower, upper, columns, equations, bint transposed, Py_ssize_t slots,
                 double good):
        cdef Py_ssize_t n = len(columns[0]) - 1
        self.kept = []
        self.s.n, self.s.transposed, self.s.good = <int>n, transposed, good
        self.s.blocks, self.s.block = <int>(len(blocks) - 1), self.integers(blocks)
        self.s.lower.start, self.s.lower.index = self.integers(lower[0]), self.integers(lower[1])
        self.s.upper.start, self.s.upper.index = self.integers(upper[0]), self.integers(upper[1])
        self.entries(&self.s.columns, columns, slots)
        self.entries(&self.s.equations, equations, slots)
        self.slots = slots
        self.s.omega, self.s.dispersive = self.room(1), self.room(slots)
        self.s.l, self.s.u = self.room(len(lower[1])), self.room(len(upper[1]))
        self.s.inverse, self.s.work = self.room(n), self.room(n)
        self.s.x, self.s.r = self.room(n), self.room(n)

    cdef const int *integers(self, array) except NULL:
        """Keep an array alive; returns its address."""
        own = np.ascontiguousarray(array, dtype=np.int32)
        self.kept.append(own)
        return <const int *><size_t>own.ctypes.data

    cdef double *room(self, Py_ssize_t numbers) except NULL:
        """Zeros for complex numbers of all lanes, aligned to a cache line."""
        own = np.zeros((numbers + 1) * CNN_PAIR)
        self.kept.append(own)
        return <double *>((<size_t>own.ctypes.data + 63) // 64 * 64)

    cdef int entries(self, cnn_entries *m, parts, bint some) except -1:
        starts, indices, slots, G, C = parts
        own = [np.ascontiguousarray(part, dtype=float) for part in (G, C)]
        self.kept += own
        m.start, m.index = self.integers(starts), self.integers(indices)
        m.slot = self.integers(slots) if some else NULL
        m.G, m.C = <const double *><size_t>own[0].ctypes.data, <const double *><size_t>own[1].ctypes.data
        return 0

    def excite(self, const double complex[::1] b not None):
        """Set the right-hand side, shape (n,), in the order of the equations."""
        self.b = b
        self.s.b = <const double *>&b[0]

    def run(self, const double[::1] omega not None, const double complex[:, ::1] dispersive not None,
            const int[::1] wanted not None, double complex[:, :] x not None, Py_ssize_t first):
        """Solve from one frequency on, as long as the pivots are good.

        Parameters
        ----------
        omega : float64 array, shape (m,)
            [rad/s]
        dispersive : complex128 array, shape (m, slots)
        wanted : int32 array, shape (s,)
            Ordered unknowns to write.
        x : complex128 array, shape (m, s)
            Overwritten.
        first : int

        Returns
        -------
        int
            Index of the frequency at which the pivots failed; m if they never did.
        """
        cdef Py_ssize_t at = first, k, p, m = omega.shape[0]
        cdef const double *own
        cdef int good = CNN_LANES
        with nogil:
            while at < m and good == CNN_LANES:
                self.set(omega, dispersive, at)
                good = cnn_solve_phasors(&self.s)
                for p in range(wanted.shape[0]):
                    own = self.s.x + <Py_ssize_t>wanted[p] * CNN_PAIR
                    for k in range(min(good, m - at)):
                        x[at + k, p].real = own[k]
                        x[at + k, p].imag = own[k + CNN_LANES]
                at += good
        return min(at, m)

    cdef void set(self, const double[::1] omega, const double complex[:, ::1] dispersive,
                  Py_ssize_t at) noexcept nogil:
        """Assign frequencies from one on to the lanes; the last one also fills surplus lanes."""
        cdef Py_ssize_t lane, k, p
        cdef double *own
        for lane in range(CNN_LANES):
            k = min(at + lane, omega.shape[0] - 1)
            self.s.omega[lane] = omega[k]
            for p in range(self.slots):
                own = self.s.dispersive + p * CNN_PAIR
                own[lane], own[lane + CNN_LANES] = dispersive[k, p].real, dispersive[k, p].imag
