"""Integration of f(x, t) + dq/dt = 0 by one-step methods, with error control or over given steps.

`stages` computes a step and its variations. This module goes from step to step: `adapt` chooses the steps and
stops at events; `march` and `transfer` take them from a list, as shooting for a periodic orbit requires.
"""

import numpy as np

from libc.math cimport fabs, fmax, fmin, isfinite, pow
from libc.string cimport memcpy, memset

from circuitnn._cext.conditions cimport EXACT
from circuitnn._cext.events cimport fire
from circuitnn._cext.group cimport Group, event_values
from circuitnn._cext.stages cimport Columns, Stages
from circuitnn._cext.status cimport INTERRUPTED, MORE, OK, STEP_TOO_SMALL

cdef double EVENT = 1e-7          # an event is located to this fraction of the step
cdef double BEFORE = 10.0         # tolerances of the longest step by which a step ends before a kink, …
cdef double NEARLY = 1e-3         # … but no more than this part of a step
cdef double SAFETY = 0.85
cdef double SMALLEST = 1e-13      # step, in units of the span
cdef double SUDDEN = 0.5          # relative change of the rates within the first stage that is a jump
cdef double JUMPED = 100.0        # error, in tolerances, that a step with such a jump counts for
cdef double HARMLESS = 10.0       # … but not if it moves the charges by less than this times the tolerance


