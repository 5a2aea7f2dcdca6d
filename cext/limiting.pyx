"""Limiting: where a steep device is evaluated when Newton's method asks for a point too far away.

Both functions move the evaluation point `g.x` of single instances towards the last one, and mark them in
`g.limited`; the assembly then extends the device's currents linearly to the requested point, so that the
Jacobian and the residual stay consistent.
"""

from libc.math cimport fabs, isfinite, log, log1p

from circuitnn._cext.group cimport Group, Junction, LANES, evaluate

# A device is guarded when its current misses the linear prediction by this factor.
cdef double SURPRISE = 10.0
# It cannot if it has changed by at most this factor of itself, whatever the prediction is.
cdef double CALM = 8.5
# Currents below this (and voltages: nanovolts) never call for limiting. [A]
cdef double FLOOR = 1e-9
# … and above this they always do when they jump. [A, or a state's rate]
cdef double ABSURD = 1e12
# Newton's method recovers from an overshoot of s = G·Δ/I in about s iterations. Up to this number they are
# cheaper than limiting, which would also slow down currents that rise steeply and then saturate.
cdef double STEEP = 20.0
cdef int MAX_SHORTENINGS = 40
# Steps down the exponential by DOWN·vt to vt, from voltages at most DEEP·vt below the critical one, become
# logarithmic; the current falls to a fraction of at least 1 + LEAST.
cdef double DOWN = 0.8
cdef double DEEP = 5.0
cdef double LEAST = 0.02 - 1.0

cdef enum:
    BLOCK = 64              # instances checked together, in loops that vectorise


cdef inline double pn_limit(double v, double old, double vt, double vcrit) noexcept nogil:
    """SPICE's limiting of a junction voltage: a step up the exponential becomes logarithmic.

    Beyond SPICE, so does a step down from where the junction carries all of the current: Newton's method
    would come down by about vt in each iteration, however far down the solution is.
    """
    cdef double ratio
    if old - vt < v < old - DOWN * vt and old > vcrit - DEEP * vt:
        ratio = (v - old) / vt
        return old + vt * log1p(ratio if ratio > LEAST else LEAST)
    if v <= vcrit or fabs(v - old) <= 2.0 * vt:
        return v
    if old > 0.0:
        ratio = (v - old) / vt
        return old + vt * log1p(ratio) if ratio > -1.0 else vcrit
    return vt * log(v / vt)


cdef void start_junctions(Group *g) noexcept nogil:
    """Evaluate junctions that are on at their critical voltage, and others at zero voltage, as SPICE does."""
    cdef Py_ssize_t j, k, n = g.stride
    cdef const Junction *junction
    cdef double vt, v
    for j in range(g.n_junctions):
        junction = &g.junctions[j]
        for k in range(g.n):
            vt = g.columns[junction.vt * n + k]
            v = g.columns[junction.vcrit * n + k] if junction.on else 0.0
            g.x[junction.plus * n + k] = g.x[junction.minus * n + k] + (v if vt > 0.0 else -v)
            g.limited[k] = 1


cdef bint limit_junctions(Group *g) noexcept nogil:
    """Limit the junction voltages a model declares."""
    cdef Py_ssize_t j, k, n = g.stride
    cdef const Junction *junction
    cdef double v, old, limited, vt, sign
    cdef bint moved = False
    for j in range(g.n_junctions):
        junction = &g.junctions[j]
        for k in range(g.n):
            # a negative vt means that the junction conducts from the second node to the first
            vt = g.columns[junction.vt * n + k]
            sign = 1.0 if vt > 0.0 else -1.0
            v = sign * (g.x[junction.plus * n + k] - g.x[junction.minus * n + k])
            old = sign * (g.last[junction.plus * n + k] - g.last[junction.minus * n + k])
            limited = pn_limit(v, old, fabs(vt), g.columns[junction.vcrit * n + k])
            if limited != v:
                g.x[junction.plus * n + k] += sign * (limited - v)
                g.limited[k] = 1
                moved = True
    return moved


cdef inline double shortening(const Group *g, Py_ssize_t k) noexcept nogil:
    """Fraction of its step from the last point that instance `k` may take; 1 for all of it.

    A current far beyond its linear prediction is taken to grow exponentially in s = G·Δ/I; the fraction
    log(1 + s)/s of the step then raises it by the predicted amount. If s is negative, the current has fallen
    along the step: there was no overshoot.
    """
    cdef Py_ssize_t e, n = g.stride, first = g.nf + g.nq, col
    cdef int output
    cdef double actual, old, predicted, slope, step, s, fraction, least = 1.0
    for output in range(g.nf):
        actual = g.out[output * n + k]
        old = g.last_out[output * n + k]
        predicted = old
        slope = 0.0
        for e in range(g.nG):
            if g.G_outputs[e] != output:
                continue
            col = g.G_entries[2 * e + 1]
            step = g.x[col * n + k] - g.last[col * n + k]
            predicted += g.last_out[(first + e) * n + k] * step
            slope += g.out[(first + e) * n + k] * step
        if fabs(actual - predicted) <= SURPRISE * (fabs(old) + fabs(predicted)) + FLOOR:
            continue
        if not fabs(actual) <= ABSURD:
            return 0.5
        s = slope / (actual + FLOOR if actual >= 0.0 else actual - FLOOR)
        if s > STEEP:
            fraction = log1p(s) / s if isfinite(s) else 0.5
            if fraction < least:
                least = fraction
    return least


