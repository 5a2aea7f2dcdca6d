"""Logic parts without memory: gates, tristate and open buffers, pull resistors, look-up tables."""

from libc.math cimport fmax

from circuitnn._cext.part cimport (
    ANY, ONE, OPEN, RESISTIVE, STRONG, UNKNOWN, ZERO, Frame, Part, answer, level_in)


cdef enum Function:
    # Functions of gates; an odd number is the inverse of the even one before it.
    AND = 0
    OR = 2
    XOR = 4
    OPEN_COLLECTOR = 6
    OPEN_EMITTER = 7


cdef int combined(const Part *p, const Frame *f, int function) noexcept nogil:
    """And, or, exclusive or of all inputs."""
    cdef int k, level, found = ONE if function == AND else ZERO
    for k in range(p.n_in):
        level = level_in(p, f, k)
        if function == XOR:
            if level == UNKNOWN:
                return UNKNOWN
            found ^= level
        elif level == (ZERO if function == AND else ONE):
            return level
        elif level == UNKNOWN:
            found = UNKNOWN
    return found


cdef void gate(const Part *p, Frame *f) noexcept nogil:
    # function, rise, fall
    cdef int function = <int>p.numbers[0], level, strength = STRONG
    if function >= OPEN_COLLECTOR:
        level = level_in(p, f, 0)
        if level == UNKNOWN:
            strength = ANY
        elif level == (ONE if function == OPEN_COLLECTOR else ZERO):
            strength = OPEN
    else:
        level = combined(p, f, function & ~1)
        if function & 1 and level != UNKNOWN:
            level = 1 - level
    answer(f, 0, level + strength, p.numbers[1], p.numbers[2])


cdef void tristate(const Part *p, Frame *f) noexcept nogil:
    # delay; inputs: data, enable; outputs: the value, or level and strength
    cdef int enable = level_in(p, f, 1), level = level_in(p, f, 0)
    cdef int strength = ANY if enable == UNKNOWN else STRONG if enable == ONE else OPEN
    if p.n_out == 1:
        level += strength
    else:
        answer(f, 1, strength, p.numbers[0], p.numbers[0])
    answer(f, 0, level, p.numbers[0], p.numbers[0])


cdef void pull(const Part *p, Frame *f) noexcept nogil:
    # level
    answer(f, 0, <int>p.numbers[0] + RESISTIVE, 0.0, 0.0)


cdef double moved(const Part *p, const Frame *f, const double *delays) noexcept nogil:
    """The longest of the delays of those inputs that have changed since the last call. [s]"""
    cdef int k, level
    cdef double longest = 0.0
    for k in range(p.n_in):
        level = level_in(p, f, k)
        if level != p.memory[k] and not f.starting:
            longest = fmax(longest, delays[k])
        p.memory[k] = level
    return longest


cdef void lookup(const Part *p, Frame *f) noexcept nogil:
    # value where an input is unknown, rise and fall of each output, delay of each input
    # memory: levels of the inputs
    # table: values of the first output by the inputs, the first of which is the lowest bit, then of the next
    cdef int k, level, row = 0, rows = p.n_table // p.n_out, output
    cdef double late = moved(p, f, p.numbers + 1 + 2 * p.n_out)
    for k in range(p.n_in):
        level = <int>p.memory[k]
        if level == UNKNOWN:
            row = -1
            break
        row |= level << k
    for output in range(p.n_out):
        answer(f, output, <int>p.numbers[0] if row < 0 else <int>p.table[output * rows + row],
               p.numbers[2 * output + 1] + late, p.numbers[2 * output + 2] + late)
