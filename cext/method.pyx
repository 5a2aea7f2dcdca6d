"""Integration methods as values; the methods themselves are one file each in circuitnn/solvers/methods."""

from libc.math cimport fabs

cdef double EXACT = 1e-9      # of weights, beside 1


cdef class Method:
    """An implicit integration method for dq/dt = -f.

    Parameters
    ----------
    name : str
    stages : tuple of Stage, optional
        Stages of a one-step method, each solved for the charge at its end; the last ends with the step. Of a
        stage: ``at``, its end; ``alpha``, weight of its charge; ``charges``, weights of the charges at the
        beginning of the step and at the ends of the stages before; ``rates``, weights of the rates there. All
        for a step of 1 s: ``dq/dt = alpha q + Σ charges + Σ rates``. Without stages the method is Gear's
        formula of second order, the derivative of the parabola through the last two points and the new one.
    starter : Method, optional
        What takes steps for which nothing before the last point, or no rate there, is known; default itself.
    damper : Method, optional
        What takes the next step where this method rings, as only methods do that are not L-stable.

    Attributes
    ----------
    order : int
        1 or 2; follows from the weights.

    Raises
    ------
    ValueError
        If the weights do not integrate a constant rate, or are of an order above 2, whose error is not known.
    """

    def __init__(self, str name, tuple stages=(), Method starter=None, Method damper=None):
        cdef int k
        self.name, self.stages = name, stages
        self.starter = self if starter is None else starter
        self.damper = damper
        self.rule.stages = max(1, len(stages))
        self.rule.reaches = not stages
        self.rule.at[0] = 1.0
        self.rule.order, self.rule.divisor = 2, 1.0
        if not stages:
            return
        if len(stages) > MAX_STAGES:
            raise ValueError(f"method {name}: {len(stages)} stages; at most {MAX_STAGES}")
        for k, stage in enumerate(stages):
            self.set_stage(k, stage)
        if self.rule.at[self.rule.stages - 1] != 1.0:
            raise ValueError(f"method {name}: the last stage must end at 1")
        if fabs(self.miss(0)) > EXACT or fabs(self.miss(1)) > EXACT:
            raise ValueError(f"method {name}: the weights do not integrate a constant rate")
        self.rule.order = 1 if fabs(self.miss(2)) > EXACT else 2
        if self.rule.order == 2 and fabs(self.miss(3)) < EXACT:
            raise ValueError(f"method {name}: of an order above 2")
        self.rule.divisor = (2.0 if self.rule.order == 1 else 6.0) / fabs(self.miss(self.rule.order + 1))

    cdef int set_stage(self, int k, stage) except -1:
        cdef Formula *unit = &self.rule.unit[k]
        cdef int j
        charges = [*stage.charges, *[0.0] * (k + 1 - len(stage.charges))]
        rates = [*stage.rates, *[0.0] * (k + 1 - len(stage.rates))]
        if len(charges) > k + 1 or len(rates) > k + 1:
            raise ValueError(f"method {self.name}: stage {k + 1} knows {k + 1} charges and rates")
        if not (0.0 < stage.at <= 1.0 and stage.alpha > 0.0):
            raise ValueError(f"method {self.name}: a stage must end between 0 and 1, and alpha be positive")
        self.rule.at[k] = stage.at
        unit.alpha, unit.a0, unit.a1, unit.d = stage.alpha, charges[0], 0.0, rates[0]
        for j in range(k):
            unit.s[j], unit.r[j] = charges[j + 1], rates[j + 1]
        return 0

    cdef double miss(self, int power):
        """How far off 1 the charge is after a step, where the rate is that of the charge t**power."""
        cdef double[MAX_STAGES] found
        cdef double t, rate
        cdef int k, j
        cdef const Formula *c
        for k in range(self.rule.stages):
            c, t = &self.rule.unit[k], self.rule.at[k]
            rate = power * t ** (power - 1) if power else 0.0
            rate -= c.a0 * (0.0 if power else 1.0) + c.d * (1.0 if power == 1 else 0.0)
            for j in range(k):
                t = self.rule.at[j]
                rate -= c.s[j] * found[j] + c.r[j] * (power * t ** (power - 1) if power else 0.0)
            found[k] = rate / c.alpha
        return found[self.rule.stages - 1] - 1.0

    @property
    def order(self):
        """Order of the method."""
        return self.rule.order

    def __repr__(self):
        return f"Method({self.name!r}, order={self.order})"
