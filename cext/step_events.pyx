"""Events within a step: each happens at its moment, without a step that ends there.

The moment is found from the unknowns between the points: the instances that events befall are evaluated
there, side by side. What an event changes is as it was then. Only what bends the way may happen so: where
currents, charges or rates leap, as those of a switch do, a step must end. Whether a step may go on beyond a
bend is for the caller to judge; `undo` takes all of it back.

What falls where the end of a step is guessed happens there: the step is solved with it at once. What the
solution says of it is for the caller to ask: `hold_without`, `happen_again`.
"""

from libc.math cimport fabs
from libc.string cimport memchr, memset

from circuitnn._cext.group cimport Group, event_values
from circuitnn._cext.kernel cimport CNN_GLOBALS, CNN_GMIN, CNN_TIME

cdef int LOOKS = 6              # evaluations to find a moment
cdef double NEAR = 1e-4         # accuracy of a moment, relative to the condition's change in the step
cdef double LEAP = 1e-2         # relative change of an output above which it is a jump, not rounding


cdef void begin(Befallen *some) noexcept nogil:
    """Begin to look for instances that events befall."""
    some.event_next, some.next = 0, 0


cdef bint more(const Group *g, Befallen *some, bint due) noexcept nogil:
    """Find the next instances whose events are `due`, or have fallen; returns False if there are no more.

    If a kernel depends on time, each is evaluated at a time of its own, and thus by itself.
    """
    cdef Py_ssize_t most = 1 if g.timed else min(<Py_ssize_t>TOGETHER, g.n), at
    some.count = 0
    while some.event_next < g.n_events and some.count < most:
        some.next = next_due(g, some) if due else next_fallen(g, some)
        if some.next >= g.n:
            some.event_next, some.next = some.event_next + 1, 0
            continue
        at = some.event_next * g.stride + some.next
        some.event[some.count], some.k[some.count] = some.event_next, some.next
        some.above[some.count], some.part[some.count] = event_values(g)[at], g.parts[at]
        some.count, some.next = some.count + 1, some.next + 1
    return some.count > 0


cdef inline Py_ssize_t next_due(const Group *g, const Befallen *some) noexcept nogil:
    """The next instance for which the condition of the present event holds; `n` if there is none."""
    cdef const double *values = event_values(g) + some.event_next * g.stride
    cdef Py_ssize_t k = some.next
    while k < g.n and not values[k] > 0.0:
        k += 1
    return k


cdef inline Py_ssize_t next_fallen(const Group *g, const Befallen *some) noexcept nogil:
    """The next instance that the present event has befallen; `n` if there is none."""
    cdef const char *row = g.fallen + some.event_next * g.stride
    cdef const char *found = <const char *>memchr(row + some.next, True, g.n - some.next)
    return found - row if found != NULL else g.n


cdef void take_columns(Group *g, const Befallen *some) noexcept nogil:
    """Put the numbers of some instances side by side."""
    cdef Py_ssize_t row, j
    for row in range(g.n_columns):
        for j in range(some.count):
            g.columns_between[row * g.stride + j] = g.columns[row * g.stride + some.k[j]]


cdef void take_placed(Group *g, const Befallen *some) noexcept nogil:
    """Put the unknowns at which some instances were evaluated last side by side."""
    cdef Py_ssize_t i, j
    for i in range(g.inputs):
        for j in range(some.count):
            g.between[i * g.stride + j] = g.x[i * g.stride + some.k[j]]


cdef void take_unknowns(Group *g, const Befallen *some, const double *x) noexcept nogil:
    """Put the unknowns of some instances side by side."""
    cdef Py_ssize_t i, j
    for i in range(g.inputs):
        for j in range(some.count):
            g.between[i * g.stride + j] = x[g.nodes[i * g.stride + some.k[j]]]


