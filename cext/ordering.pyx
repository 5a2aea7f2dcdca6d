"""Order of the next step: the one whose error permits the longest step.

A multistep method starts with order 2 after every corner. After order + 1 steps of one order, the errors of
the neighbouring orders in the last step are compared. A step that is rejected twice lowers the order: high
orders reach far back, where the solution may have been different. In circuits with inductors the order is 2.
"""

from circuitnn._cext.attempt cimport Attempt
from circuitnn._cext.control cimport growth_of
from circuitnn._cext.history cimport History
from circuitnn._cext.method cimport MAX_ORDER, Formula, Method, Rule, formula_of
from circuitnn._cext.stepsize cimport StepSize

cdef int LOWEST = 2


cdef class Ordering:
    """Order control of a transient.

    Parameters
    ----------
    method : Method
    past : History
    steps : StepSize
    """

    def __init__(self, Method method not None, History past not None, StepSize steps not None):
        self.method, self.past, self.steps, self.rule = method, past, steps, &method.rule
        # Formulas of orders above 2 gain energy where nothing takes it away.
        self.highest = LOWEST if past.n_coils else method.rule.order
        self.begin_anew()

    cdef int at(self, const Rule *rule) noexcept nogil:
        """The order of the next step by a rule."""
        if rule != self.rule or not rule.reaches:
            return rule.order
        # A formula uses as many previous points as its order, its error estimate one more; that of the second
        # order can use rates instead.
        return min(self.order, max(<int>min(self.past.points, MAX_ORDER), LOWEST))

    cdef void begin_anew(self) noexcept nogil:
        """Restart after a corner."""
        self.taken = 0
        # Without error control the order is as high as the history allows.
        self.order = LOWEST if self.steps.control.adaptive else self.highest

    cdef void refused(self) noexcept nogil:
        """Lower the order after two rejected attempts in a row."""
        if self.order > LOWEST:
            self.order, self.taken = self.order - 1, 0

    cdef void choose(self, Attempt *a) noexcept nogil:
        """Choose the order after a step about to be accepted, and update the error of the step."""
        cdef int order
        cdef double ratio, factor, best
        cdef Formula other
        if a.rule != self.rule or a.formula.order != self.order or self.highest == LOWEST:
            return
        self.taken += 1
        if self.taken <= self.order or not self.steps.control.adaptive:
            return
        best = growth_of(&self.steps.control, self.order, a.ratio, 0.0)
        for order in range(max(self.order - 1, LOWEST), min(self.order + 1, self.highest) + 1):
            if order == self.order or self.past.points < order:
                continue
            formula_of(self.rule, 0, order, a.h, self.past.times, &other)
            ratio = max(self.past.error_of_order(order, other.miss, a.h), a.waves)
            factor = growth_of(&self.steps.control, order, ratio, 0.0)
            if factor > best:
                best, a.formula.order, a.ratio = factor, order, ratio
        if a.formula.order != self.order:
            self.order, self.taken = a.formula.order, 0
