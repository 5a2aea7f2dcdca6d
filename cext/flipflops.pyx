"""Logic parts that store a bit or a count: flip-flops, latches, frequency dividers."""

from circuitnn._cext.part cimport ONE, UNKNOWN, ZERO, Frame, Part, answer, level_in


cdef enum Rule:
    # Rule for the next state at a clock edge, or of an enabled latch.
    D = 0       # inputs: d, clock, set, reset
    JK = 1      # j, k, clock, set, reset
    T = 2       # t, clock, set, reset
    SR = 3      # s, r, clock, set, reset


cdef int following(int rule, int a, int b, int state) noexcept nogil:
    """The next state by the levels of the inputs."""
    if rule == D:
        return a
    if a == UNKNOWN or (b == UNKNOWN and rule != T):
        return UNKNOWN
    if rule == T:
        b = a
    if a == ONE and b == ONE:
        if rule == SR or state == UNKNOWN:
            return UNKNOWN
        return 1 - state
    return state if a == b else a


cdef void put_out(const Part *p, Frame *f, int state, double delay) noexcept nogil:
    """Output a state and its inverse, after a delay plus that of the outputs."""
    cdef double rise = p.numbers[1] + delay, fall = p.numbers[2] + delay
    cdef int inverse = state if state == UNKNOWN else 1 - state
    p.memory[1] = state
    answer(f, 0, state, rise, fall)
    answer(f, 1, inverse, rise, fall)


cdef enum Forced:
    # Effect of set and reset.
    NOT = 0         # none
    RELEASED = 1    # one has just changed, and neither is active now
    HELD = 2        # one is active


cdef Forced forced(const Part *p, Frame *f, int set_, int reset, double to_one, double to_zero,
                   double *delay) noexcept nogil:
    """Output the state forced by set and reset if one has changed; `delay` gets that of the changed input."""
    cdef bint by_set = set_ != <int>p.memory[2], by_reset = reset != <int>p.memory[3]
    p.memory[2], p.memory[3] = set_, reset
    delay[0] = to_one if by_set else to_zero
    if f.starting and (set_ == UNKNOWN or reset == UNKNOWN):
        return NOT
    if set_ == ONE or reset == ONE:
        if by_set or by_reset or f.starting:
            put_out(p, f, UNKNOWN if set_ == reset else ONE if set_ == ONE else ZERO, delay[0])
        return HELD
    return RELEASED if by_set or by_reset else NOT


cdef void flipflop(const Part *p, Frame *f) noexcept nogil:
    # rule, rise, fall, clock's, set's, reset's delay, first state; memory: clock, state, set, reset
    cdef int rule = <int>p.numbers[0], n = 2 if rule == JK or rule == SR else 1
    cdef int clock = level_in(p, f, n)
    cdef bint edge = clock == ONE and <int>p.memory[0] != ONE
    cdef double delay
    cdef Forced by
    p.memory[0] = clock
    if f.starting:
        p.memory[1] = p.numbers[6]
    by = forced(p, f, level_in(p, f, n + 1), level_in(p, f, n + 2), p.numbers[4], p.numbers[5], &delay)
    if f.starting and by != HELD:
        put_out(p, f, <int>p.memory[1], 0.0)
    elif edge and by == NOT:
        put_out(p, f, following(rule, level_in(p, f, 0), level_in(p, f, 1), <int>p.memory[1]), p.numbers[3])


cdef void latch(const Part *p, Frame *f) noexcept nogil:
    # rule, rise, fall, data's, enable's, set's, reset's delay, first state
    # memory: enable, state, set, reset
    cdef int rule = <int>p.numbers[0], n = 2 if rule == SR else 1
    cdef int enable = level_in(p, f, n)
    cdef bint opened = enable != <int>p.memory[0]
    cdef int state
    cdef double delay
    cdef Forced by
    p.memory[0] = enable
    if f.starting:
        p.memory[1] = p.numbers[7]
    by = forced(p, f, level_in(p, f, n + 1), level_in(p, f, n + 2), p.numbers[5], p.numbers[6], &delay)
    if by == HELD:
        return
    state = following(rule, level_in(p, f, 0), level_in(p, f, 1), <int>p.memory[1])
    if enable == ONE and not (f.starting and rule == SR and state == UNKNOWN):
        if by == NOT:
            delay = p.numbers[4] if opened else p.numbers[3]
        put_out(p, f, state, delay)
    elif f.starting:
        put_out(p, f, <int>p.memory[1], 0.0)


cdef void divider(const Part *p, Frame *f) noexcept nogil:
    # factor, rise, fall, high cycles, first count; memory: input, count
    cdef int level = level_in(p, f, 0)
    cdef double factor = p.numbers[0], high = p.numbers[3]
    if f.starting:
        p.memory[1] = p.numbers[4]
    elif level == ONE and <int>p.memory[0] != ONE:
        p.memory[1] = p.memory[1] + 1.0 if p.memory[1] < factor else 1.0
    p.memory[0] = level
    answer(f, 0, ONE if 0.0 < p.memory[1] <= high else ZERO, p.numbers[1], p.numbers[2])
