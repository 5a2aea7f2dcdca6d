"""Lines in a transient: a wave sent into one end arrives at the other a delay later.

With a = v + Z0·i the wave sent into an end and b = v - Z0·i the one received there, the method of
characteristics says

    b1(t) = a2(t - TD),      b2(t) = a1(t - TD).

No step is longer than a delay, so that the right-hand sides are known in advance: within a step, a line is
two resistors and two sources. For lossy lines the convolutions of `Memory` are added to both sides. The waves
of accepted points are kept as far back as the longest delay. Between points they are interpolated by the
cubic or parabola through the smoothest neighbours, never across a corner: a corner that leaves one end is
announced as a breakpoint at the other.

References
----------
F. H. Branin, "Transient analysis of lossless transmission lines", Proc. IEEE 55(11), 2012-2013
(1967).
"""

import numpy as np

from libc.math cimport INFINITY, fabs, fmax
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcpy, memmove

from circuitnn._cext.status cimport NO_MEMORY, OK

cdef enum:
    FIRST_ROWS = 64
    SENT = 0
    RECEIVED = 1
    SPARE = 3           # points kept before the oldest that a delay reaches: neighbours of its interval

# A change of slope counts as a corner if, over the longest step, it amounts to this many tolerances.
cdef double BEND = 10.0
# Relative difference of the curvatures of two neighbouring parabolas up to which a wave counts as smooth.
cdef double ALIKE = 0.5
# Transition from the initial conditions to t = 0, relative to the longest step.
cdef double JUMP = 1e-6


