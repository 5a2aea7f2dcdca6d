"""Operating points of declared crossbar arrays, on dense matrices.

The algorithm is that of `circuitnn._cext.lines`: the word lines are eliminated exactly by tridiagonal
solves, the Schur complement on the bit lines is solved by conjugate gradients preconditioned with
the bit lines' own tridiagonals, all of it inside an inexact Newton iteration. Cells with a gate make
the matrix unsymmetric: then it is BiCGSTAB, with the same preconditioner. Here the array is known
beforehand: no index is stored, all loops run over dense rows, memory is a dozen numbers a cell.

Convergence is judged by Kirchhoff's current law in amperes, line by line: the sum of |residual| along
a line against the sum of |cell current| on it.

References
----------
M. R. Hestenes and E. Stiefel, J. Res. Natl. Bur. Stand. 49 (1952) 409, DOI 10.6028/jres.049.044.
H. A. van der Vorst, SIAM J. Sci. Stat. Comput. 13 (1992) 631, DOI 10.1137/0913035.
R. S. Dembo, S. C. Eisenstat and T. Steihaug, SIAM J. Numer. Anal. 19 (1982) 400, DOI 10.1137/0719025.
"""

import numpy as np

from libc.math cimport INFINITY, fabs, isfinite
from libc.string cimport memcpy, memset

from circuitnn._cext.cells cimport Cells
from circuitnn._cext.status cimport NOT_CONVERGED, NOT_FINITE, OK, SINGULAR

cdef enum:
    MAX_HALVINGS = 20
    # Iterations without gain before a linear array is given up.
    STALE = 4

# An iteration that leaves the residual this much larger has gone too far.
cdef double TOO_FAR = 4.0
# Rounding of a residual relative to the magnitudes that make it up.
cdef double ROUNDING = 8 * 2.220446049250313e-16
# A residual this much smaller than the one before is not known before it is computed: start anew.
cdef double CANCELLED = 1e-9
cdef double BATCH_ACCURACY = 1e-12