cdef void take_between(Group *g, const Befallen *some, const Step *s) noexcept nogil:
    """Put the unknowns of some instances after their parts of the step, interpolated, side by side."""
    cdef double now, w0, w1, w
    cdef Py_ssize_t i, j
    cdef int node
    for j in range(some.count):
        now = some.part[j] * s.h
        w0, w1, w = 1.0 - some.part[j], 0.0, some.part[j]
        if s.h1 > 0.0:
            w0 = (now + s.h1) * (s.h - now) / (s.h1 * s.h)
            w1 = now * (now - s.h) / (s.h1 * (s.h1 + s.h))
            w = now * (now + s.h1) / (s.h * (s.h + s.h1))
        for i in range(g.inputs):
            node = g.nodes[i * g.stride + some.k[j]]
            g.between[i * g.stride + j] = w0 * s.x0[node] + w1 * s.x1[node] + w * s.x_new[node]


cdef void evaluate_there(Group *g, const Befallen *some, double time, const double *globals_,
                         double *out) noexcept nogil:
    """Evaluate instances that lie side by side."""
    cdef double[CNN_GLOBALS] then
    then[CNN_TIME], then[CNN_GMIN] = time, globals_[CNN_GMIN]
    g.eval(g.context, g.stride, 0, some.count, g.between, g.columns_between, then, out)


cdef inline const double *conditions_in(const Group *g, const double *out) noexcept nogil:
    return out + (event_values(g) - g.out)


cdef inline double time_of(const Step *s, const Befallen *some) noexcept nogil:
    """When instances are evaluated; it matters only if there is one."""
    return s.t + some.part[0] * s.h


cdef void find_moments(Group *g, Befallen *some, const Step *s, const double *globals_,
                       bint guessed) noexcept nogil:
    """Find after which parts of the step events befell some instances, which are evaluated there last.

    Their conditions are `above` 0 at the end of the step. If `guessed`, the parts are known roughly.
    """
    cdef double lo[TOGETHER]
    cdef double hi[TOGETHER]
    cdef double below[TOGETHER]
    cdef double near[TOGETHER]
    cdef const double *values = conditions_in(g, g.out_between)
    cdef double value
    cdef Py_ssize_t j
    cdef int look
    cdef bint all_near
    for j in range(some.count):
        lo[j], hi[j], below[j] = 0.0, 1.0, g.old_events[some.event[j] * g.stride + some.k[j]]
        near[j] = NEAR * (some.above[j] - below[j])
        if not (guessed and 0.0 < some.part[j] < 1.0):
            some.part[j] = below[j] / (below[j] - some.above[j]) if below[j] < 0.0 else 0.0
    for look in range(LOOKS):
        take_between(g, some, s)
        evaluate_there(g, some, time_of(s, some), globals_, g.out_between)
        all_near = True
        for j in range(some.count):
            value = values[some.event[j] * g.stride + j]
            if fabs(value) <= near[j] or below[j] >= 0.0:
                continue
            all_near = False
            if look == LOOKS - 1:
                break
            if value > 0.0:
                hi[j], some.above[j] = some.part[j], value
            else:
                lo[j], below[j] = some.part[j], value
            some.part[j] = lo[j] + (hi[j] - lo[j]) * below[j] / (below[j] - some.above[j])
        if all_near:
            return


cdef void bend(Group *g, const Befallen *some) noexcept nogil:
    """Apply the events of some instances with the values of their evaluation between the points."""
    cdef const double *values = conditions_in(g, g.out_between) + g.n_events * g.stride
    cdef Py_ssize_t u, j, row, k
    for j in range(some.count):
        g.parts[some.event[j] * g.stride + some.k[j]] = some.part[j]
    for u in range(g.n_updates):
        for j in range(some.count):
            if g.updates[u].event != some.event[j]:
                continue
            row, k = g.updates[u].column * g.stride, some.k[j]
            g.columns_before[u * g.stride + k] = g.columns[row + k]
            g.columns[row + k] = g.columns_between[row + j] = values[u * g.stride + j]


cdef bint leap(const Group *g, const Befallen *some) noexcept nogil:
    """Whether currents, charges or rates of some instances jump at their events."""
    cdef Py_ssize_t o, j
    cdef double old, new
    for o in range(g.nf + g.nq):
        for j in range(some.count):
            old, new = g.out_between[o * g.stride + j], g.out_after[o * g.stride + j]
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


