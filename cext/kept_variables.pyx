"""Variables of modules that keep their values from point to point, and what they ask of the time steps.

The kernel's second function computes their values at an accepted point from the unknowns there and the
values before. One of them may be the error of the step, because a variable of this kind is integrated by a
formula of its own, another one the longest next step. Random numbers are drawn anew where a flag asks for it.
"""

import numpy as np

from libc.math cimport INFINITY, fabs, fmax, fmin, sqrt
from libc.string cimport memcpy

from circuitnn._cext.draws cimport draw
from circuitnn._cext.group cimport DeviceGroup, Group, Random

cdef double SAFETY = 0.9        # of the step that the error asks for
cdef double SHRINK = 0.1        # a step becomes at most so much shorter at once
# An error of an unknown may be this part of what random numbers add to it in a step: its way is as rough.
cdef double ROUGH = 0.1
cdef double FADING = 0.5        # by which their size counts less from point to point


cdef class KeptVariables:
    """Variables of the groups that have any.

    Parameters
    ----------
    groups : list of (DeviceGroup, int, int, list, list, list)
        Group; number of the error among the values that accepted points change, and column of the longest
        next step, -1: none; columns of moments at which steps end; random numbers that are drawn anew, each
        with the column that says when; local unknowns to which random numbers add, each with the number of
        their sum among the values that accepted points change.
    tolerance : float
        Error that a step may have.
    sizes, statetol : float64 arrays, shape (unknowns,)
        Of the transient's accuracy; sizes rise where there is noise.
    """

    def __init__(self, list groups not None, double tolerance, double[::1] sizes not None,
                 const double[::1] statetol not None):
        cdef Py_ssize_t i
        cdef DeviceGroup group
        cdef const int[::1] view
        cdef unsigned char[::1] room = np.zeros(max(len(groups), 1) * sizeof(Variables), dtype=np.uint8)
        self.kept, self.all, self.n = [groups, room], <Variables *>&room[0], len(groups)
        cdef double[::1] usual = np.append(sizes, 0.0)
        self.tolerance, self.longest, self.leapt = tolerance, INFINITY, False
        self.kept += [sizes, usual, statetol]
        self.unknowns = sizes.shape[0]
        if self.unknowns:
            self.sizes, self.usual, self.statetol = &sizes[0], &usual[0], &statetol[0]
        for i, (group, error, longest, due, drawn, noisy) in enumerate(groups):
            pairs = [number for pair in (*drawn, *noisy) for number in pair]
            view = np.array([*due, *pairs, 0], dtype=np.int32)
            self.kept.append(view)
            self.all[i].group, self.all[i].error, self.all[i].longest = &group.group, error, longest
            self.all[i].n_due, self.all[i].due = len(due), &view[0]
            self.all[i].n_drawn, self.all[i].drawn = len(drawn), &view[len(due)]
            self.all[i].n_noisy, self.all[i].noisy = len(noisy), &view[len(due) + 2 * len(drawn)]

    cdef void compute(self, const double *x, const double *globals_) noexcept nogil:
        """Compute the values that an accepted point `x` would leave."""
        cdef Py_ssize_t j, i, k
        cdef Group *g
        for j in range(self.n):
            g = self.all[j].group
            for i in range(g.inputs if g.n_carried else 0):
                for k in range(i * g.stride, i * g.stride + g.n):
                    g.wanted[k] = x[g.nodes[k]]
            if g.n_carried:
                g.carry(g.carry_context, g.stride, 0, g.n, g.wanted, g.columns, globals_, g.carried)

    cdef double shortened(self, double h, double shortest) noexcept nogil:
        """The step to take instead of one of length `h`, whose values are computed; 0: it may stand.

        What a step of the `shortest` length does not resolve is a jump, after which no rate is known.
        """
        cdef Py_ssize_t j, k
        cdef const Variables *v
        cdef double worst = 0.0, value
        for j in range(self.n):
            v = &self.all[j]
            if v.error < 0:
                continue
            for k in range(v.error * v.group.stride, v.error * v.group.stride + v.group.n):
                value = v.group.carried[k] / self.tolerance
                if not value <= worst:
                    worst = value
        if self.leapt or worst <= 1.0:
            self.longest = INFINITY if self.leapt or worst == 0.0 else SAFETY * h / sqrt(worst)
            self.leapt = False
            return 0.0
        if h <= shortest:
            self.leapt, self.longest = True, INFINITY
            return 0.0
        return max(h * max(SHRINK, SAFETY / sqrt(worst)), 0.5 * shortest)

    cdef void take_over(self) noexcept nogil:
        """The values that were computed last become those of the accepted point."""
        cdef Py_ssize_t j, i
        cdef Group *g
        for j in range(self.n):
            g = self.all[j].group
            self.see_noise(&self.all[j])
            for i in range(g.n_carried):
                memcpy(g.columns + g.carried_columns[i] * g.stride, g.carried + i * g.stride,
                       g.n * sizeof(double))
            self.draw_anew(&self.all[j])
        self.bound()

    cdef void see_noise(self, const Variables *v) noexcept nogil:
        """Let unknowns be no more exact than what random numbers have added to them in this step."""
        cdef Group *g = v.group
        cdef Py_ssize_t i, k
        cdef const double *added
        cdef const double *before
        cdef int node
        for i in range(v.n_noisy):
            added = g.carried + v.noisy[2 * i + 1] * g.stride
            before = g.columns + g.carried_columns[v.noisy[2 * i + 1]] * g.stride
            for k in range(g.n):
                node = g.nodes[v.noisy[2 * i] * g.stride + k]
                if node < self.unknowns:
                    self.sizes[node] = fmax(
                        fmax(self.usual[node], FADING * self.sizes[node]),
                        ROUGH * fabs(added[k] - before[k]) / self.statetol[node])

    cdef void bound(self) noexcept nogil:
        """Shorten the next step to what modules ask for."""
        cdef Py_ssize_t j, k
        cdef const Variables *v
        for j in range(self.n):
            v = &self.all[j]
            for k in range(v.group.n if v.longest >= 0 else 0):
                self.longest = fmin(self.longest, v.group.columns[v.longest * v.group.stride + k])

    cdef void draw_anew(self, const Variables *v) noexcept nogil:
        """Draw the random numbers that the statements of this point have used."""
        cdef Group *g = v.group
        cdef const Random *random
        cdef Py_ssize_t i, k, at
        for i in range(v.n_drawn):
            random = &g.randoms[v.drawn[2 * i]]
            for k in range(g.n):
                if g.columns[v.drawn[2 * i + 1] * g.stride + k] == 0.0:
                    continue
                at = v.drawn[2 * i] * g.stride + k
                g.drawn[at] += 1
                g.columns[random.column * g.stride + k] = draw(random.distribution, g.keys[at], g.drawn[at])

    cdef double after(self, double t) noexcept nogil:
        """The first moment after `t` at which a step is to end; infinity if there is none. [s]"""
        cdef Py_ssize_t j, i, k
        cdef const Variables *v
        cdef double found = INFINITY, moment
        for j in range(self.n):
            v = &self.all[j]
            for i in range(v.n_due):
                for k in range(v.group.n):
                    moment = v.group.columns[v.due[i] * v.group.stride + k]
                    if moment > t:
                        found = fmin(found, moment)
        return found
