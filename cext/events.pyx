"""Events of a group's instances: when they occur, and what they change."""

from libc.math cimport fabs
from libc.string cimport memcpy

from circuitnn._cext.draws cimport draw
from circuitnn._cext.group cimport Group, Random, event_values, numbered

# A correction may change whether a condition holds if the condition is closer to its threshold than this
# fraction of its change in the step.
cdef double CLOSE = 0.05


cdef void remember(Group *g) noexcept nogil:
    """Store the events' values at an accepted point."""
    memcpy(g.old_events, event_values(g), g.n_events * g.stride * sizeof(double))


cdef void look_again(Group *g, const double *x, const double *globals_) noexcept nogil:
    """Evaluate the events that may occur, and the values they set, at `x`, near the last evaluation.

    The others are farther from their threshold than a correction moves them.
    """
    cdef Py_ssize_t e, k, row, first = (event_values(g) - g.out) // g.stride
    cdef const double *values = event_values(g)
    cdef double new
    for k in range(g.n):
        for e in range(g.n_events):
            new = values[e * g.stride + k]
            if new > -CLOSE * fabs(new - g.old_events[e * g.stride + k]):
                break
        else:
            continue
        value_at(g, 0, k, x, globals_)
        for row in range(first, first + g.n_events + g.n_updates):
            g.out[row * g.stride + k] = g.out_between[row * g.stride + k]


cdef double value_at(Group *g, Py_ssize_t event, Py_ssize_t k, const double *x,
                     const double *globals_) noexcept nogil:
    """Condition of an event of instance `k`, evaluated alone at `x`; all outputs are in `out_between`."""
    cdef Py_ssize_t i
    for i in range(g.inputs):
        g.between[i * g.stride + k] = x[g.nodes[i * g.stride + k]]
    numbered(g, k, k + 1, g.between, globals_, g.out_between)
    return g.out_between[(event_values(g) - g.out) + event * g.stride + k]


cdef double fraction(const Group *g, bint firm) noexcept nogil:
    """Fraction of the step at which the first event, or firm event, occurred; 2 if none did."""
    cdef Py_ssize_t e, k
    cdef const double *values = event_values(g)
    cdef double new, old, first = 2.0
    for e in range(g.n_events):
        if firm and not g.firm[e]:
            continue
        for k in range(e * g.stride, e * g.stride + g.n):
            new = values[k]
            if new > 0.0:
                old = g.old_events[k]
                first = min(first, old / (old - new) if old < 0.0 else 0.0)
    return first


cdef bint slides(const Group *g) noexcept nogil:
    """Whether an event whose condition holds may be a switch sliding along its threshold."""
    cdef Py_ssize_t e, k
    for e in range(g.n_events):
        if g.firm[e]:
            continue
        for k in range(e * g.stride, e * g.stride + g.n):
            if event_values(g)[k] > 0.0:
                return True
    return False


cdef Py_ssize_t fire_all(Group *g, double *x) noexcept nogil:
    """Fire every event whose condition holds; returns their number. If `x` is NULL, states do not change."""
    cdef Py_ssize_t e, k, fallen = 0
    for e in range(g.n_events):
        for k in range(g.n):
            if event_values(g)[e * g.stride + k] > 0.0:
                fire(g, e, k, x)
                fallen += 1
    return fallen


cdef inline unsigned long long mixed(unsigned long long states, unsigned long long word) noexcept nogil:
    """A hash with one more word (the finaliser of SplitMix64)."""
    states = (states ^ word) + <unsigned long long>0x9E3779B97F4A7C15
    states = (states ^ (states >> 30)) * <unsigned long long>0xBF58476D1CE4E5B9
    states = (states ^ (states >> 27)) * <unsigned long long>0x94D049BB133111EB
    return states ^ (states >> 31)


cdef unsigned long long changed_by_events(const Group *g, unsigned long long states) noexcept nogil:
    """Go on with a hash of the numbers that events change, and of how often they have drawn."""
    cdef Py_ssize_t u, k
    cdef unsigned long long word
    for u in range(g.n_updates):
        if g.updates[u].column >= 0:
            for k in range(g.n):
                memcpy(&word, &g.columns[g.updates[u].column * g.stride + k], sizeof(word))
                states = mixed(states, word)
    for u in range(g.n_redraws):
        for k in range(g.n):
            states = mixed(states, g.drawn[g.redraws[u].random * g.stride + k])
    return states


cdef void fire(Group *g, Py_ssize_t event, Py_ssize_t k, double *x) noexcept nogil:
    """Fire an event of instance `k`; states in `x` change too unless it is NULL."""
    cdef Py_ssize_t u, n = g.stride
    cdef const double *values = event_values(g) + g.n_events * n
    cdef const Random *random
    cdef int r
    for u in range(g.n_updates):
        if g.updates[u].event != event:
            continue
        if g.updates[u].column >= 0:
            g.columns[g.updates[u].column * n + k] = values[u * n + k]
        elif x != NULL:
            x[g.nodes[g.updates[u].row * n + k]] = values[u * n + k]
    for u in range(g.n_redraws):
        if g.redraws[u].event == event:
            r = g.redraws[u].random
            random = &g.randoms[r]
            g.drawn[r * n + k] += 1
            g.columns[random.column * n + k] = draw(
                random.distribution, g.keys[r * n + k], g.drawn[r * n + k])


cdef void renew(const Group *g, const double *now, double *q) noexcept nogil:
    """Store the states that events may have moved again."""
    cdef Py_ssize_t u, k
    cdef const int *rows
    for u in range(g.n_updates):
        if g.updates[u].column < 0:
            rows = g.nodes + g.updates[u].row * g.stride
            for k in range(g.n):
                q[rows[k]] = now[rows[k]]