cdef bint calm(const Group *g, Py_ssize_t lo, Py_ssize_t hi) noexcept nogil:
    """Whether no current of a block can surprise, as far as that shows without derivatives.

    From |i − old| ≤ CALM·|old| follows |i − predicted| ≤ (CALM + 1)·|old| + |predicted|: less than surprises.
    """
    cdef Py_ssize_t k
    cdef int output
    cdef bint astir = False
    cdef const double *old
    cdef const double *actual
    for output in range(g.nf):
        old, actual = g.last_out + output * g.stride + lo, g.out + output * g.stride + lo
        for k in range(hi - lo):    # written so that NaN counts, and without a branch, so that it vectorises
            astir |= not fabs(actual[k] - old[k]) <= CALM * fabs(old[k]) + FLOOR
    return not astir


cdef void find_surprised(const Group *g, Py_ssize_t lo, Py_ssize_t hi, char *surprised) noexcept nogil:
    """Mark the instances of a block with a current far from its linear prediction."""
    cdef Py_ssize_t e, k, n = g.stride
    cdef int output
    cdef double[BLOCK] predicted
    cdef const double *old
    cdef const double *slope
    cdef const double *x
    cdef const double *last
    cdef const double *actual
    for k in range(hi - lo):
        surprised[k] = 0
    for output in range(g.nf):
        old, actual = g.last_out + output * n + lo, g.out + output * n + lo
        for k in range(hi - lo):
            predicted[k] = old[k]
        for e in range(g.nG):
            if g.G_outputs[e] == output:
                slope = g.last_out + (g.nf + g.nq + e) * n + lo
                x = g.x + g.G_entries[2 * e + 1] * n + lo
                last = g.last + g.G_entries[2 * e + 1] * n + lo
                for k in range(hi - lo):
                    predicted[k] += slope[k] * (x[k] - last[k])
        for k in range(hi - lo):
            # written so that NaN surprises too
            surprised[k] |= not (fabs(actual[k] - predicted[k])
                                 <= SURPRISE * (fabs(old[k]) + fabs(predicted[k])) + FLOOR)


cdef bint guard_branches(Group *g, const double *globals_) noexcept nogil:
    """Shorten the step of every instance whose currents jump; evaluates these again.

    Instances with limited junctions are left out: their voltages are on the exponential already. A jump
    measured from the last point, which may be kilovolts in reverse, would send them back there.
    """
    cdef Py_ssize_t block, k, hi, lo = 0
    cdef char[BLOCK] surprised
    cdef bint moved = False
    while lo < g.n:
        hi = lo + LANES
        if not g.moving[lo]:    # the others of its block rest too
            lo = hi
            continue
        while hi < g.n and hi < lo + BLOCK and g.moving[hi]:
            hi += LANES
        hi = min(hi, g.n)
        if not calm(g, lo, hi):
            find_surprised(g, lo, hi, surprised)
            for block in range((hi - lo + LANES - 1) // LANES):
                k = lo + block * LANES
                if shorten(g, k, min(k + LANES, hi), &surprised[k - lo], globals_):
                    moved = True
        lo = hi
    return moved


cdef bint shorten(Group *g, Py_ssize_t lo, Py_ssize_t hi, char *surprised,
                  const double *globals_) noexcept nogil:
    """Shorten the steps of those of at most LANES instances that are surprised, until no current jumps.

    All are evaluated together, which takes no longer than two of them one after the other.
    """
    cdef Py_ssize_t k, one, left
    cdef int _turn
    cdef bint moved = False
    for k in range(lo, hi):
        surprised[k - lo] &= not g.limited[k]
    for _turn in range(MAX_SHORTENINGS):
        left, one = 0, lo
        for k in range(lo, hi):
            if surprised[k - lo]:
                surprised[k - lo] = shorten_once(g, k)
                if surprised[k - lo]:
                    left, one = left + 1, k
        if left == 0:
            break
        moved = True
        if left == 1:
            evaluate(g, one, one + 1, globals_, True)
        else:
            evaluate(g, lo, hi, globals_, True)
    return moved


cdef bint shorten_once(Group *g, Py_ssize_t k) noexcept nogil:
    """Shorten the step of instance `k`; returns False if its currents do not jump."""
    cdef Py_ssize_t j, n = g.stride
    cdef double last, fraction = shortening(g, k)
    if fraction >= 1.0:
        return False
    for j in range(g.inputs):
        last = g.last[j * n + k]
        g.x[j * n + k] = last + fraction * (g.x[j * n + k] - last)
    g.limited[k] = 1
    return True
