"""Integration methods as data; each method is a file in circuitnn/solvers/methods."""

from libc.math cimport fabs

cdef double EXACT = 1e-9      # rounding allowed in weights


cdef class Method:
    """An implicit integration method for dq/dt = -f.

    Parameters
    ----------
    name : str
    stages : tuple of Stage, optional
        Stages of a one-step method, each solved for the charge at its end; the last ends with the step. A
        stage has ``at``, its end; ``alpha``, the weight of its charge; ``charges``, weights of the charges at
        the beginning of the step and at the ends of the previous stages; ``rates``, weights of the rates
        there. All are for a step of 1 s: ``dq/dt = alpha q + Σ charges + Σ rates``. Without stages it is a
        multistep method.
    starter : Method, optional
        Takes steps without a known point before the last one, or without a rate there; default: itself.
    damper : Method, optional
        Takes the next step when this method rings, which only methods that are not L-stable do.
    blend : float
        For a multistep method of order k: with P the polynomial through the charges of the last k points and
        the new one, ``blend·P'(end) + (1 - blend)·P'(beginning)`` of the step equals the same blend of the
        rates there. 1: Gear's formulas (BDF); 0.5: the trapezoidal rule and its extension to higher orders,
        with a third of the error, and also stable on the negative axis.
    highest : int
        Highest order of a multistep method; the transient chooses the best order from 2 to this.

    Attributes
    ----------
    order : int
        1 or 2, derived from the weights; for a multistep method, the highest order.

    Raises
    ------
    ValueError
        If the weights do not integrate a constant rate, or stages have an order above 2, whose error is not
        known.
    """

    def __init__(self, str name, tuple stages=(), Method starter=None, Method damper=None, *,
                 double blend=1.0, int highest=2):
        cdef int k
        self.name, self.stages = name, stages
        self.starter = self if starter is None else starter
        self.damper = damper
        self.rule.stages = max(1, len(stages))
        self.rule.reaches = not stages
        self.rule.at[0] = 1.0
        if not stages:
            self.set_multistep(blend, highest)
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

    cdef int set_multistep(self, double blend, int highest) except -1:
        if not 0.5 <= blend <= 1.0:
            raise ValueError(f"method {self.name}: blend = {blend}: below 0.5 or above 1 it is not stable")
        if not 2 <= highest <= MAX_ORDER:
            raise ValueError(f"method {self.name}: highest = {highest}: must be 2 to {MAX_ORDER}")
        self.rule.blend, self.rule.order = blend, highest
        return 0

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
        unit.alpha, unit.points, unit.a[0], unit.d = stage.alpha, 1, charges[0], rates[0]
        for j in range(k):
            unit.s[j], unit.r[j] = charges[j + 1], rates[j + 1]
        return 0

    cdef double miss(self, int power):
        """Error of the charge after a step of 1 s, for the exact charge t**power."""
        cdef double[MAX_STAGES] found
        cdef double t, rate
        cdef int k, j
        cdef const Formula *c
        for k in range(self.rule.stages):
            c, t = &self.rule.unit[k], self.rule.at[k]
            rate = power * t ** (power - 1) if power else 0.0
            rate -= c.a[0] * (0.0 if power else 1.0) + c.d * (1.0 if power == 1 else 0.0)
            for j in range(k):
                t = self.rule.at[j]
                rate -= c.s[j] * found[j] + c.r[j] * (power * t ** (power - 1) if power else 0.0)
            found[k] = rate / c.alpha
        return found[self.rule.stages - 1] - 1.0

    def limited(self, int highest):
        """The same multistep method with a lower highest order."""
        return Method(self.name, starter=self.starter, damper=self.damper, blend=self.rule.blend,
                      highest=highest)

    @property
    def order(self):
        """Order of the method."""
        return self.rule.order

    def __repr__(self):
        return f"Method({self.name!r}, order={self.order})"


