"""Events within a step: each happens at its moment, without a step that ends there.

The moment is found from the unknowns between the points, by evaluating the one instance alone. What the
event changes is as it was then. Only what bends the way may happen so: where currents, charges or rates leap,
as those of a switch do, a step must end. Whether a step may go on beyond a bend is for the caller to judge;
`undo` takes all of it back.

What falls where the end of a step is guessed happens there: the step is solved with it at once. What the
solution says of it is for the caller to ask: `holds_without`, `happen_again`.
"""

from libc.math cimport fabs
from libc.string cimport memset

from circuitnn._cext.events cimport value_at
from circuitnn._cext.group cimport Group, evaluate, event_values
from circuitnn._cext.kernel cimport CNN_GLOBALS, CNN_GMIN, CNN_TIME

cdef int LOOKS = 6              # evaluations to find a moment
cdef double NEAR = 1e-4         # accuracy of a moment, relative to the condition's change in the step
cdef double NO_GUESS = -1.0
cdef double LEAP = 1e-2         # relative change of an output above which it is a jump, not rounding


cdef void evaluate_at(Group *g, Py_ssize_t k, const Step *s, double part, const double *globals_,
                      double *out) noexcept nogil:
    """Evaluate instance `k` at the interpolated unknowns after a part of the step."""
    cdef double now = part * s.h, w0 = 1.0 - part, w1 = 0.0, w = part
    cdef double[CNN_GLOBALS] then
    cdef Py_ssize_t i
    cdef int node
    if s.h1 > 0.0:
        w0 = (now + s.h1) * (s.h - now) / (s.h1 * s.h)
        w1 = now * (now - s.h) / (s.h1 * (s.h1 + s.h))
        w = now * (now + s.h1) / (s.h * (s.h + s.h1))
    for i in range(g.inputs):
        node = g.nodes[i * g.stride + k]
        g.between[i * g.stride + k] = w0 * s.x0[node] + w1 * s.x1[node] + w * s.x_new[node]
    then[CNN_TIME], then[CNN_GMIN] = s.t + now, globals_[CNN_GMIN]
    g.eval(g.context, g.stride, k, k + 1, g.between, g.columns, then, out)


cdef double find_moment(Group *g, Py_ssize_t event, Py_ssize_t k, double above, const Step *s,
                        const double *globals_, double guess) noexcept nogil:
    """After which part of the step an event befell instance `k`, which is evaluated there last.

    Its condition is `above` 0 at the end of the step. A `guess` below 0 is none.
    """
    cdef Py_ssize_t at = event * g.stride + k
    cdef const double *values = g.out_between + (event_values(g) - g.out)
    cdef double lo = 0.0, hi = 1.0, below = g.old_events[at]
    cdef double part = guess, near = NEAR * (above - below)
    cdef int look
    for look in range(LOOKS):
        if look > 0 or not 0.0 < guess < 1.0:
            part = lo + (hi - lo) * below / (below - above) if below < 0.0 else lo
        evaluate_at(g, k, s, part, globals_, g.out_between)
        if fabs(values[at]) <= near or below >= 0.0:
            return part
        if values[at] > 0.0:
            hi, above = part, values[at]
        else:
            lo, below = part, values[at]
    return part


cdef void bend(Group *g, Py_ssize_t event, Py_ssize_t k) noexcept nogil:
    """Apply an event of instance `k` with the values of its evaluation between the points."""
    cdef const double *values = g.out_between + (event_values(g) - g.out) + g.n_events * g.stride
    cdef Py_ssize_t u, row
    g.fallen[event * g.stride + k] = True
    for u in range(g.n_updates):
        if g.updates[u].event == event:
            row = g.updates[u].column * g.stride + k
            g.columns_before[u * g.stride + k] = g.columns[row]
            g.columns[row] = values[u * g.stride + k]


cdef bint leapt(const Group *g, Py_ssize_t k) noexcept nogil:
    """Whether currents, charges or rates of instance `k` jump at an event."""
    cdef Py_ssize_t o
    cdef double old, new
    for o in range(g.nf + g.nq):
        old, new = g.out_between[o * g.stride + k], g.out_after[o * g.stride + k]
        if not fabs(new - old) <= LEAP * max(fabs(old), fabs(new)):
            return True
    return False


cdef bint alone(const Group *g, Py_ssize_t event, Py_ssize_t k) noexcept nogil:
    """Whether neither events before this one, nor what has fallen in the step, befall instance `k`, too."""
    cdef Py_ssize_t e
    for e in range(g.n_events):
        if g.fallen[e * g.stride + k] or (e < event and event_values(g)[e * g.stride + k] > 0.0):
            return False
    return True