cdef class ArraySolver:
    """Solver of one array with its line ends.

    Parameters
    ----------
    m, n : int
        Word lines (rows) and bit lines (columns).
    word_links : array, shape (m,) or (m, n - 1)
        Conductances of the segments, all alike along a line or each its own. [S]
    bit_links : array, shape (n,) or (m - 1, n)
    ends : four arrays, shapes (m,), (m,), (n,), (n,)
        Conductance that ends a line left, right, at the top, at the bottom: 0 where nothing does,
        infinity where the node itself is held. [S]
    held : two arrays of bool, shapes (m,), (n,), optional
        Lines without resistance that are held as a whole; their links must be 0.
    """

    def __init__(self, Py_ssize_t m, Py_ssize_t n, word_links, bit_links, ends, held=(False, False)):
        cdef const double[::1] view
        cdef const unsigned char[::1] flags
        cdef Py_ssize_t k
        if m < 1 or n < 1:
            raise ValueError("an array has at least one row and one column")
        self.kept = []
        self.code = cnn_array_best(2)
        self.rtol, self.atol = 1e-10, 1e-24
        self.max_newton, self.max_iterations = 100, 1000
        self.s.m, self.s.n = m, n
        word = np.array(word_links, dtype=np.float64)
        per_segment = word.ndim == 2
        # One more than there is, so that there is something to point at.
        view = self.keep(np.append(word, 0.0))
        self.s.a = &view[0]
        self.s.ai = n - 1 if per_segment else 1
        self.s.aj = 1 if per_segment else 0
        bit = np.array(bit_links, dtype=np.float64)
        view = self.keep(np.append(bit, np.zeros(n)))
        self.s.c = &view[0]
        self.s.ci = n if bit.ndim == 2 else 0
        for k in range(4):
            view = self.keep(np.array(ends[k], dtype=np.float64))
            if view.shape[0] != (m if k < 2 else n):
                raise ValueError("the ends do not fit the array")
            self.s.ends[k] = &view[0]
        flags = self.keep(np.array(np.broadcast_to(held[0], m), dtype=np.uint8))
        self.s.word_held = &flags[0]
        flags = self.keep(np.array(np.broadcast_to(held[1], n), dtype=np.uint8))
        self.s.bit_held = &flags[0]
        self.arrays = {}
        self.s.g = self.matrix("g")
        self.s.h = self.s.g
        self.s.current = NULL
        self.s.wi, self.s.bi = self.matrix("wi"), self.matrix("bi")
        self.s.xw, self.s.xb = self.matrix("xw"), self.matrix("xb")
        self.s.f, self.s.r = self.matrix("f"), self.matrix("r")
        self.s.p, self.s.q, self.s.x = self.matrix("p"), self.matrix("q"), self.matrix("x")
        self.s.word_sums = self.vector("word_sums", 2 * m)
        self.s.bit_sums = self.vector("bit_sums", 2 * n)
        self.s.buffer = self.vector("buffer", 4 * n)
        self.noise = self.vector("noise", m + n)

    def keep(self, array):
        """Keep an array alive; returns it."""
        self.kept.append(array)
        return array

    cdef double *matrix(self, str name) except NULL:
        return self.vector(name, self.s.m * self.s.n)

    cdef double *vector(self, str name, Py_ssize_t count) except NULL:
        self.arrays[name] = np.zeros(count)
        cdef double[::1] view = self.arrays[name]
        return &view[0]

    def hold(self, held, word_ref, bit_ref, gate=None):
        """Set the lines' references and the voltages of their ends [V], and start from these.

        Parameters
        ----------
        held : four arrays, shapes (m,), (m,), (n,), (n,)
        word_ref, bit_ref : arrays, shapes (m,), (n,)
        gate : array, shape (m, 1) or (1, n), optional
            Voltages of the gate lines along the rows or along the columns.
        """
        self.set_gate(gate)
        cdef double[::1] view
        cdef Py_ssize_t k
        self.arrays["word_ref"] = np.array(word_ref, dtype=np.float64)
        self.arrays["bit_ref"] = np.array(bit_ref, dtype=np.float64)
        view = self.arrays["word_ref"]
        self.s.word_ref = &view[0]
        view = self.arrays["bit_ref"]
        self.s.bit_ref = &view[0]
        for k in range(4):
            own = np.array(held[k], dtype=np.float64) - self.arrays["word_ref" if k < 2 else "bit_ref"]
            self.arrays[k] = own
            view = own
            self.s.held[k] = &view[0]
        self.arrays["xw"][:] = 0.0
        self.arrays["xb"][:] = 0.0

    def set_gate(self, gate):
        """Make room for what cells with a gate need."""
        cdef double[::1] view
        self.gate = NULL
        self.s.h = self.s.g
        if gate is None:
            return
        values = np.array(gate, dtype=np.float64)
        if values.shape not in ((self.s.m, 1), (1, self.s.n)):
            raise ValueError("the gate lines do not fit the array")
        self.gate_i, self.gate_j = (1, 0) if values.shape[1] == 1 else (0, 1)
        self.arrays["gate"] = values.ravel()
        view = self.arrays["gate"]
        self.gate = &view[0]
        self.s.h = self.matrix("h")
        self.shadow, self.z, self.t = self.matrix("shadow"), self.matrix("z"), self.matrix("t")

    @property
    def conductance(self):
        """Conductance ∂I/∂v of each cell, shape (m, n); to be written to for a linear array. [S]"""
        self.factored = False
        return self.arrays["g"].reshape(self.s.m, self.s.n)

    @property
    def word_deviation(self):
        """Voltages of the word nodes from their line's reference, shape (m, n). [V]"""
        return self.arrays["xw"].reshape(self.s.m, self.s.n)

    @property
    def bit_deviation(self):
        """Voltages of the bit nodes from their line's reference, shape (m, n). [V]"""
        return self.arrays["xb"].reshape(self.s.m, self.s.n)

    @property
    def references(self):
        """References of the word lines and of the bit lines. [V]"""
        return self.arrays["word_ref"], self.arrays["bit_ref"]

    @property
    def cell_voltage(self):
        """Voltage of each cell, shape (m, n). [V]"""
        word, bit = self.references
        return (word[:, None] - bit) + (self.word_deviation - self.bit_deviation)

    @property
    def cell_current(self):
        """Current of each cell of the last nonlinear solution, shape (m, n). [A]"""
        return self.arrays["current"].reshape(self.s.m, self.s.n)

    cdef double measure(self, double *norm) noexcept nogil:
        """Largest KCL error of a line in tolerances; `norm` gets the sum of all residuals."""
        cdef Py_ssize_t i
        cdef double largest = 0.0, ratio, total = 0.0
        for i in range(self.s.m + self.s.n):
            if i < self.s.m:
                ratio = self.s.word_sums[i]
                ratio /= self.rtol * self.s.word_sums[self.s.m + i] + self.atol + self.noise[i]
                total += self.s.word_sums[i]
            else:
                ratio = self.s.bit_sums[i - self.s.m]
                total += ratio
                ratio /= self.rtol * self.s.bit_sums[self.s.n + i - self.s.m] + self.atol + self.noise[i]
            if not ratio <= largest:
                largest = ratio
                self.worst = i
        norm[0] = total
        return largest

    cdef void find_noise(self) noexcept nogil:
        """What rounding alone makes of each line's residual."""
        cdef Py_ssize_t i, j, k, m = self.s.m, n = self.s.n
        cdef double cell, word, bit, gate = 0.0
        cdef double *bits = self.noise + m
        for i in range(m + n):
            self.noise[i] = 0.0
        for i in range(m):
            for j in range(n):
                k = i * n + j
                word, bit = fabs(self.s.xw[k]), fabs(self.s.xb[k])
                if self.gate != NULL:
                    gate = fabs(self.gate[self.gate_i * i + self.gate_j * j])
                cell = fabs(self.s.word_ref[i]) + fabs(self.s.bit_ref[j]) + word + bit + gate
                cell *= max(self.s.g[k], self.s.h[k])
                self.noise[i] += cell
                bits[j] += cell
                if j < n - 1:
                    self.noise[i] += self.s.a[i * self.s.ai + j * self.s.aj] * (word + fabs(self.s.xw[k + 1]))
                if i < m - 1:
                    bits[j] += self.s.c[i * self.s.ci + j] * (bit + fabs(self.s.xb[k + n]))
        for i in range(m + n):
            self.noise[i] *= ROUNDING

    cdef void voltages(self, double *v) noexcept nogil:
        """Voltages of the cells; `h` gets those from gate to bit line."""
        cdef Py_ssize_t i, j, n = self.s.n
        cdef double base
        cdef const double *w = self.s.xw
        cdef const double *b = self.s.xb
        for i in range(self.s.m):
            base = self.s.word_ref[i]
            for j in range(n):
                v[i * n + j] = (base - self.s.bit_ref[j]) + (w[i * n + j] - b[i * n + j])
        if self.gate != NULL:
            for i in range(self.s.m):
                for j in range(n):
                    base = self.gate[self.gate_i * i + self.gate_j * j]
                    self.s.h[i * n + j] = (base - self.s.bit_ref[j]) - b[i * n + j]

    cdef void rebase(self) noexcept nogil:
        """Move the reference of each line that nothing pins to the middle of it."""
        cdef Py_ssize_t i, j, m = self.s.m, n = self.s.n
        cdef double shift
        cdef double *ref
        for i in range(m):
            if self.s.ends[0][i] == INFINITY or self.s.ends[1][i] == INFINITY:
                continue
            shift = self.s.xw[i * n + n // 2]
            ref = <double *>self.s.word_ref
            ref[i] += shift
            (<double *>self.s.held[0])[i] -= shift
            (<double *>self.s.held[1])[i] -= shift
            for j in range(n):
                self.s.xw[i * n + j] -= shift
        for j in range(n):
            if self.s.ends[2][j] == INFINITY or self.s.ends[3][j] == INFINITY:
                continue
            shift = self.s.xb[(m // 2) * n + j]
            ref = <double *>self.s.bit_ref
            ref[j] += shift
            (<double *>self.s.held[2])[j] -= shift
            (<double *>self.s.held[3])[j] -= shift
            for i in range(m):
                self.s.xb[i * n + j] -= shift

    cdef int krylov(self, double eta) noexcept nogil:
        """The step for the present residual, to a relative accuracy `eta`."""
        cdef double rz, first, alpha, new
        cdef double sums[3]
        cdef Py_ssize_t turn = 0
        self.code.start(&self.s)
        rz = first = self.code.update(&self.s, 0.0, 0.0)
        while rz > eta * eta * first:
            if turn >= self.max_iterations:
                return NOT_CONVERGED
            turn += 1
            self.code.apply(&self.s, sums)
            if not sums[0] > 0.0:
                return SINGULAR
            alpha = rz / sums[0]
            # What r·z will be, so that the next direction can be made in the same pass.
            new = rz - 2.0 * alpha * sums[1] + alpha * alpha * sums[2]
            rz = self.code.update(&self.s, alpha, new / rz if new > CANCELLED * rz else 0.0)
            if not isfinite(rz):
                return NOT_FINITE
        self.iterations += turn
        if not rz >= 0.0:
            return SINGULAR
        self.code.finish(&self.s)
        return OK

    cdef int stabilised(self, double eta) noexcept nogil:
        """As `krylov`, by BiCGSTAB, for cells with a gate."""
        cdef Py_ssize_t turn = 0, count = self.s.m * self.s.n
        cdef const cnn_array_code *code = self.code
        cdef double *r = self.s.r
        cdef double *p = self.s.p
        cdef double *v = self.s.q
        cdef double rho, before = 1.0, alpha = 0.0, omega = 1.0, goal, size
        code.reduce(&self.s)
        size = code.dot(count, r, r)
        goal = eta * eta * size
        memcpy(self.shadow, r, count * sizeof(double))
        while size > goal:
            if turn >= self.max_iterations:
                return NOT_CONVERGED
            rho = code.dot(count, self.shadow, r)
            if rho == 0.0 or omega == 0.0:
                return NOT_CONVERGED
            if turn == 0:
                memcpy(p, r, count * sizeof(double))
            else:
                code.combine(count, -omega, v, 1.0, p)
                code.combine(count, 1.0, r, rho / before * (alpha / omega), p)
            turn += 1
            before = rho
            code.precondition(&self.s, p, self.z)
            code.schur(&self.s, self.z, v)
            alpha = rho / code.dot(count, self.shadow, v)
            code.combine(count, alpha, self.z, 1.0, self.s.x)
            code.combine(count, -alpha, v, 1.0, r)
            code.precondition(&self.s, r, self.z)
            code.schur(&self.s, self.z, self.t)
            size = code.dot(count, self.t, self.t)
            omega = code.dot(count, self.t, r) / size if size > 0.0 else 0.0
            code.combine(count, omega, self.z, 1.0, self.s.x)
            code.combine(count, -omega, self.t, 1.0, r)
            size = code.dot(count, r, r)
            if not isfinite(size):
                return NOT_FINITE
        self.iterations += turn
        if not size >= 0.0:
            return NOT_FINITE
        code.finish(&self.s)
        return OK

    cdef int newton(self, Cells cells) noexcept nogil:
        cdef double norm = INFINITY, before = INFINITY, step = 1.0, eta, best = INFINITY
        cdef Py_ssize_t turn, halvings = 0, stale = 0
        cdef int status
        for turn in range(self.max_newton + 1):
            if cells is not None:
                self.voltages(self.s.current)
                if cells.evaluate(self.s.current, self.s.g, self.s.h) != OK:
                    return NOT_CONVERGED
            self.code.residual(&self.s)
            # The rounding of the voltages before is not that of these.
            memset(self.noise, 0, (self.s.m + self.s.n) * sizeof(double))
            self.error = self.measure(&norm)
            if self.error <= 1.0 and isfinite(norm):
                return OK
            stale = stale + 1 if not self.error <= 0.5 * best else 0
            best = min(best, self.error)
            if stale >= 1 and isfinite(norm):
                # Where nothing more is gained, what is left may be rounding.
                self.find_noise()
                self.error = self.measure(&norm)
                if self.error <= 1.0:
                    return OK
            if not isfinite(norm) or (cells is not None and norm > TOO_FAR * before):
                if halvings >= MAX_HALVINGS or turn == 0:
                    return NOT_FINITE if not isfinite(norm) else NOT_CONVERGED
                halvings += 1
                step *= 0.5
                self.code.move(&self.s, -step)
                continue
            if stale >= STALE and cells is None:
                return NOT_CONVERGED
            if turn == self.max_newton:
                break
            if cells is not None or not self.factored:
                self.factorisations += 1
                if self.code.factor(&self.s) != 0:
                    return SINGULAR
                self.factored = cells is None
            if cells is None:
                eta = 0.1 / self.error
            else:
                eta = 1e-2 if turn < 2 else min(1e-2, 0.1 * norm / before)
                eta = max(eta, 0.1 / self.error)
            eta = max(eta, 1e-13)
            status = self.krylov(eta) if self.gate == NULL else self.stabilised(eta)
            if status != OK:
                return status
            before = norm
            step = 1.0
            self.newton_iterations += 1
            self.code.move(&self.s, step)
            if turn < 3 or self.gate != NULL:
                self.rebase()
        return NOT_CONVERGED

    def solve(self, Cells cells=None):
        """Solve from the present voltages; returns the status, 0 is good.

        Parameters
        ----------
        cells : Cells, optional
            Without, the array is linear with the present `conductance`.
        """
        cdef int status
        cdef double[::1] view
        if 0 not in self.arrays:
            raise ValueError("call hold() first")
        self.s.current = NULL
        if cells is not None:
            if cells.count != self.s.m * self.s.n:
                raise ValueError("the cells do not fit the array")
            if (cells.gate >= 0) != (self.gate != NULL):
                raise ValueError("gates without voltage, or voltages without gate")
            if "current" not in self.arrays:
                self.arrays["current"] = np.zeros(self.s.m * self.s.n)
            view = self.arrays["current"]
            self.s.current = &view[0]
            self.factored = False
        with nogil:
            status = self.newton(cells)
        return status

    def batch(self, voltages):
        """Currents out of the array for many sets of end voltages, the array being linear.

        Parameters
        ----------
        voltages : four arrays, shapes (k, m), (k, m), (k, n), (k, n)
            End voltages, left, right, top, bottom; ends that hold nothing are not looked at. [V]

        Returns
        -------
        status : int
        currents : list of four arrays, shapes as `voltages`
            Current that leaves the array through each end. [A]
        """
        cdef Py_ssize_t m = self.s.m, n = self.s.n, lo, k, _turn, lanes = CNN_LANES
        cdef cnn_batch b
        cdef double rz[CNN_LANES]
        cdef double first[CNN_LANES]
        cdef double alpha[CNN_LANES]
        cdef double beta[CNN_LANES]
        cdef double sums[3 * CNN_LANES]
        cdef double new
        cdef double[:, :, ::1] work
        cdef double[:, ::1] view
        cdef bint busy
        cdef int status = OK
        count = len(voltages[0])
        results = [np.empty((count, m if side < 2 else n)) for side in range(4)]
        if not self.factored:
            self.factorisations += 1
            if self.code.factor(&self.s) != 0:
                return SINGULAR, results
            self.factored = True
        space = [np.empty((m * n, 1, lanes)) for _ in range(4)]
        work = space[0]
        b.r = &work[0, 0, 0]
        work = space[1]
        b.p = &work[0, 0, 0]
        work = space[2]
        b.q = &work[0, 0, 0]
        work = space[3]
        b.x = &work[0, 0, 0]
        buffer = np.empty((n, lanes))
        view = buffer
        b.buffer = &view[0, 0]
        tables = [np.zeros((size, lanes)) for size in (m, m, n, n, m, m, n, n, m, n)]
        for k in range(4):
            view = tables[k]
            b.held[k] = &view[0, 0]
            view = tables[4 + k]
            b.out[k] = &view[0, 0]
        view = tables[8]
        b.word_ref = &view[0, 0]
        view = tables[9]
        b.bit_ref = &view[0, 0]
        ends = [np.asarray(<const double[:(m if k < 2 else n)]>self.s.ends[k]) for k in range(4)]
        for lo in range(0, count, lanes):
            here = min(lanes, count - lo)
            for ref, (one, two) in ((8, (0, 1)), (9, (2, 3))):
                first_end, other = voltages[one][lo:lo + here].T, voltages[two][lo:lo + here].T
                held = np.where((ends[one] > 0.0)[:, None], first_end,
                                np.where((ends[two] > 0.0)[:, None], other, 0.0))
                tables[ref][:, :here] = held
                tables[ref][:, here:] = 0.0
                for side, given in ((one, first_end), (two, other)):
                    tables[side][:] = 0.0
                    tables[side][:, :here] = np.where((ends[side] > 0.0)[:, None], given - held, 0.0)
            with nogil:
                self.code.batch_start(&self.s, &b)
                for k in range(lanes):
                    alpha[k] = beta[k] = 0.0
                self.code.batch_update(&self.s, &b, alpha, beta, rz)
                memcpy(first, rz, sizeof(first))
                busy = True
                for _turn in range(self.max_iterations + 1):
                    busy = False
                    for k in range(lanes):
                        busy = busy or rz[k] > BATCH_ACCURACY * BATCH_ACCURACY * first[k]
                    if not busy:
                        break
                    self.code.batch_apply(&self.s, &b, sums)
                    for k in range(lanes):
                        alpha[k] = rz[k] / sums[k] if sums[k] > 0.0 else 0.0
                        new = rz[k] - 2.0 * alpha[k] * sums[lanes + k]
                        new += alpha[k] * alpha[k] * sums[2 * lanes + k]
                        beta[k] = new / rz[k] if new > CANCELLED * rz[k] else 0.0
                    self.code.batch_update(&self.s, &b, alpha, beta, rz)
                    for k in range(lanes):
                        if not isfinite(rz[k]):
                            status = NOT_FINITE
                    if status != OK:
                        break
                    self.iterations += 1
                self.code.batch_currents(&self.s, &b)
            if busy or status != OK:
                return status or NOT_CONVERGED, results
            for side in range(4):
                results[side][lo:lo + here] = tables[4 + side][:, :here].T
        return OK, results