cdef class Propagator(Stages):
    """One-step integration of a circuit and of its variations; parameters as in `Stages`."""

    cdef int walk(self, double t, double duration, const double[::1] fractions, Columns *columns,
                  double *points, double *steps) noexcept nogil:
        """Take given steps with their variations.

        `points` gets the unknowns at the end of each step, `steps` its variations; if NULL, the unknowns are
        not kept, and only the last variations are.
        """
        cdef Py_ssize_t k
        cdef int status
        cdef double h, part
        for k in range(fractions.shape[0] - 1):
            if self.newton.interrupted():
                return INTERRUPTED
            part = fractions[k + 1] - fractions[k]
            h = duration * part
            self.failed_at = t + duration * fractions[k]
            if steps != NULL:
                columns.unknowns = steps + k * columns.count * self.n
            status = self.step(self.failed_at, h, columns, part, fractions[k])
            if status != OK:
                return status
            self.accept(h)
            if points != NULL:
                memcpy(points + k * self.n, self.x, self.n * sizeof(double))
        return OK

    cdef double weighted(self) noexcept nogil:
        """Weighted size of the charges times α in `newton.step`, transformed by the last Jacobian."""
        cdef Py_ssize_t r
        cdef double worst = 0.0
        cdef double *dx = self.newton.step
        if self.newton.factors.correct(self.newton.step) != OK:
            return 1e300
        for r in range(self.n):
            worst = fmax(worst, fabs(dx[r]) * self.weights[r])
        return worst if isfinite(worst) else 1e300

    cdef double error(self) noexcept nogil:
        """Weighted error of the last step."""
        cdef Py_ssize_t r
        cdef int i
        cdef double *dx = self.newton.step
        memset(dx, 0, (self.n + 1) * sizeof(double))
        for i in range(self.stages):
            if self.e[i] != 0.0:
                for r in range(self.n):
                    dx[r] += self.e[i] / self.gamma * self.rates[i * (self.n + 1) + r]
        return self.weighted()

    cdef bint sudden(self, double tolerance) noexcept nogil:
        """Whether the rates of the first stage are others than those at the start of the step.

        An implicit stage of a long step may find a solution beyond the fold at which a regenerative circuit
        begins to switch. What follows is smooth, and `error` small, but the moment of the switching is then
        the grid's and not the circuit's.
        """
        cdef double moved
        if not self.rated:
            return False
        moved = self.mixed(1.0, -1.0)
        return (moved > HARMLESS * tolerance and moved > SUDDEN * self.mixed(1.0, 0.0)
                and moved > SUDDEN * self.mixed(0.0, 1.0))

    cdef double mixed(self, double now, double before) noexcept nogil:
        """Weighted size of the first stage's rates times `now` and the last accepted ones times `before`."""
        cdef Py_ssize_t r
        cdef double *dx = self.newton.step
        for r in range(self.n):
            dx[r] = (now * self.rates[r] + before * self.rate[r]) / self.gamma
        dx[self.n] = 0.0
        return self.weighted()

    cdef void begin_kinks(self) noexcept nogil:
        """Look for kinks from the last accepted point on."""
        if self.kinks is not None:
            self.kinks.look(self.before)
            self.kinks.accept()

    cdef double bend(self, double size, double margin) noexcept nogil:
        """Length of the step that ends that much before a kink, if this one does not; 0 if it may stand.

        A kink that the step before has left at its end is behind.
        """
        cdef double length
        if self.kinks is None:
            return 0.0
        self.kinks.look(self.x)
        length = self.kinks.locate(size, 4.0 * margin)
        return length - margin if length < size or length > size + 4.0 * margin else 0.0

    cdef double judged(self, double tolerance, bint located) noexcept nogil:
        """Error of the step just taken, in tolerances; keeps its charges in `moved`."""
        cdef double ratio
        memcpy(self.moved, self.system.q, self.n * sizeof(double))
        ratio = self.error() / tolerance
        return JUMPED if ratio <= 1.0 and not located and self.sudden(tolerance) else ratio

    cdef void record(self, double now, double[:, ::1] rows, Py_ssize_t *count) noexcept nogil:
        """Store an accepted point."""
        cdef Py_ssize_t r
        rows[count[0], 0] = now
        for r in range(self.n):
            rows[count[0], r + 1] = self.x[r]
        count[0] += 1

    cdef int advance(self, double t, double end, double *h, double largest, double tolerance,
                     double[:, ::1] rows, Py_ssize_t *count) noexcept nogil:
        """Take steps with error control from `before` and `q` at `t`; rows get time and unknowns."""
        cdef int status
        cdef bint last, located
        cdef double size, ratio, fraction, factor, bend, beyond, span = end - t, now = t, wanted, least
        cdef double order = 3.0 if self.stages > 2 else 1.0  # of the embedded formula
        located, beyond = False, 0.0
        wanted = h[0]
        self.begin_kinks()
        while count[0] < rows.shape[0]:
            size = fmin(h[0], largest)
            last = now + size >= end - 1e-9 * size
            if last:
                size = end - now
            elif not located and now + 2.0 * size > end:
                size = 0.5 * (end - now)
            status = self.step(now, size, NULL, 0.0, 0.0)
            if status == INTERRUPTED:
                return status
            if status == OK and not located:
                bend = self.bend(size, fmin(BEFORE * tolerance * largest, NEARLY * size))
                if bend > 0.0:
                    beyond, h[0] = fmax(beyond, size), bend
                    continue
            ratio = self.judged(tolerance, located) if status == OK else 1e300
            if not ratio <= 1.0 and not located:
                self.rejected += 1
                self.failed_at = now
                factor = SAFETY * pow(ratio, -1.0 / (order + 1.0)) if ratio < 1e299 else 0.25
                h[0] = size * fmax(0.15, factor)
                if h[0] < SMALLEST * (span + fabs(now)):
                    return status if status < 0 else STEP_TOO_SMALL
                continue
            if status != OK:
                return status
            fraction = self.system.event_fraction(False)
            least = SMALLEST * (span + fabs(now))
            if fraction <= 1.0 and (1.0 - fraction) * size > EVENT * wanted and size > least:
                if not located:
                    wanted = size
                located = True
                h[0] = fmax((fraction + 0.5 * EVENT) * size, least)
                continue
            memcpy(self.q, self.moved, self.n * sizeof(double))
            now = end if last else now + size
            self.accept(size)
            self.system.accept_events()
            self.begin_kinks()
            self.record(now, rows, count)
            if fraction <= 1.0:
                h[0] = wanted
                return HAPPENED
            if located:  # the event of the first attempt did not occur
                located, h[0] = False, wanted
            else:
                factor = SAFETY * pow(ratio, -1.0 / (order + 1.0)) if ratio > 0.0 else 5.0
                h[0] = fmax(beyond, size * fmin(fmax(factor, 0.2), 5.0))
            beyond = 0.0
            wanted = h[0]
            if last:
                return ENDED
        return MORE

    cdef void look(self, double *into, const double[::1] x, double t, bint begin) noexcept:
        """Load the system at a point; with `begin`, start the path of the unknowns there."""
        cdef Py_ssize_t r
        for r in range(self.n):
            into[r] = x[r]
        into[self.n] = 0.0
        self.point.limiting = EXACT
        if begin and self.displaced:
            self.displacements.begin(into)
        elif begin:
            self.system.begin(into)
        self.system.load(into, t, 0.0, &self.point)

    cdef int place(self, double[::1] x, double[::1] q, double t) except -1:
        """Set the point where a march begins, and load the system there."""
        cdef Py_ssize_t r
        if x.shape[0] != self.n or q.shape[0] != self.n:
            raise ValueError(f"x and q have {x.shape[0]} and {q.shape[0]} entries, expected {self.n}")
        for r in range(self.n):
            self.q[r], self.slope[r] = q[r], 0.0
        self.rated = False
        self.look(self.before, x, t, True)
        if self.system.carrying:  # the path of the unknowns begins anew, and charges along it with it
            memcpy(self.q, self.system.q, self.n * sizeof(double))
        memcpy(self.x, self.before, (self.n + 1) * sizeof(double))
        self.system.accept_events()
        return 0

    cdef void leave(self, double[::1] x, double[::1] q) noexcept:
        """Return the last point."""
        cdef Py_ssize_t r
        for r in range(self.n):
            x[r], q[r] = self.before[r], self.q[r]
        if self.displaced:
            self.displacements.end(self.before)

    def adapt(self, double[::1] x not None, double[::1] q not None, double t, double end, double first,
              double largest, double tolerance, double[:, ::1] rows not None):
        """Integrate with error control.

        Parameters
        ----------
        x, q : float64 arrays, shape (n,)
            Unknowns and charges at the beginning; overwritten with those of the last point.
        t, end, first, largest : float
            Times, first and longest step. [s]
        tolerance : float
            Tolerance of the weighted error of a step.
        rows : float64 array, shape (m, n + 1)
            Overwritten with time and unknowns of the accepted points.

        Returns
        -------
        count, status : int
            Rows filled; 0: the end is reached, 4: an event occurs at the last point, 3: the rows are full.
        step : float
            The next step. [s]
        """
        cdef Py_ssize_t count = 0
        cdef int status
        cdef double h = first
        self.place(x, q, t)
        with nogil:
            status = self.advance(t, end, &h, largest, tolerance, rows, &count)
        self.leave(x, q)
        return count, self.newton.checked(status), h

    def march(self, double[::1] x not None, double[::1] q not None, double t, double duration,
              const double[::1] fractions not None, double[:, ::1] points not None,
              double[:, ::1] charges not None, double[:, ::1] unknowns not None,
              const double[::1] stretch not None, const double[::1] shift not None, bint timed=False):
        """Integrate over given steps, with variations.

        Parameters
        ----------
        x, q : float64 arrays, shape (n,)
            Unknowns and charges at the beginning; overwritten with those at the end.
        t, duration : float
            [s]
        fractions : float64 array, shape (m + 1,)
            Start and ends of the steps, in units of the duration; from 0 to 1.
        points : float64 array, shape (m, n)
            Overwritten with the unknowns at the ends of the steps; without rows they are not kept.
        charges, unknowns : float64 arrays, shape (k, n)
            Variations of the charges at the beginning, and of the unknowns, which count where capacitances
            are no derivatives of a charge; overwritten with those at the end.
        stretch, shift : float64 arrays, shape (k,)
            The corresponding variations of the duration and of the time at the beginning.
        timed : bool
            Whether to include ∂f/∂t for variations of time.

        Returns
        -------
        int
            Status; 0 is good.
        """
        cdef Py_ssize_t m = fractions.shape[0] - 1
        cdef int status
        cdef double *kept = &points[0, 0] if points.shape[0] > 0 else NULL
        cdef Columns columns
        cdef double[::1] rates = np.zeros(charges.shape[0] * self.stages * (self.n + 1) + 1)
        cdef double[::1] begun = np.zeros(charges.shape[0] * self.n * self.displaced + 1)
        cdef double[::1] speeds = np.zeros(rates.shape[0] * self.displaced + 1)
        if kept != NULL and points.shape[0] != m:
            raise ValueError(f"{points.shape[0]} rows for {m} steps")
        columns.count, columns.states, columns.states_of = charges.shape[0], 0, NULL
        if columns.count:
            columns.charges, columns.unknowns = &charges[0, 0], &unknowns[0, 0]
            columns.stretch, columns.shift = &stretch[0], &shift[0]
        columns.rates, columns.injected, columns.timed = &rates[0], NULL, timed
        columns.begun, columns.speeds = &begun[0], &speeds[0]
        self.place(x, q, t)
        with nogil:
            status = self.walk(t, duration, fractions, &columns, kept, NULL)
        self.leave(x, q)
        return self.newton.checked(status)

    def transfer(self, double[::1] x not None, double[::1] q not None, double t, double duration,
                 const double[::1] fractions not None, const int[::1] states not None,
                 const double[:, ::1] injected not None, double[:, :, ::1] steps not None):
        """Compute the variations of every step separately.

        Parameters
        ----------
        x, q, t, duration, fractions
            As in `march`.
        states : int32 array, shape (k,)
            Unknowns that are varied at the beginning of each step.
        injected : float64 array, shape (j, n)
            Changes of f over each step.
        steps : float64 array, shape (m, k + j, n)
            Overwritten with the variations at the end of each step.

        Returns
        -------
        int
            Status; 0 is good.
        """
        cdef Py_ssize_t m = fractions.shape[0] - 1, count = states.shape[0] + injected.shape[0]
        cdef int status
        cdef Columns columns
        cdef double[::1] rates = np.zeros(count * self.stages * (self.n + 1) + 1), zero = np.zeros(count + 1)
        cdef double[::1] begun = np.zeros(count * self.n + 1)
        cdef double[::1] speeds = np.zeros(rates.shape[0] * self.displaced + 1)
        cdef double[:, ::1] charges = np.zeros((count + 1, self.n)), changes = np.zeros((count + 1, self.n))
        if steps.shape[0] != m or steps.shape[1] != count or steps.shape[2] != self.n:
            raise ValueError(f"steps have the shape {steps.shape[0], steps.shape[1], steps.shape[2]}")
        np.asarray(changes)[states.shape[0]:count] = injected
        columns.count, columns.states, columns.states_of = count, states.shape[0], &states[0]
        columns.charges, columns.rates, columns.stretch, columns.shift = (
            &charges[0, 0], &rates[0], &zero[0], &zero[0])
        columns.injected, columns.timed = &changes[0, 0], False
        columns.begun, columns.speeds = &begun[0], &speeds[0]
        self.place(x, q, t)
        with nogil:
            status = self.walk(t, duration, fractions, &columns, NULL, &steps[0, 0, 0])
        self.leave(x, q)
        return self.newton.checked(status)

    def product(self, const double[::1] x not None, double t, const double[:, ::1] directions not None,
                bint displaced=False):
        """C·d at a point, for each row d; shape (k, n).

        If `displaced`, C has the capacitances that are no derivatives of a charge, too.
        """
        cdef Py_ssize_t c
        cdef double[:, ::1] found = np.empty((directions.shape[0], self.n))
        self.look(self.before, x, t, True)
        if self.displaced and not displaced:
            self.displacements.leave_out()
        self.capacitances.collect()
        if self.displaced:
            self.displacements.end(self.before)
        for c in range(directions.shape[0]):
            self.capacitances.multiply(&directions[c, 0], &found[c, 0])
        return np.asarray(found)

    def due(self, const double[::1] x not None, double t):
        """Events whose conditions hold at a point: (group, event, instance) of each."""
        cdef Py_ssize_t i, e, k
        cdef Group *g
        self.look(self.before, x, t, False)
        found = []
        for i in range(self.system.n_groups):
            g = self.system.groups[i]
            for e in range(g.n_events):
                for k in range(g.n):
                    if event_values(g)[e * g.stride + k] > 0.0:
                        found.append((i, e, k))
        return found

    def fire(self, const double[::1] x not None, double t, list happenings not None):
        """Fire events at a point.

        Parameters
        ----------
        x : float64 array, shape (n,)
        t : float
            [s]
        happenings : list of (group, event, instance)

        Returns
        -------
        x, q : float64 arrays, shape (n,)
            Unknowns afterwards, in which only states set by events have changed, and their charges.
        """
        cdef Py_ssize_t i, e, k
        self.look(self.x, x, t, False)
        for i, e, k in happenings:
            fire(self.system.groups[i], e, k, self.x)
        self.system.load(self.x, t, 0.0, &self.point)
        return np.array(<double[:self.n]>self.x), np.array(<double[:self.n]>self.system.q)
