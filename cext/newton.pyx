"""Newton's method for one solution of f(x, t) + α q(x) + history = 0.

    load → residual → [converged?] → factor or refactor → solve → update → load …

When that is enough is the affair of convergence.pyx.
"""

import numpy as np

from libc.math cimport INFINITY, fabs, isfinite
from libc.string cimport memcpy

from cpython.exc cimport PyErr_CheckSignals

from circuitnn._cext.convergence cimport Convergence, now
from circuitnn._cext.status cimport CHATTER, INTERRUPTED, NOT_CONVERGED, NOT_FINITE, OK

cdef enum:
    # A clock reading costs as much as a small device: look at one iteration in so many.
    SAMPLE = 32
    MAX_HALVINGS = 30
    MAX_SETTLINGS = 100
    # A point of a sweep that takes no more iterations is a continuation of those before.
    FEW = 3
    MAX_REFINEMENTS = 3
    # Unknowns from which on an iteration takes so long that each looks at the keyboard.
    LARGE = 500

# Relative update that is nothing but rounding.
cdef double ROUNDING = 2.3e-16
cdef double LOOK = 0.1            # s between two looks at the keyboard


cdef class Newton(Convergence):
    """Newton's method on one system; parameters as `Convergence`."""

    @property
    def seconds(self):
        """Seconds spent in ``load``, ``factor`` and ``solve``, estimated by sampling."""
        return {
            "load": SAMPLE * self.times.load,
            "factor": SAMPLE * self.times.factor,
            "solve": SAMPLE * self.times.solve,
        }

    def add_counts(self, Newton other not None):
        """Add the counts of a solver that this one replaces."""
        self.iterations += other.iterations
        self.solver.factorisations += other.solver.factorisations
        self.solver.refactorisations += other.solver.refactorisations

    cdef bint interrupted(self) noexcept nogil:
        """Whether Ctrl-C was pressed since; looked for ten times a second, which needs the GIL."""
        cdef double time
        if not self.stopped:
            time = now()
            if time >= self.next_look:
                self.next_look = time + LOOK
                self.stopped = signalled(self)
        return self.stopped

    cdef object checked(self, int status):
        """The status, unless a signal's handler has raised something meanwhile: then that."""
        error, self.raised, self.stopped = self.raised, None, False
        if error is not None:
            raise error
        return status

    def answer(self):
        """Raise what the handler of a signal raised while a loop ran without the GIL."""
        self.checked(OK)

    cdef int solve_linear(self, double *x, double t, double alpha, const double *history) noexcept nogil:
        """One step is exact; q then follows without another load of the Jacobian."""
        cdef Py_ssize_t i
        cdef int status
        cdef double total = 0.0, start = 0.0
        self.iterations += 1
        self.sampling = self.iterations % SAMPLE == 0
        if self.sampling:
            start = now()
        self.system.load(x, t, alpha)
        self.residual(alpha, history, self.step)
        if self.sampling:
            self.times.load += now() - start
        status = self.prepare()
        if status != OK:
            return status
        if self.sampling:
            start = now()
        status = self.solver.solve(self.step)
        if status != OK:
            return status
        if self.sampling:
            self.times.solve += now() - start
        for i in range(self.n):
            x[i] -= self.step[i]
            total += fabs(x[i])
        if alpha == 0.0 and isfinite(total):
            status = self.refine(x, t)
        self.system.load_charges(x)
        if status != OK:
            return status
        return OK if isfinite(total) else NOT_FINITE

    cdef int refine(self, double *x, double t) noexcept nogil:
        """Take from `x`, a static solution of a linear system, what small pivots have left of its residual.

        Pivots are chosen for few new entries, and conductances of many decades then cost digits. In a
        transient the truncation error is larger.
        """
        cdef Py_ssize_t i
        cdef int _turn, status
        cdef bint settled
        cdef double left, before = INFINITY
        for _turn in range(MAX_REFINEMENTS):
            self.system.load(x, t, 0.0)
            self.residual(0.0, NULL, self.step)
            status = self.solver.solve(self.step)
            if status != OK:
                return status
            left, settled = 0.0, True
            for i in range(self.n):
                left += fabs(self.step[i])
                settled = settled and fabs(self.step[i]) <= ROUNDING * fabs(x[i])
            if settled or not left < 0.5 * before:
                return OK
            for i in range(self.n):
                x[i] -= self.step[i]
            before = left
        return OK

    cdef int solve(self, double *x, double t, double alpha, const double *history,
                   int max_iterations) noexcept nogil:
        """Solve from the guess `x`, which is overwritten.

        Returns OK, NOT_CONVERGED, NOT_FINITE, or the linear solver's status.
        """
        cdef Py_ssize_t i
        cdef int iteration, halvings = 0, status
        cdef bint smooth, was_limited = False
        cdef double total, start = 0.0, norm = 1e300, before = 1e300, part
        cdef double *dx = self.step
        if self.system.linear:
            return self.solve_linear(x, t, alpha, history)
        for iteration in range(max_iterations + 1):
            if self.n > LARGE and self.interrupted():
                return INTERRUPTED
            self.iterations += 1
            self.sampling = self.iterations % SAMPLE == 0
            if self.sampling:
                start = now()
            self.system.load(x, t, alpha)
            if self.sampling:
                self.times.load += now() - start
            self.residual(alpha, history, dx)
            total = 0.0
            for i in range(self.n):
                total += fabs(dx[i])
            if not isfinite(total):
                if iteration == 0 or halvings >= MAX_HALVINGS:
                    self.blame_infinite(dx)
                    return NOT_FINITE
                halvings += 1
                for i in range(self.n):
                    x[i] = 0.5 * (x[i] + self.previous[i])
                continue
            smooth = self.continuing and not (self.system.limited or was_limited)
            was_limited = self.system.limited
            if iteration > 0 and not was_limited:
                status = self.judge(x, alpha, history, iteration, before, norm, smooth)
                if status != NOT_CONVERGED:
                    return status
                self.residual(alpha, history, dx)
            if iteration == max_iterations:
                self.worst_residual = dx[self.worst] if self.worst >= 0 else 0.0
                break
            status = self.prepare()
            if status != OK:
                return status
            if self.sampling:
                start = now()
            status = self.correct(dx)
            if status != OK:
                return status
            memcpy(self.previous, x, self.n * sizeof(double))
            before = norm
            norm = self.update_norm(x, dx)
            if self.sampling:
                self.times.solve += now() - start
            if smooth:
                part = self.part_left(iteration, before, norm, x, dx)
                if self.suffices(x, alpha, history, norm, part):
                    self.finish(x, dx, alpha)
                    return OK
            for i in range(self.n):
                x[i] -= dx[i]
        return NOT_CONVERGED

    cdef int settle(self, double *x, double t, int max_iterations) noexcept nogil:
        """A static solution in which every switch is in the state its controls ask for."""
        cdef int _turn, status
        # The guess is zero or a solution nearby; the last evaluation may have been anywhere.
        self.system.trusted = True
        for _turn in range(MAX_SETTLINGS):
            status = self.solve(x, t, 0.0, NULL, max_iterations)
            if status != OK:
                return status
            if self.system.fire_events(NULL) == 0:
                return OK
        return CHATTER

    def linearise(self, const double[::1] x not None, double t=0.0):
        """Evaluate the system at `x` and factor its Jacobian.

        Parameters
        ----------
        x : float64 array, shape (n + 1,)
            The last entry is ground.
        t : float
            Time. [s]

        Returns
        -------
        status : int
            0 is good.
        residual : float64 array, shape (n,)
        """
        cdef int status
        if x.shape[0] != self.n + 1:
            raise ValueError(f"x has {x.shape[0]} entries, expected {self.n + 1}")
        self.iterations += 1
        self.system.unlimited = True
        with nogil:
            self.system.load(&x[0], t, 0.0)
            status = self.prepare()
        self.system.unlimited = False
        self.system.fresh = True
        return status, np.array(<double[:self.n]>self.system.f)

    def correction(self, const double[::1] residual not None):
        """J⁻¹·residual, shape (n,), with the factors at hand; not finite if the solver failed."""
        cdef double[::1] dx = np.append(residual, 0.0)
        cdef int status
        if residual.shape[0] != self.n:
            raise ValueError(f"expected {self.n} numbers, got {residual.shape[0]}")
        with nogil:
            status = self.correct(&dx[0])
        if status != OK:
            return np.full(self.n, np.inf)
        return np.asarray(dx)[:self.n]

    def relax(self, double[::1] x not None, double alpha, int max_iterations=100):
        """One backward Euler step f(x) + alpha·(q(x) - q(x before)) = 0, with the circuit's own charges.

        Parameters
        ----------
        x : float64 array, shape (n + 1,)
            Where the step starts, overwritten with where it ends; the last entry is ground.
        alpha : float
            Reciprocal of the step. [1/s]
        max_iterations : int

        Returns
        -------
        int
            Status; 0 is good.
        """
        cdef int status
        if x.shape[0] != self.n + 1:
            raise ValueError(f"x has {x.shape[0]} entries, expected {self.n + 1}")
        cdef double[::1] history
        with np.errstate(over="ignore"):    # what is infinite is no solution, and `solve` says so
            history = -alpha * np.append(self.system.evaluate(x)[1], 0.0)
        with nogil:
            self.system.trusted = True
            status = self.solve(&x[0], 0.0, alpha, &history[0], max_iterations)
        return self.checked(status)

    def operating_point(self, double[::1] x not None, double t=0.0, int max_iterations=100):
        """Solve f(x, t) = 0 from the guess `x`.

        Parameters
        ----------
        x : float64 array, shape (n + 1,)
            Guess, overwritten with the solution; the last entry is ground.
        t : float
            Time. [s]
        max_iterations : int

        Returns
        -------
        int
            Status; 0 is good.
        """
        cdef int status
        if x.shape[0] != self.n + 1:
            raise ValueError(f"x has {x.shape[0]} entries, expected {self.n + 1}")
        x[self.n] = 0.0
        self.checked(OK)  # a sweep was interrupted and has given the points before
        with nogil:
            status = self.settle(&x[0], t, max_iterations)
            if status == OK and self.system.linear and self.solver.quotient < 1.0:
                # What the first step rounded beside large terms that cancelled, the second corrects;
                # the solver of lines does so itself.
                status = self.settle(&x[0], t, max_iterations)
        return self.checked(status)

    def sweep(self, double[::1] x not None, double[::1] source not None, const double[::1] values not None,
              const int[::1] saved not None, double[:, ::1] rows not None, int max_iterations):
        """Operating points from `x` along the values of a source, up to the first not found; how many were.

        `source` is where the source's value is kept, shape (1,); a row is a value and the saved unknowns.
        """
        cdef Py_ssize_t i, k, found = 0
        if (x.shape[0] != self.n + 1 or rows.shape[0] != values.shape[0]
                or rows.shape[1] != saved.shape[0] + 1):
            raise ValueError(f"x must have {self.n + 1} entries, rows {saved.shape[0] + 1} columns")
        cdef double[::1] good = np.array(x), before = np.array(x)
        cdef long spent
        cdef int smooth = 0
        cdef double ratio
        self.least = 1.0
        with nogil:
            for i in range(values.shape[0]):
                if self.interrupted():
                    break
                source[0] = values[i]
                spent = self.iterations
                self.continuing = smooth >= 2
                if self.continuing:
                    ratio = (values[i] - values[i - 1]) / (values[i - 1] - values[i - 2])
                    for k in range(self.n):
                        x[k] += ratio * (good[k] - before[k])
                if self.settle(&x[0], 0.0, max_iterations) != OK:
                    memcpy(&x[0], &good[0], (self.n + 1) * sizeof(double))
                    if not self.continuing:
                        break
                    self.continuing = False
                    if self.settle(&x[0], 0.0, max_iterations) != OK:
                        memcpy(&x[0], &good[0], (self.n + 1) * sizeof(double))
                        break
                self.least = min(self.least, self.solver.quotient)
                # Beside a jump a straight line leads astray.
                smooth = smooth + 1 if self.iterations - spent <= FEW else 0
                memcpy(&before[0], &good[0], (self.n + 1) * sizeof(double))
                memcpy(&good[0], &x[0], (self.n + 1) * sizeof(double))
                rows[i, 0] = values[i]
                for k in range(saved.shape[0]):
                    rows[i, k + 1] = x[saved[k]]
                found += 1
        self.continuing = False
        return found


cdef bint signalled(Newton newton) noexcept with gil:
    """Let the handlers of signals run; what one raises is kept for later."""
    try:
        PyErr_CheckSignals()
    except BaseException as error:  # KeyboardInterrupt, or what a user's own handler says
        newton.raised = error
        return True
    return False