cdef void formula_of(const Rule *rule, int stage, int order, double h, const double *times,
                     Formula *c) noexcept nogil:
    """Formula of a stage in a step `h`; `times` are those of the points before it, newest first."""
    cdef const Formula *unit = &rule.unit[stage]
    cdef int j
    if rule.reaches:
        if rule.blend == 1.0 and order == 2:
            gear_of(h, times[0] - times[1], c)
        else:
            blend_of(rule.blend, order, h, times, c)
        return
    c.alpha, c.points, c.a[0], c.d = unit.alpha / h, 1, unit.a[0] / h, unit.d
    c.order = rule.order
    for j in range(stage):
        c.s[j] = unit.s[j] / h
        c.r[j] = unit.r[j]
    # As ngspice, this takes the divided difference in place of the derivative, which is 2 and 6 times larger,
    # so that trtol has the same meaning and the number of points is similar.
    c.miss = h * h * (h if rule.order == 2 else 1.0) / rule.divisor


cdef void gear_of(double h, double h1, Formula *c) noexcept nogil:
    """The multistep formula of second order with only the rate at the end (BDF2), in closed form."""
    c.alpha, c.points, c.d, c.order = 1.0 / h + 1.0 / (h + h1), 2, 0.0, 2
    c.a[0] = -(h + h1) / (h * h1)
    c.a[1] = h / (h1 * (h + h1))
    c.miss = h * (h + h1) / c.alpha / 6.0


cdef void blend_of(double blend, int order, double h, const double *times, Formula *c) noexcept nogil:
    """A multistep formula: derivatives at two nodes of the polynomial through all nodes."""
    cdef double[MAX_ORDER + 1] t
    cdef double[MAX_ORDER + 1] w
    cdef double[MAX_ORDER + 1] a
    cdef double end = 0.0, begin = 0.0
    cdef int j, nodes = order + 1
    for j in range(nodes):
        t[j] = times[j - 1] - times[0] if j else h
    weigh_nodes(nodes, t, w)
    for j in range(nodes):      # derivative of each Lagrange polynomial at a node
        a[j] = 0.0
        if j != 0:
            a[j] += blend * w[j] / (w[0] * (t[0] - t[j]))
            end += 1.0 / (t[0] - t[j])
        if j != 1:
            a[j] += (1.0 - blend) * w[j] / (w[1] * (t[1] - t[j]))
            begin += 1.0 / (t[1] - t[j])
    a[0] += blend * end
    a[1] += (1.0 - blend) * begin
    c.alpha, c.points, c.d, c.order = a[0] / blend, order, (blend - 1.0) / blend, order
    for j in range(order):
        c.a[j] = a[j + 1] / blend
    c.miss = (blend / w[0] + (1.0 - blend) / w[1]) / (6.0 * a[0])


cdef void weigh_nodes(int nodes, const double *t, double *w) noexcept nogil:
    """Barycentric weights: those of the values at `t` in their divided difference."""
    cdef int i, j
    cdef double product
    for i in range(nodes):
        product = 1.0
        for j in range(nodes):
            if j != i:
                product *= t[i] - t[j]
        w[i] = 1.0 / product


cdef void difference_weights(int degree, double h, const double *times, double *w) noexcept nogil:
    """Weights of the charges after and before a step in their divided difference of a degree."""
    cdef double[MAX_ORDER + 2] t
    cdef int j
    for j in range(degree + 1):
        t[j] = times[j - 1] - times[0] if j else h
    weigh_nodes(degree + 1, t, w)


cdef void extrapolation(int points, double h, const double *times, double *w) noexcept nogil:
    """Weights of the last points, at `times`, in the extrapolation to a step `h` after them."""
    cdef int i, j
    cdef double above, below, end = times[0] + h, h1 = times[0] - times[1], h2
    if points == 2:
        w[0], w[1], w[2] = 1.0 + h / h1, -h / h1, 0.0
        return
    if points == 3:
        h2 = times[1] - times[2]
        w[0] = (h + h1) * (h + h1 + h2) / (h1 * (h1 + h2))
        w[1] = -h * (h + h1 + h2) / (h1 * h2)
        w[2] = h * (h + h1) / ((h1 + h2) * h2)
        return
    w[0] = 1.0
    for i in range(1, points):
        above = below = 1.0
        for j in range(points):
            if j != i:
                above *= end - times[j]
                below *= times[i] - times[j]
        w[i] = above / below
        w[0] -= w[i]