cdef class Delays:
    """The waves of all lines; ports 2k and 2k + 1 are the ends of line k.

    Parameters
    ----------
    plus, minus : int32 arrays, shape (2n,)
        Unknowns of each port's terminals; N: ground.
    branch : int32 array, shape (2n,)
        Unknown of the current into each port, and its equation.
    impedance : float64 array, shape (2n,)
        Characteristic impedance. [Ohm]
    delay : float64 array, shape (n,)
        [s]
    memory : Memory
        Convolutions of the lossy lines, which come last.
    positions : int32 array, shape (2, ports of lossy lines)
        Matrix positions of their ports' terminals in the branches' equations.
    """

    def __cinit__(self, const int[::1] plus not None, const int[::1] minus not None,
                  const int[::1] branch not None, const double[::1] impedance not None,
                  const double[::1] delay not None, Memory memory not None,
                  const int[:, ::1] positions not None):
        self.n = delay.shape[0]
        self.ports = 2 * self.n
        self.memory = memory
        self.lossless = self.ports - memory.ports
        if not plus.shape[0] == minus.shape[0] == branch.shape[0] == impedance.shape[0] == self.ports:
            raise ValueError(f"{self.n} lines have {self.ports} ports, not {plus.shape[0]}")
        if self.n == 0:
            return
        cdef double[::1] view = np.zeros(self.ports + 2 * memory.ports)
        self.kept = (plus, minus, branch, impedance, delay, view, positions)
        if memory.n:
            self.positions = &positions[0, 0]
        self.plus, self.minus, self.branch = &plus[0], &minus[0], &branch[0]
        self.impedance, self.delay, self.received = &impedance[0], &delay[0], &view[0]
        self.rest = self.received + self.ports
        self.longest, self.shortest = np.max(delay), np.min(delay)
        self.last = -1

    def __dealloc__(self):
        free(self.times)
        free(self.waves)
        free(self.corners)
        free(self.cursors)
        free(self.echoes)

    @staticmethod
    def none():
        """No lines."""
        nothing, nowhere = np.zeros(0), np.zeros(0, dtype=np.int32)
        return Delays(nowhere, nowhere, nowhere, nothing, nothing, Memory([], [], nothing),
                      np.zeros((2, 0), dtype=np.int32))

    def prepare(self, const double[::1] waves, const double[::1] rest not None,
                const double[::1] smallest not None, tuple tolerances not None):
        """Prepare for a transient.

        Parameters
        ----------
        waves : float64 array, shape (2n,), optional
            Waves sent before t = 0, those of lossy lines as deviations; by default, those of the first
            point. [V]
        rest : float64 array, shape (2 times the ports of lossy lines,)
            Voltages [V] and currents [A] of their ports before t = 0.
        smallest : float64 array, shape (n,)
            Absolute tolerances of the waves on each line. [V]
        tolerances : tuple of float
            reltol, longest step [s].
        """
        cdef Py_ssize_t k
        cdef double before
        if self.n == 0:
            return
        if smallest.shape[0] != self.n:
            raise ValueError(f"{self.n} lines have {self.n} tolerances, not {smallest.shape[0]}")
        self.floors, self.abstol = smallest, &smallest[0]
        self.reltol, self.horizon = tolerances
        self.close = 1e-7 * self.horizon
        before = 0.0 if waves is None else -JUMP * self.horizon
        self.mask, self.first, self.last, self.n_echoes = -1, 0, -1, 0
        self.cursors = <long *>realloc(self.cursors, self.n * sizeof(long))
        if self.cursors == NULL or self.grow() != OK:
            raise MemoryError
        for k in range(self.n):
            self.cursors[k] = 0
        if self.memory.n:
            memcpy(self.rest, &rest[0], 2 * self.memory.ports * sizeof(double))
            self.memory.rest(before)
        if waves is not None:
            for k in range(self.ports):
                self.row(0, SENT)[k] = waves[k]
                self.row(0, RECEIVED)[k] = waves[k ^ 1]
            self.times[0], self.corners[0], self.last = before, True, 0
            self.arrive(0.0)

    cdef double across(self, Py_ssize_t port, const double *x) noexcept nogil:
        return x[self.plus[port]] - x[self.minus[port]]

    cdef double sent(self, Py_ssize_t port, const double *x) noexcept nogil:
        cdef double wave = self.impedance[port] * x[self.branch[port]]
        cdef Py_ssize_t k = port - self.lossless, lossy = self.memory.ports
        if k < 0:
            return self.across(port, x) + wave
        wave -= self.impedance[port] * self.rest[lossy + k]
        wave += self.memory.level[k]
        return wave + self.memory.coefficient[k] * (self.across(port, x) - self.rest[k])

    cdef double *row(self, long k, int which) noexcept nogil:
        return self.waves + ((k & self.mask) * 2 + which) * self.ports

    cdef int grow(self) noexcept nogil:
        """Double the ring; every point keeps its number."""
        cdef Py_ssize_t rows = self.mask + 1, more = 2 * rows if rows else FIRST_ROWS
        cdef Py_ssize_t width = 2 * self.ports
        cdef double *times = <double *>malloc(more * sizeof(double))
        cdef double *waves = <double *>malloc(more * width * sizeof(double))
        cdef char *corners = <char *>malloc(more)
        cdef long k
        if times == NULL or waves == NULL or corners == NULL:
            free(times)
            free(waves)
            free(corners)
            return NO_MEMORY
        for k in range(self.first, self.last + 1):
            times[k & (more - 1)] = self.times[k & self.mask]
            corners[k & (more - 1)] = self.corners[k & self.mask]
            memcpy(waves + (k & (more - 1)) * width, self.row(k, SENT), width * sizeof(double))
        free(self.times)
        free(self.waves)
        free(self.corners)
        self.times, self.waves, self.corners, self.mask = times, waves, corners, more - 1
        return OK

    cdef long interval(self, Py_ssize_t line, double t) noexcept nogil:
        """The k with times[k] <= t < times[k+1], as far as there are points."""
        cdef long k = self.cursors[line]
        if k < self.first:
            k = self.first
        while k > self.first and self.times[k & self.mask] > t:
            k -= 1
        while k + 1 < self.last and self.times[(k + 1) & self.mask] <= t:
            k += 1
        self.cursors[line] = k
        return k

    cdef double interpolated(self, Py_ssize_t port, long k, double t) noexcept nogil:
        """Wave sent by `port` at `t`, between points k and k + 1."""
        cdef double t0 = self.times[k & self.mask], t1 = self.times[(k + 1) & self.mask]
        cdef double y0 = self.row(k, SENT)[port], y1 = self.row(k + 1, SENT)[port]
        cdef double slope = (y1 - y0) / (t1 - t0), bent = 0.0, left = 0.0, right = 0.0
        cdef double before = t0, after = t1, largest
        if k > self.first and not self.corners[k & self.mask]:
            before = self.times[(k - 1) & self.mask]
            left = (slope - (y0 - self.row(k - 1, SENT)[port]) / (t0 - before)) / (t1 - before)
        if k + 2 <= self.last and not self.corners[(k + 1) & self.mask]:
            after = self.times[(k + 2) & self.mask]
            right = ((self.row(k + 2, SENT)[port] - y1) / (after - t1) - slope) / (after - t0)
        if before < t0 and after > t1:
            largest = fmax(fabs(left), fabs(right))
            if fabs(right - left) <= ALIKE * largest:
                bent = left + (t - before) / (after - before) * (right - left)   # the cubic of all four
            else:
                bent = left if fabs(left) < fabs(right) else right
        elif before < t0:
            bent = left
        elif after > t1:
            bent = right
        return y0 + (t - t0) * (slope + (t - t1) * bent)

    cdef void arrive(self, double t) noexcept nogil:
        """Compute the waves received at time `t` from those sent at accepted points."""
        cdef Py_ssize_t line, port
        cdef double then
        cdef long k
        for line in range(self.n):
            then = t - self.delay[line]
            k = self.interval(line, then)
            for port in range(2 * line, 2 * line + 2):
                if then <= self.times[self.first & self.mask]:
                    self.received[port] = self.row(self.first, SENT)[port ^ 1]
                elif then >= self.times[self.last & self.mask]:
                    self.received[port] = self.row(self.last, SENT)[port ^ 1]
                else:
                    self.received[port] = self.interpolated(port ^ 1, k, then)
        if self.memory.n:
            self.memory.arrive(t, self.received + self.lossless)

    cdef void stamp(self, double *matrix) noexcept nogil:
        """Stamp the weights of the voltages at lossy lines for the present step."""
        cdef Py_ssize_t k
        if self.memory.step == 0.0:
            return
        for k in range(self.memory.ports):
            matrix[self.positions[k]] += self.memory.coefficient[k]
            matrix[self.positions[self.memory.ports + k]] -= self.memory.coefficient[k]

    cdef void load(self, const double *x, double *f) noexcept nogil:
        cdef Py_ssize_t port, k, lossy = self.memory.ports
        for port in range(self.ports):
            f[self.branch[port]] -= self.received[port]
        if self.memory.step == 0.0:
            return
        for k in range(lossy):
            port = self.lossless + k
            f[self.branch[port]] += (self.memory.coefficient[k] * (self.across(port, x) - self.rest[k])
                                     + self.memory.level[k] + self.impedance[port] * self.rest[lossy + k])

    cdef void load_scale(self, const double *x, double *scale) noexcept nogil:
        cdef Py_ssize_t port, k, lossy = self.memory.ports
        for port in range(self.ports):
            scale[self.branch[port]] += fabs(self.received[port])
        for k in range(lossy):
            port = self.lossless + k
            scale[self.branch[port]] += (fabs(self.memory.coefficient[k] * self.across(port, x))
                                         + fabs(self.impedance[port] * self.rest[lossy + k]))

    cdef double spread(self, Py_ssize_t port, int which, double y, double h) noexcept nogil:
        """Error of a convolution due to its linear interpolation of a wave that ends a step `h` at `y`."""
        cdef Py_ssize_t k = self.last & self.mask, before = (self.last - 1) & self.mask
        cdef double h1 = self.times[k] - self.times[before], y0, y1, bent
        if port < self.lossless:
            return 0.0
        y0, y1 = self.row(self.last, which)[port], self.row(self.last - 1, which)[port]
        bent = ((y - y0) / h - (y0 - y1) / h1) / (h + h1)
        return (1.0 - self.memory.attenuation[(port - self.lossless) // 2]) * h * h / 6.0 * fabs(bent)

    cdef double error(self, const double *x, double t) noexcept nogil:
        """Error of interpolating the waves in the step to `t`, in tolerances.

        The third divided difference of the last four points times the error factor of a parabola in the
        middle of the step; there is no estimate if one of these points is a corner.
        """
        cdef Py_ssize_t port, which
        cdef double h, h1, h2, y, y0, y1, y2, slope, third, size, worst = 0.0
        cdef long k = self.last
        if k - self.first < 2 or self.corners[k & self.mask] or self.corners[(k - 1) & self.mask]:
            return 0.0
        h = t - self.times[k & self.mask]
        h1 = self.times[k & self.mask] - self.times[(k - 1) & self.mask]
        h2 = self.times[(k - 1) & self.mask] - self.times[(k - 2) & self.mask]
        for which in range(2):
            for port in range(self.ports):
                y = self.sent(port, x) if which == SENT else self.received[port]
                y0 = self.row(k, which)[port]
                y1 = self.row(k - 1, which)[port]
                y2 = self.row(k - 2, which)[port]
                slope = (y0 - y1) / h1
                third = ((y - y0) / h - slope) / (h + h1) - (slope - (y1 - y2) / h2) / (h1 + h2)
                third = fabs(third) * 0.25 * h * h * (h + h1) / (h + h1 + h2) + self.spread(port, which, y, h)
                size = fmax(fmax(fabs(y), fabs(y0)), fmax(fabs(y1), fabs(y2)))
                worst = fmax(worst, third / (self.reltol * size + self.abstol[port // 2]))
        return worst

    cdef int start(self, const double *x) noexcept nogil:
        """Accept the point t = 0."""
        cdef Py_ssize_t port
        if self.n > 0 and self.last < 0:
            for port in range(self.ports):
                self.received[port] = self.sent(port ^ 1, x)
        return self.accept(x, 0.0, True)

    cdef int accept(self, const double *x, double t, bint corner) noexcept nogil:
        """Store the waves sent and received at an accepted point; `corner`: they may have a corner there."""
        cdef Py_ssize_t port
        cdef double *row
        if self.n == 0:
            return OK
        while (self.first + SPARE < self.last
               and self.times[(self.first + SPARE) & self.mask] < t - self.longest):
            self.first += 1
        if self.last - self.first >= self.mask and self.grow() != OK:
            return NO_MEMORY
        self.last += 1
        self.times[self.last & self.mask] = t
        self.corners[self.last & self.mask] = corner
        row = self.row(self.last, SENT)
        for port in range(self.ports):
            row[port] = self.sent(port, x)
        if self.memory.step > 0.0:
            for port in range(self.lossless, self.ports):
                self.memory.bend(port - self.lossless, self.across(port, x) - self.rest[port - self.lossless],
                                 row[port])
            if self.memory.advance(t) != OK:
                return NO_MEMORY
        memcpy(self.row(self.last, RECEIVED), self.received, self.ports * sizeof(double))
        if self.last > self.first and self.corners[(self.last - 1) & self.mask]:
            return self.announce(self.last - 1)
        return OK

    cdef double bend(self, Py_ssize_t port, long k) noexcept nogil:
        """Change of slope of the wave sent by `port` at point k, over the longest step, in tolerances."""
        cdef double y = self.row(k, SENT)[port], t = self.times[k & self.mask], before = 0.0, slope
        cdef double h = t - self.times[(k - 1) & self.mask]
        cdef double after = (self.row(k + 1, SENT)[port] - y) / (self.times[(k + 1) & self.mask] - t)
        if k > self.first:
            before = (y - self.row(k - 1, SENT)[port]) / h
            if k - 1 > self.first and not self.corners[(k - 1) & self.mask]:
                slope = (self.row(k - 1, SENT)[port] - self.row(k - 2, SENT)[port])
                slope /= self.times[(k - 1) & self.mask] - self.times[(k - 2) & self.mask]
                before += h * (before - slope) / (t - self.times[(k - 2) & self.mask])
        return fabs(after - before) * self.horizon / (self.reltol * fabs(y) + self.abstol[port // 2])

    cdef int announce(self, long k) noexcept nogil:
        """For each wave with a corner at point k, set a breakpoint at the time the corner arrives."""
        cdef Py_ssize_t line, i
        cdef double t
        cdef double *more
        if self.n_echoes + self.n > self.room:
            more = <double *>realloc(self.echoes, 2 * (self.n_echoes + self.n) * sizeof(double))
            if more == NULL:
                return NO_MEMORY
            self.echoes, self.room = more, 2 * (self.n_echoes + self.n)
        for line in range(self.n):
            if not (self.bend(2 * line, k) > BEND or self.bend(2 * line + 1, k) > BEND):
                continue
            t = self.times[k & self.mask] + self.delay[line]
            i = self.n_echoes
            while i > 0 and self.echoes[i - 1] > t:
                i -= 1
            if ((i > 0 and t - self.echoes[i - 1] <= self.close)
                    or (i < self.n_echoes and self.echoes[i] - t <= self.close)):
                continue
            memmove(self.echoes + i + 1, self.echoes + i, (self.n_echoes - i) * sizeof(double))
            self.echoes[i] = t
            self.n_echoes += 1
        return OK

    cdef double echo_after(self, double t) noexcept nogil:
        """First time after `t` at which a corner arrives; infinity if none does."""
        cdef Py_ssize_t i = 0
        while i < self.n_echoes and self.echoes[i] <= t:
            i += 1
        if i > 0:
            self.n_echoes -= i
            memmove(self.echoes, self.echoes + i, self.n_echoes * sizeof(double))
        return self.echoes[0] if self.n_echoes else INFINITY
