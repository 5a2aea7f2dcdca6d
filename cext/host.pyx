"""A host program that a transient is synchronised with: it sets breakpoints and may change steps.

Another thread may add breakpoints while the time loop runs without the GIL: they are stored in C memory under
a separate lock.
"""

from cpython.pythread cimport (
    WAIT_LOCK, PyThread_acquire_lock, PyThread_allocate_lock, PyThread_free_lock, PyThread_release_lock,
)
from libc.math cimport INFINITY, fmin, isfinite
from libc.stdlib cimport free, realloc
from libc.string cimport memmove

from circuitnn._cext.newton cimport Newton
from circuitnn._cext.status cimport INTERRUPTED, NOT_CONVERGED, OK
from circuitnn._cext.stepsize cimport StepSize


cdef class Host:
    """Breakpoints of a transient, and the function that is asked about its steps."""

    def __cinit__(self):
        self.now = -1.0
        self.lock = PyThread_allocate_lock()
        if self.lock == NULL:
            raise MemoryError

    def __dealloc__(self):
        free(self.times)
        if self.lock != NULL:
            PyThread_free_lock(self.lock)

    def add(self, double time):
        """Add a breakpoint to the running transient, or else to the next one.

        Parameters
        ----------
        time : float
            [s]

        Returns
        -------
        bool
            False if the time has passed or is not valid.
        """
        cdef Py_ssize_t k
        cdef double *more
        if not isfinite(time) or time < 0.0 or time <= self.now:
            return False
        PyThread_acquire_lock(self.lock, WAIT_LOCK)
        try:
            if self.n == self.room:
                more = <double *>realloc(self.times, (2 * self.room + 8) * sizeof(double))
                if more == NULL:
                    raise MemoryError
                self.times, self.room = more, 2 * self.room + 8
            k = self.n
            while k > 0 and self.times[k - 1] > time:
                k -= 1
            memmove(self.times + k + 1, self.times + k, (self.n - k) * sizeof(double))
            self.times[k] = time
            self.n += 1
            self.fresh = True
        finally:
            PyThread_release_lock(self.lock)
        return True

    def synchronise(self, function):
        """Set the function that is asked about each step, or none.

        Parameters
        ----------
        function : callable or None
            Takes the time of the transient [s], the next step [s], the attempted one [s], whether it was
            rejected, and the location: 0 before a step, 1 after an attempt. Returns whether to repeat the
            step, and the length of the next one. [s]
        """
        self.function = function
        self.syncs = function is not None

    def end(self):
        """Forget the breakpoints: the transient has ended."""
        PyThread_acquire_lock(self.lock, WAIT_LOCK)
        self.n, self.fresh, self.now = 0, False, -1.0
        PyThread_release_lock(self.lock)

    cdef double after(self, double t) noexcept nogil:
        """The first breakpoint after a time; infinity if there is none. Earlier ones are dropped. [s]"""
        cdef Py_ssize_t gone = 0
        cdef double found = INFINITY
        if self.n == 0:
            return found
        PyThread_acquire_lock(self.lock, WAIT_LOCK)
        while gone < self.n and self.times[gone] <= t:
            gone += 1
        self.n -= gone
        memmove(self.times, self.times + gone, self.n * sizeof(double))
        self.fresh = False
        if self.n:
            found = self.times[0]
        PyThread_release_lock(self.lock)
        return found

    cdef Verdict ask(self, double t, double *h, double before, bint rejected, int location,
                     Newton newton) noexcept nogil:
        """Ask about a step, which may change `h`; an exception is kept until the end of the run."""
        with gil:
            try:
                again, h[0] = self.function(t, h[0], before, rejected, location)
                return AGAIN if again else GO_ON
            except BaseException as error:
                newton.fail(error)
        return FAILED

    cdef int begin(self, StepSize steps, double t, double h) noexcept nogil:
        """Announce a step of length `h`, which the host may change: OK or INTERRUPTED."""
        if self.ask(t, &h, 0.0, False, BEGIN, steps.newton) == FAILED:
            return INTERRUPTED
        steps.h = steps.within(h)
        return OK

    cdef int judge(self, StepSize steps, double t, double own, double tried, bint rejected) noexcept nogil:
        """Ask about an attempt, and about the next step, by default `own`.

        After a rejected attempt the next step may only become shorter. Otherwise it may have any length,
        which is kept in `told` until the attempt is accepted.

        Returns
        -------
        int
            OK, NOT_CONVERGED to try again, INTERRUPTED.
        """
        cdef double h = own
        cdef Verdict found = self.ask(t, &h, tried, rejected, ATTEMPT, steps.newton)
        self.told = 0.0
        if found == FAILED:
            return INTERRUPTED
        if rejected:
            steps.h = steps.within(fmin(h, own))
        elif found == AGAIN:
            steps.h = steps.within(fmin(h, tried))
            return NOT_CONVERGED
        elif h != own:
            self.told = h
        return OK
