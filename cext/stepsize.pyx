"""Step size control: the next step from the error of the last one, within bounds."""

from circuitnn._cext.control cimport growth_of
from circuitnn._cext.newton cimport Newton


cdef class StepSize:
    """Step size control of a transient.

    Parameters
    ----------
    controller : Controller
        Rule for the step from the error.
    first, largest, smallest : float
        The first step, and the bounds of all steps. [s]
    newton : Newton
        Keeps an exception of a controller written in Python for the caller of the time loop.
    """

    def __init__(self, controller, *, double first, double largest, double smallest,
                 Newton newton not None):
        self.h, self.largest, self.smallest, self.newton = first, largest, smallest, newton
        self.follow(controller)

    def follow(self, controller):
        """Replace the controller.

        Parameters
        ----------
        controller : Controller
            Its ``propose(ratio, before, order)``, if it has one, is asked for the factor of the step:
            `ratio` is the error in tolerances, `before` that of the step before.
        """
        cdef Control *c = &self.control
        c.reject, c.safety, c.far = controller.reject, controller.safety, controller.far
        c.shrink = controller.shrink
        c.growth, c.first_growth, c.lazy = controller.growth, controller.first_growth, controller.lazy
        c.cut, c.damped = controller.cut, controller.damped
        c.integral, c.proportional = controller.integral, controller.proportional
        c.adaptive = controller.adaptive
        self.propose = getattr(controller, "propose", None)
        self.asks = self.propose is not None
        if not c.adaptive:
            self.h = self.largest

    def bound(self, *, double smallest=0.0, double largest=0.0):
        """Change the bounds of all steps; the next one keeps to them, too.

        Parameters
        ----------
        smallest, largest : float
            0 leaves a bound as it is. [s]
        """
        self.smallest, self.largest = smallest or self.smallest, largest or self.largest
        self.h = max(min(self.h, self.largest), self.smallest)

    cdef double within(self, double h) noexcept nogil:
        """The permitted step nearest to `h`; the smallest if `h` is NaN. [s]"""
        return min(h, self.largest) if h > self.smallest else self.smallest

    cdef void begin_anew(self, double h) noexcept nogil:
        """Restart after a corner: the next step is `h`, whatever the error of the last one was."""
        self.before = 0.0
        if self.control.adaptive:
            self.h = h if h > self.smallest else self.smallest

    cdef bint cut(self, double h) noexcept nogil:
        """Shorten the step `h` in which Newton's method failed; returns False if it becomes too small."""
        self.h = self.control.cut * h
        return self.h >= self.smallest and self.control.adaptive

    cdef bint refuses(self, double h, double ratio) noexcept nogil:
        """Whether the error of a step `h` is too large and a shorter step is possible."""
        return not ratio <= self.control.reject and h > 2.0 * self.smallest and self.control.adaptive

    cdef void shorten(self, double h, double ratio, int order) noexcept nogil:
        """Set the next step after one of length `h` with too large an error."""
        cdef double factor = growth_of(&self.control, order, ratio, 0.0)
        self.h = h * (factor if factor > self.control.shrink else self.control.shrink)

    cdef double following(self, double h, double ratio, int order, bint early, bint lazy) noexcept nogil:
        """The step after one of length `h`. [s]

        It may grow faster `early` after a corner. With `lazy`, for which a new length costs a factorisation,
        it does not grow by small factors.
        """
        cdef double factor = self.control.first_growth if early else self.control.growth
        if self.asks:
            factor = min(factor, asked(self, ratio, self.before, order))
        elif ratio > 0.0:
            factor = min(factor, growth_of(&self.control, order, ratio, self.before))
        if lazy and 1.0 <= factor < self.control.lazy:
            return self.h
        return self.within(factor * h)


cdef double asked(StepSize steps, double ratio, double before, int order) noexcept with gil:
    """Factor of the step from a controller written in Python; an exception is kept for later."""
    try:
        return steps.propose(ratio, before, order)
    except BaseException as error:
        steps.newton.fail(error)
    return 1.0