cdef void restore(Group *g, const Befallen *some) noexcept nogil:
    """Undo what events have set in some instances."""
    cdef Py_ssize_t u, j, row
    for u in range(g.n_updates):
        row = g.updates[u].column * g.stride
        for j in range(some.count):
            if g.updates[u].event == some.event[j]:
                g.columns[row + some.k[j]] = g.columns_before[u * g.stride + some.k[j]]


cdef void take_back(Group *g) noexcept nogil:
    """Undo what has fallen in the step."""
    cdef Befallen some
    begin(&some)
    while more(g, &some, False):
        restore(g, &some)


cdef bint possible(const Group *g) noexcept nogil:
    """Whether all events that are due may happen within the step: none sets a state or draws a number.

    Nor may an instance have two.
    """
    cdef Py_ssize_t e, k
    cdef const double *values = event_values(g)
    for e in range(g.n_events):
        for k in range(g.n):
            if values[e * g.stride + k] > 0.0 and (g.firm[e] or not alone(g, e, k)):
                return False
    return True


cdef bint fire_within(Group *g, const Step *s, const double *globals_) noexcept nogil:
    """Fire a group's events of the step at their moments; returns False, without any change, if impossible.

    It is impossible, too, if an event causes a jump.
    """
    cdef Befallen some
    cdef Py_ssize_t j
    if not possible(g):
        return False
    begin(&some)
    while more(g, &some, True):
        for j in range(some.count):
            g.fallen[some.event[j] * g.stride + some.k[j]] = True
        take_columns(g, &some)
        find_moments(g, &some, s, globals_, False)
        bend(g, &some)
        evaluate_there(g, &some, time_of(s, &some), globals_, g.out_after)
        if leap(g, &some):
            take_back(g)
            return False
    return True


cdef void happen_at_guess(Group *g, Step *s, const double *globals_) noexcept nogil:
    """Let what falls up to where a group has been evaluated happen, and evaluate its instances anew."""
    cdef Befallen some
    cdef Py_ssize_t row, j
    if not fire_within(g, s, globals_):
        return
    begin(&some)
    while more(g, &some, False):
        take_columns(g, &some)
        take_placed(g, &some)
        evaluate_there(g, &some, globals_[CNN_TIME], globals_, g.out_between)
        for row in range(g.n_outputs):
            for j in range(some.count):
                g.out[row * g.stride + some.k[j]] = g.out_between[row * g.stride + j]
        s.fell = True


cdef bint hold_without(Group *g, const Befallen *some, const Step *s, const double *globals_) noexcept nogil:
    """Whether the conditions of events that have fallen hold at the end of the step without them.

    Evaluates the instances there, with the events into `out_after`, without them into `out_between`.
    """
    cdef const double *values = conditions_in(g, g.out_between)
    cdef Py_ssize_t u, j, row
    take_columns(g, some)
    take_unknowns(g, some, s.x_new)
    evaluate_there(g, some, globals_[CNN_TIME], globals_, g.out_after)
    for u in range(g.n_updates):
        row = g.updates[u].column * g.stride
        for j in range(some.count):
            if g.updates[u].event == some.event[j]:
                g.columns_between[row + j] = g.columns_before[u * g.stride + some.k[j]]
    evaluate_there(g, some, globals_[CNN_TIME], globals_, g.out_between)
    for j in range(some.count):
        if not values[some.event[j] * g.stride + j] > 0.0:
            return False
    return True


cdef void happen_again(Group *g, Befallen *some, const Step *s, const double *globals_) noexcept nogil:
    """Let events that `hold_without` has asked about happen at the moments that the solution says.

    Evaluates the instances at the end of the step, into `out_between`.
    """
    cdef const double *values = conditions_in(g, g.out_between)
    cdef Py_ssize_t j
    for j in range(some.count):
        some.above[j] = values[some.event[j] * g.stride + j]
    restore(g, some)
    find_moments(g, some, s, globals_, True)
    bend(g, some)
    take_unknowns(g, some, s.x_new)
    evaluate_there(g, some, globals_[CNN_TIME], globals_, g.out_between)


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
