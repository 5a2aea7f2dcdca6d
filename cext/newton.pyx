"""Newton's method for one solution of f(x, t) + α q(x) + history = 0.

    load → residual → [converged?] → factor or refactor → solve → update → load …

`Factors` turns residuals into corrections, `Convergence` tells when an iterate is accepted.
"""

import numpy as np

from libc.float cimport DBL_MAX
from libc.math cimport INFINITY, copysign, fabs, fmax, fmin, isfinite

from cpython.exc cimport PyErr_CheckSignals

from circuitnn._cext.clock cimport CONVERGING, LOADING, now
from circuitnn._cext.conditions cimport EXACT, GUESS, LIMIT, TRUST, Conditions, Point
from circuitnn._cext.convergence cimport Convergence, Iterate
from circuitnn._cext.factors cimport Factors
from circuitnn._cext.status cimport CHATTER, INTERRUPTED, NOT_CONVERGED, NOT_FINITE, OK

cdef enum:
    MAX_HALVINGS = 30
    MAX_SETTLINGS = 100
    MAX_REFINEMENTS = 3
    # Unknowns from which on every iteration checks for Ctrl-C, since iterations take long.
    LARGE = 500

# Where the equations have no value this far from zero, halving the step MAX_HALVINGS times does not help.
cdef double FARTHEST = 1e15
# Relative update that is only rounding.
cdef double ROUNDING = 2.3e-16
cdef double LOOK = 0.1            # s between two checks for Ctrl-C
# Error, in tolerances, that a linear solver by iteration may leave in a correction.
cdef double LEFT = 0.005


