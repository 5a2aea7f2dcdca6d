"""Of what order the next step is: that whose error lets it be longest.

A multistep method begins with order 2 after every corner. After order + 1 steps of one order, the errors that
the neighbouring orders would have had in the last step are looked at. A step that is refused twice lowers the
order: high ones look far back, where the solution may have been another.
"""

from circuitnn._cext.attempt cimport Attempt
from circuitnn._cext.control cimport growth_of
from circuitnn._cext.history cimport History
from circuitnn._cext.method cimport MAX_ORDER, Formula, Method, Rule, formula_of
from circuitnn._cext.stepsize cimport StepSize

cdef int LOWEST = 2


cdef class Ordering:
    """Of what order the steps of a transient are.

    Parameters
    ----------
    method : Method
    past : History
    steps : StepSize
    """

    def __init__(self, Method method not None, History past not None, StepSize steps not None):
        self.method, self.past, self.steps, self.rule = method, past, steps, &method.rule
        self.begin_anew()

    cdef int at(self, const Rule *rule) noexcept nogil:
        """The order of the next step, by some rule."""
        if rule != self.rule or not rule.reaches:
            return rule.order
        # A formula reaches as many points back as its order is, its error one more; that of the second order
        # can do with rates.
        return min(self.order, max(<int>min(self.past.points, MAX_ORDER), LOWEST))

    cdef void begin_anew(self) noexcept nogil:
        """After a corner."""
        self.taken = 0
        # Without an error nothing can be chosen: as high as the history allows.
        self.order = LOWEST if self.steps.control.adaptive else self.rule.order

    cdef void refused(self) noexcept nogil:
        """A step was refused, and so was the one before it."""
        if self.order > LOWEST:
            self.order, self.taken = self.order - 1, 0

    cdef void choose(self, Attempt *a) noexcept nogil:
        """The order after a step that is about to be accepted, and the error that the step has then."""
        cdef int order
        cdef double ratio, factor, best
        cdef Formula other
        if a.rule != self.rule or a.formula.order != self.order or self.rule.order == LOWEST:
            return
        self.taken += 1
        if self.taken <= self.order or not self.steps.control.adaptive:
            return
        best = growth_of(&self.steps.control, self.order, a.ratio, 0.0)
        for order in range(max(self.order - 1, LOWEST), min(self.order + 1, self.rule.order) + 1):
            if order == self.order or self.past.points < order:
                continue
            formula_of(self.rule, 0, order, a.h, self.past.times, &other)
            ratio = max(self.past.error_of_order(order, other.miss, a.h), a.waves)
            factor = growth_of(&self.steps.control, order, ratio, 0.0)
            if factor > best:
                best, a.formula.order, a.ratio = factor, order, ratio
        if a.formula.order != self.order:
            self.order, self.taken = a.formula.order, 0
