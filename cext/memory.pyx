"""Lossy lines in a transient: convolutions with the impulse responses of the line.

For a line with series loss, γ·len = T·√(s(s + 2α)) and Yc = √(s/(s + 2α))/Z0, α = R/2L. Voltages and waves
are interpolated linearly between the accepted points. A convolution is then a sum over the kinks of the
waveform,

    Σ (change of slope at t_j)·F(t - t_j),

with F the impulse response integrated twice. For the admittance, F(t) = t·exp(-αt)·(I0(αt) + I1(αt)) starts
at t = 0, so that the unknown voltage itself contributes; the propagation response is 0 up to T, so that its
convolution is known. Only deviations from t = 0 are convolved.

References
----------
J. S. Roychowdhury and D. O. Pederson, "Efficient transient simulation of lossy interconnect",
Proc. 28th ACM/IEEE Design Automation Conference (1991).
"""

import numpy as np

from libc.math cimport log1p
from libc.stdlib cimport calloc, free, realloc
from libc.string cimport memset

from circuitnn._cext.status cimport NO_MEMORY, OK


cdef double value(const Kernel *kernel, double t) noexcept nogil:
    """The kernel at time `t`, by quintic Hermite interpolation."""
    cdef double after = t - kernel.start, h, s, c0, c1, c2, d
    cdef const double *a
    cdef int k
    if after <= 0.0:
        return 0.0
    k = <int>(log1p(after / kernel.scale) * kernel.density)
    if k > kernel.count - 2:
        k = kernel.count - 2
    a = kernel.nodes + 4 * k
    h = a[4] - a[0]
    s = (after - a[0]) / h
    # Differences at the right node from the parabola of the left one.
    d = h * a[2]
    c2 = 0.5 * h * h * a[3]
    c0 = a[5] - (a[1] + d + c2)
    c1 = h * a[6] - (d + 2.0 * c2) - 3.0 * c0
    d = a[1] + s * (d + s * c2)
    c2 = 0.5 * (h * h * (a[7] - a[3]) - 6.0 * c0 - 6.0 * c1)
    return d + s * s * s * (c0 + (s - 1.0) * (c1 + (s - 1.0) * c2))


cdef class Memory:
    """Convolutions of lossy lines; ports 2k and 2k + 1 are the ends of line k.

    Parameters
    ----------
    admittances, propagations : list of (start, scale, density, nodes), length n
        Kernels: 0 up to `start` [s]; nodes, shape (m, 4), at `scale`·(exp(k/`density`) - 1) after it contain
        this time, the value [s] and two derivatives.
    attenuation : float64 array, shape (n,)
        exp(-αT), attenuation of a front.
    """

    def __cinit__(self, list admittances not None, list propagations not None,
                  const double[::1] attenuation not None):
        cdef Py_ssize_t i
        cdef double[::1] view
        self.n = len(admittances)
        self.ports = 2 * self.n
        if len(propagations) != self.n or attenuation.shape[0] != self.n:
            raise ValueError(f"{self.n} admittances, {len(propagations)} propagations")
        if self.n == 0:
            return
        view = np.zeros(6 * self.ports)
        self.kept = [attenuation, view]
        self.attenuation = &attenuation[0]
        self.coefficient = &view[0]
        self.level = self.coefficient + self.ports
        self.voltage = self.level + self.ports
        self.waves = self.voltage + self.ports
        self.slopes = self.waves + self.ports
        self.admittance = <Kernel *>calloc(2 * self.n, sizeof(Kernel))
        if self.admittance == NULL or self.grow() != OK:
            raise MemoryError
        self.propagation = self.admittance + self.n
        for i, table in enumerate([*admittances, *propagations]):
            self.fill(&self.admittance[i], table)

    cdef int fill(self, Kernel *kernel, tuple table) except -1:
        cdef const double[:, ::1] nodes = table[3]
        self.kept.append(nodes)
        kernel.start, kernel.scale, kernel.density = table[:3]
        kernel.count, kernel.nodes = <int>nodes.shape[0], &nodes[0, 0]
        return 0

    def __dealloc__(self):
        free(self.admittance)
        free(self.times)
        free(self.kinks)

    def evaluate(self, Py_ssize_t line, Py_ssize_t which, double t):
        """Kernel of a line at `t`: 0 its admittance, 1 its propagation. [s]"""
        return value(&self.admittance[line + which * self.n], t)

    cdef int grow(self) noexcept nogil:
        cdef Py_ssize_t room = 2 * self.room + 256
        cdef double *times = <double *>realloc(self.times, room * sizeof(double))
        cdef double *kinks
        if times == NULL:
            return NO_MEMORY
        self.times = times
        kinks = <double *>realloc(self.kinks, room * 2 * self.ports * sizeof(double))
        if kinks == NULL:
            return NO_MEMORY
        self.kinks, self.room = kinks, room
        return OK

    cdef void rest(self, double t) noexcept nogil:
        """Reset: all deviations are 0 up to time `t`."""
        memset(self.coefficient, 0, 6 * self.ports * sizeof(double))
        self.points, self.times[0], self.step = 1, t, 0.0
        memset(self.kinks, 0, 2 * self.ports * sizeof(double))

    cdef void arrive(self, double t, double *received) noexcept nogil:
        """Compute the coefficients of a step to `t`; adds the tails behind the fronts to `received`."""
        cdef Py_ssize_t line, port, j, last = self.points - 1
        cdef double f
        cdef const double *kink
        self.step = t - self.times[last]
        for line in range(self.n):
            f = value(&self.admittance[line], self.step)
            for port in range(2 * line, 2 * line + 2):
                self.coefficient[port] = f / self.step
                self.level[port] = -f * (self.slopes[port] + self.voltage[port] / self.step)
                received[port] *= self.attenuation[line]
            for j in range(last):
                kink = self.kinks + 2 * j * self.ports
                f = value(&self.admittance[line], t - self.times[j])
                self.level[2 * line] += f * kink[2 * line]
                self.level[2 * line + 1] += f * kink[2 * line + 1]
                f = value(&self.propagation[line], t - self.times[j])
                kink += self.ports
                received[2 * line] += f * kink[2 * line + 1]
                received[2 * line + 1] += f * kink[2 * line]

    cdef void bend(self, Py_ssize_t port, double voltage, double wave) noexcept nogil:
        """Store the voltage and the wave of a port at the end of the step."""
        cdef double *kink = self.kinks + 2 * (self.points - 1) * self.ports + port
        cdef double slope = (voltage - self.voltage[port]) / self.step
        kink[0] = slope - self.slopes[port]
        self.slopes[port], self.voltage[port] = slope, voltage
        slope = (wave - self.waves[port]) / self.step
        kink[self.ports] = slope - self.slopes[self.ports + port]
        self.slopes[self.ports + port], self.waves[port] = slope, wave

    cdef int advance(self, double t) noexcept nogil:
        """Accept the step to `t`, whose end values `bend` has stored."""
        if self.points == self.room and self.grow() != OK:
            return NO_MEMORY
        self.times[self.points] = t
        self.points += 1
        return OK