cdef void forget_fallen(Group **groups, Py_ssize_t count) noexcept nogil:
    """Another step, or another attempt at it, begins."""
    cdef Py_ssize_t i
    for i in range(count):
        if groups[i].n_events > 0:  # others have no such array
            memset(groups[i].fallen, 0, groups[i].n_events * groups[i].stride)


cdef bint fire_within(Group *g, const Step *s, const double *globals_) noexcept nogil:
    """Fire a group's events of the step at their moments; returns False, without any change, if impossible.

    It is impossible if an event sets a state, draws a number or causes a jump, or if an instance has two.
    """
    cdef Py_ssize_t e, k
    cdef const double *values = event_values(g)
    cdef double part
    for e in range(g.n_events):
        for k in range(g.n):
            if values[e * g.stride + k] > 0.0 and (g.firm[e] or not alone(g, e, k)):
                return False
    for e in range(g.n_events):
        for k in range(g.n):
            if not values[e * g.stride + k] > 0.0:
                continue
            part = find_moment(g, e, k, values[e * g.stride + k], s, globals_, NO_GUESS)
            g.parts[e * g.stride + k] = part
            bend(g, e, k)
            evaluate_at(g, k, s, part, globals_, g.out_after)
            if leapt(g, k):
                take_back(g)
                return False
    return True


cdef void happen_at_guess(Group *g, Step *s, const double *globals_) noexcept nogil:
    """Let what falls up to where a group has been evaluated happen, and evaluate its instances anew."""
    cdef Py_ssize_t e, k
    if not fire_within(g, s, globals_):
        return
    for e in range(g.n_events):
        for k in range(g.n):
            if g.fallen[e * g.stride + k]:
                evaluate(g, k, k + 1, globals_, True)
                s.fell = True


cdef void exchange(Group *g, Py_ssize_t event, Py_ssize_t k) noexcept nogil:
    """Exchange what an event has set in instance `k` and what was there before."""
    cdef Py_ssize_t u, row
    cdef double now
    for u in range(g.n_updates):
        if g.updates[u].event == event:
            row = g.updates[u].column * g.stride + k
            now = g.columns[row]
            g.columns[row] = g.columns_before[u * g.stride + k]
            g.columns_before[u * g.stride + k] = now


cdef bint holds_without(Group *g, Py_ssize_t event, Py_ssize_t k, const Step *s,
                        const double *globals_) noexcept nogil:
    """Whether the condition of an event that befell instance `k` holds at the end of the step without it.

    Evaluates the instance there, with the event into `out_after`, without it into `out_between`.
    """
    cdef Py_ssize_t o
    cdef bint holds
    value_at(g, event, k, s.x_new, globals_)
    for o in range(g.nf + g.nq):
        g.out_after[o * g.stride + k] = g.out_between[o * g.stride + k]
    exchange(g, event, k)
    holds = value_at(g, event, k, s.x_new, globals_) > 0.0
    exchange(g, event, k)
    return holds


cdef void happen_again(Group *g, Py_ssize_t event, Py_ssize_t k, const Step *s,
                       const double *globals_) noexcept nogil:
    """Let an event that `holds_without` has asked about happen at the moment that the solution says.

    Evaluates the instance at the end of the step, into `out_between`.
    """
    cdef double above = g.out_between[(event_values(g) - g.out) + event * g.stride + k]
    exchange(g, event, k)
    find_moment(g, event, k, above, s, globals_, g.parts[event * g.stride + k])
    bend(g, event, k)
    value_at(g, event, k, s.x_new, globals_)


cdef void take_back(Group *g) noexcept nogil:
    """Undo what has fallen in the step."""
    cdef Py_ssize_t u, k
    for u in range(g.n_updates):
        for k in range(g.n):
            if g.updates[u].column >= 0 and g.fallen[g.updates[u].event * g.stride + k]:
                g.columns[g.updates[u].column * g.stride + k] = g.columns_before[u * g.stride + k]


cdef bint happen_within(Group **groups, Py_ssize_t count, const Step *s,
                        const double *globals_) noexcept nogil:
    """Fire all events of all groups at their moments; returns False, without any change, if impossible."""
    cdef Py_ssize_t i, k
    for i in range(count):
        if not fire_within(groups[i], s, globals_):
            for k in range(i):
                take_back(groups[k])
            return False
    return True


cdef void undo(Group **groups, Py_ssize_t count) noexcept nogil:
    """Undo what events within the step did."""
    cdef Py_ssize_t i
    for i in range(count):
        take_back(groups[i])