cdef class Newton:
    """Newton's method on one system.

    Parameters
    ----------
    factors : Factors
        Factors of the system's Jacobian.
    convergence : Convergence
        Convergence test.
    voltages : uint8 array, shape (n,)
        Whether each unknown is a voltage.
    """

    def __init__(self, Factors factors not None, Convergence convergence not None,
                 const unsigned char[::1] voltages not None):
        cdef double[::1] step, previous
        self.factors = factors
        self.solver, self.clock = factors.solver, factors.clock
        self.system = factors.system
        self.n = self.system.n
        self.test_by(convergence)
        if voltages.shape[0] != self.n:
            raise ValueError(f"{voltages.shape[0]} kinds of unknowns for {self.n} unknowns")
        step, previous = np.zeros((2, self.n + 1))
        self.kept = (step, previous, voltages)
        self.voltages = &voltages[0]
        self.step = &step[0]
        self.previous = &previous[0]

    def test_by(self, Convergence convergence not None):
        """Replace the convergence test by another one of the same factors."""
        if convergence.factors is not self.factors:
            raise ValueError("the convergence test belongs to another system")
        self.convergence, self.lattice = convergence, None
        self.solver.yardstick.relative = convergence.relative
        self.solver.yardstick.absolute = convergence.x_tolerance

    def use(self, Lattice lattice):
        """Solve for the steps of a transient cell by cell, as long as the convergence test is the same."""
        self.lattice = lattice

    @property
    def seconds(self):
        """Seconds by phase, see `Clock`."""
        return self.clock.seconds

    def add_counts(self, Newton other not None):
        """Add the counts of a solver that this one replaces."""
        self.iterations += other.iterations
        self.solver.factorisations += other.solver.factorisations
        self.solver.refactorisations += other.solver.refactorisations

    cdef bint interrupted(self) noexcept nogil:
        """Whether Ctrl-C was pressed; checked ten times a second, since it needs the GIL."""
        cdef double time
        if not self.stopped:
            self.stopped = self.solver.stopped
            time = now()
            if time >= self.next_look:
                self.next_look = time + LOOK
                self.stopped = signalled(self) or self.stopped
        return self.stopped

    cdef object checked(self, int status):
        """Return the status, or raise the exception that a signal handler has raised meanwhile."""
        error = self.raised if self.raised is not None else self.solver.raised
        self.raised, self.stopped = None, False
        self.solver.raised, self.solver.stopped = None, False
        if error is not None:
            raise error
        return status

    cdef int fail(self, error) except -1:
        """End the loop because of an exception in Python code that it called; it is raised after the loop."""
        self.raised, self.stopped = error, True
        return 0

    def answer(self):
        """Raise the exception of a signal handler that ran while a loop had released the GIL."""
        self.checked(OK)

    cdef int check(self, double[::1] x) except -1:
        """Refuse a wrong number of unknowns; set ground to 0."""
        if x.shape[0] != self.n + 1:
            raise ValueError(f"x has {x.shape[0]} entries, expected {self.n + 1}")
        x[self.n] = 0.0
        return 0

    cdef void load(self, const double *x, double t, double alpha, const double *history,
                   const Point *point) noexcept nogil:
        """Load the system at `x`, with the residual in `step`."""
        cdef double start = self.clock.start()
        self.iterations += 1
        self.system.load(x, t, alpha, point)
        self.system.residual(alpha, history, self.step)
        self.clock.stop(LOADING, start)

    cdef bint finite(self) noexcept nogil:
        """Whether `step` is finite."""
        return within(self.step, self.n, DBL_MAX)

    cdef bint lost(self, const double *x) noexcept nogil:
        """Whether an unknown is so far away that halving the step does not bring it back."""
        return not within(x, self.n, FARTHEST)

    cdef bint rests(self) noexcept nogil:
        """Whether the residual is exactly zero."""
        cdef Py_ssize_t i
        for i in range(self.n):
            if self.step[i] != 0.0:
                return False
        return True

    cdef void hold_back(self, double reach) noexcept nogil:
        """Shorten the steps of voltages that would move farther than `reach`.

        Where only gmin holds a node, as that between two saturated transistors, the step ends at megavolts; a
        chain of amplifiers, linearised, sends its last nodes to infinity.
        """
        cdef Py_ssize_t i
        for i in range(self.n if reach > 0.0 else 0):
            if self.voltages[i] and fabs(self.step[i]) > reach:
                self.step[i] = copysign(reach, self.step[i])

    cdef int solve_linear(self, double *x, double t, double alpha, const double *history,
                          const Point *point) noexcept nogil:
        """Solve a linear system in one step; the charges then follow without another load."""
        cdef Py_ssize_t i
        cdef int status
        cdef double total = 0.0
        self.load(x, t, alpha, history, point)
        if point.lacking != NULL and self.rests():
            return OK
        status = self.factors.prepare(point)
        if status != OK:
            return status
        status = self.factors.correct(self.step)
        if status != OK:
            return status
        for i in range(self.n):
            x[i] -= self.step[i]
            total += fabs(x[i])
        if alpha == 0.0 and isfinite(total):
            status = self.refine(x, t, point)
        self.system.load_charges(x)
        if status != OK:
            return status
        return OK if isfinite(total) else NOT_FINITE

    cdef int refine(self, double *x, double t, const Point *point) noexcept nogil:
        """Refine `x`, a static solution of a linear system, for the residual that small pivots have left.

        Pivots are chosen for little fill-in, which costs digits if conductances span many decades. In a
        transient the truncation error is larger.
        """
        cdef Py_ssize_t i
        cdef int _turn, status
        cdef bint settled
        cdef double left, before = INFINITY
        for _turn in range(MAX_REFINEMENTS):
            self.system.load(x, t, 0.0, point)
            self.system.residual(0.0, NULL, self.step)
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

    cdef int solve(self, double *x, double t, double alpha, const double *history, const Point *point,
                   bint continuing, int max_iterations) noexcept nogil:
        """Solve from the guess `x`, which is overwritten.

        The first load limits as in `point`, each later one against the one before it. `continuing` means that
        the guess continues nearby solutions.
        Returns OK, NOT_CONVERGED, NOT_FINITE, or the linear solver's status.
        """
        cdef double start = self.clock.start(), exactness = self.solver.exactness
        cdef int status = NOT_CONVERGED
        self.relax(x)
        if self.lattice is not None and continuing and alpha > 0.0 and self.lattice.suits(point):
            status = self.lattice.solve(x, t, alpha, history, point, max_iterations)
            self.iterations += self.lattice.iterations
        self.by_cells = status == OK
        if not self.by_cells:
            status = self.iterate(x, t, alpha, history, point, continuing, max_iterations)
        self.solver.exactness = exactness
        self.clock.stop(CONVERGING, start)
        return status

    cdef double slope(self, int i) noexcept nogil:
        """Magnitude of the Jacobian's diagonal in an equation, at the last load for a solution."""
        return self.lattice.slope(i) if self.by_cells else self.system.slope(i)

    cdef void relax(self, const double *x) noexcept nogil:
        """Let linear systems be solved as exactly as corrections of the usual size require."""
        cdef double usual = self.convergence.usual
        if self.coarsest > 0.0 and usual > 0.0:
            self.solver.exactness = fmax(self.solver.exactness, fmin(self.coarsest, LEFT / usual))
            self.solver.yardstick.sizes = x

    cdef int iterate(self, double *x, double t, double alpha, const double *history, const Point *point,
                     bint continuing, int max_iterations) noexcept nogil:
        """Iterate as `solve` says."""
        cdef Py_ssize_t i
        cdef int iteration, halvings = 0, status
        cdef bint found, settled, smooth, was_limited = False
        cdef double norm = 1e300, before = 1e300, part
        cdef Point here
        cdef Iterate at
        if self.system.linear:
            return self.solve_linear(x, t, alpha, history, point)
        here = point[0]
        at.x, at.residual, at.previous, at.alpha, at.history = x, self.step, self.previous, alpha, history
        at.exact = point.lacking != NULL
        for iteration in range(max_iterations + 1):
            if self.n > LARGE and self.interrupted():
                return INTERRUPTED
            self.load(x, t, alpha, history, &here)
            here.limiting, here.guessed = LIMIT, NULL
            if not self.finite():
                if iteration == 0 or halvings >= MAX_HALVINGS or self.lost(x):
                    self.convergence.blame_infinite(self.step)
                    return NOT_FINITE
                halvings += 1
                for i in range(self.n):
                    x[i] = 0.5 * (x[i] + self.previous[i])
                continue
            settled = not (self.system.limited or was_limited)
            smooth = continuing and settled
            found, was_limited = False, self.system.limited
            if iteration == 0 and at.exact and self.convergence.rests(&at):
                return OK
            if iteration > 0 and not was_limited:
                # A step from where devices were limited does not tell how far away the solution is.
                status = self.convergence.judge(&at, iteration, before, norm if settled else INFINITY, smooth,
                                                continuing)
                found = status == OK
                if status != NOT_CONVERGED and not (found and self.verifying):
                    return status
            if iteration == max_iterations and not found:
                self.convergence.blame_residual(self.step)
                break
            status = self.factors.prepare(&here)
            if status == OK:
                status = self.factors.correct(self.step)
            if status != OK:
                self.doubts += found
                return status
            self.convergence.keep(&at)
            before, norm = norm, self.convergence.update_norm(x, self.step)
            if found and (norm <= 1.0 or self.holds(&at)):
                return OK
            self.doubts += found
            if iteration == 0:
                self.convergence.usual = fmax(norm, 0.5 * self.convergence.usual)
            if smooth:
                part = self.convergence.part_left(&at, iteration, before, norm)
                if self.convergence.suffices(&at, norm, part, self.convergence.relying):
                    self.convergence.finish(&at, self.step)
                    return OK
            self.hold_back(point.reach)
            self.convergence.move(x, self.step)
        return NOT_CONVERGED

    cdef bint holds(self, const Iterate *at) noexcept nogil:
        """Whether the equations hold to rounding at the last load, so that no correction is certain."""
        self.system.residual(at.alpha, at.history, self.convergence.trial)
        return self.convergence.only_rounding(at, self.convergence.trial)

    cdef int settle(self, double *x, double t, const Point *point, bint continuing,
                    int max_iterations) noexcept nogil:
        """Find a static solution in which every switch is in the state that its control requires.

        Switches that go round in circles return to the same states: these are compared with earlier ones
        at turns 1, 2, 4, 8 … (Brent, BIT 20, 176 (1980), doi:10.1007/BF01933190), and twice, since where
        the equations are not linear the next solution may be another one.
        """
        cdef int turn, status, mark = 1, met = 0
        cdef unsigned long long states, marked = 0
        cdef Point here = point[0]
        if here.limiting != GUESS:
            # The guess is zero or a nearby solution; the last evaluation may have been anywhere.
            here.limiting = TRUST
        self.clock.turn()
        for turn in range(MAX_SETTLINGS):
            status = self.solve(x, t, 0.0, NULL, &here, continuing, max_iterations)
            if status != OK:
                return status
            if self.system.fire_events(NULL, point) == 0:
                return OK
            states = self.system.states_of_events()
            if states == marked:
                met += 1
                if met == 2:
                    return CHATTER
            elif turn == mark:
                marked, mark, met = states, 2 * mark, 0
            here.limiting = LIMIT
        return CHATTER

    def linearise(self, double[::1] x not None, Conditions conditions not None, double t=0.0):
        """Evaluate the system at `x` and factor its Jacobian.

        Parameters
        ----------
        x : float64 array, shape (n + 1,)
            The last entry is ground.
        conditions : Conditions
        t : float
            Time. [s]

        Returns
        -------
        status : int
            0 for success.
        residual : float64 array, shape (n,)
        """
        cdef int status
        cdef Point point = conditions.point
        conditions.check(self.n)
        self.check(x)
        self.iterations += 1
        point.limiting = EXACT
        with nogil:
            self.system.load(&x[0], t, 0.0, &point)
            status = self.factors.prepare(&point)
        return self.checked(status), np.array(<double[:self.n]>self.system.f)

    def implicit(self, double[::1] x not None, Conditions conditions not None, double t, double alpha,
                 const double[::1] history not None, int max_iterations=100):
        """Solve f(x, t) + alpha·q(x) + history = 0 from the guess `x`; no event happens.

        Parameters
        ----------
        x : float64 array, shape (n + 1,)
            Guess, overwritten with the solution; the last entry is ground.
        conditions : Conditions
        t : float
            Time. [s]
        alpha : float
            Weight of the charges: reciprocal of a backward Euler step; 0: none. [1/s]
        history : float64 array, shape (n,)
            Known part of dq/dt; ignored if `alpha` is 0.
        max_iterations : int

        Returns
        -------
        int
            Status; 0 for success.
        """
        cdef int status
        cdef Point point = conditions.point
        conditions.check(self.n)
        self.check(x)
        if history.shape[0] < self.n:
            raise ValueError(f"history has {history.shape[0]} entries, expected {self.n}")
        point.limiting = TRUST
        with nogil:
            status = self.solve(&x[0], t, alpha, &history[0], &point, False, max_iterations)
        return self.checked(status)

    def operating_point(self, double[::1] x not None, Conditions conditions not None, double t=0.0,
                        int max_iterations=100, bint first=False, bint verify=False):
        """Solve f(x, t) = 0 from the guess `x`.

        A convergence test that relies on the factors of an earlier iterate can err: a transistor that turns
        off on the last step may leave a node, or several that conduct among themselves, hardly held, so that
        a current too small to be noticed moves them by volts.

        Parameters
        ----------
        x : float64 array, shape (n + 1,)
            Guess, overwritten with the solution; the last entry is ground.
        conditions : Conditions
        t : float
            Time. [s]
        max_iterations : int
        first : bool
            Whether nothing is known of the solution: the first load assumes that junctions conduct.
        verify : bool
            Whether the factors of the solution itself must confirm that it moves no further. `doubts` counts
            the iterates that they refuted.

        Returns
        -------
        int
            Status; 0 for success.
        """
        cdef int status
        cdef Point point = conditions.point
        conditions.check(self.n)
        self.check(x)
        point.limiting = GUESS if first else TRUST
        self.verifying = verify
        self.checked(OK)  # a sweep was interrupted after it returned the points so far
        with nogil:
            status = self.settle(&x[0], t, &point, False, max_iterations)
            if status == OK and self.system.linear and self.solver.quotient < 1.0:
                # The second solve corrects the rounding of the first where large terms cancelled; the line
                # solver does so itself.
                status = self.settle(&x[0], t, &point, False, max_iterations)
        self.verifying = False
        return self.checked(status)


cdef bint within(const double *values, Py_ssize_t n, double most) noexcept nogil:
    """Whether no magnitude is above `most`; NaN is."""
    cdef Py_ssize_t i
    cdef bint beyond = False
    for i in range(n):      # without a sum or an exit, so that it vectorises
        beyond |= not fabs(values[i]) <= most
    return not beyond


cdef bint signalled(Newton newton) noexcept with gil:
    """Run pending signal handlers; an exception is kept for later."""
    try:
        PyErr_CheckSignals()
    except BaseException as error:  # KeyboardInterrupt, or one of a user's own handler
        newton.fail(error)
        return True
    return False
