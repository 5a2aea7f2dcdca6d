"""Common types of logic parts: a part, the frame of its evaluation, and logic values.

A value is its level plus three times its strength.
"""

from libc.math cimport INFINITY


cdef enum Level:
    ZERO = 0
    ONE = 1
    UNKNOWN = 2


cdef enum Strength:
    STRONG = 0
    RESISTIVE = 3
    OPEN = 6            # high impedance
    ANY = 9             # undetermined


cdef struct Part:
    int kind
    int n_in, n_out
    int driver                      # number of its first output
    const int *inputs               # net of each; -1: not connected
    const unsigned char *flips      # whether each input is inverted
    const double *numbers           # its parameters, in the order of its kind
    const double *table             # table of numbers, for kinds that have one
    int n_table
    double *memory                  # its state


cdef struct Frame:
    # The frame of a part's evaluation: its inputs, and memory for its outputs.
    const unsigned char *nets       # value of each net
    const double *x                 # unknowns of the circuit; NULL: none
    double t                        # [s]
    bint starting                   # operating point: delays are zero, clocks have no edges
    const unsigned char *want       # last target of each output,
    const unsigned char *before     # … the value from which it changes,
    unsigned char *value            # … its new target,
    double *delay                   # … to be reached after this time [s]
    double again                    # time of the next evaluation; infinity: when an input changes [s]


cdef inline int level_of(unsigned char value) noexcept nogil:
    return value % 3


cdef inline int strength_of(unsigned char value) noexcept nogil:
    return value - value % 3


cdef inline int level_in(const Part *p, const Frame *f, int k) noexcept nogil:
    """The level at an input; zero where nothing is connected."""
    cdef int level
    if p.inputs[k] < 0:
        return ZERO
    level = level_of(f.nets[p.inputs[k]])
    return 1 - level if p.flips[k] and level != UNKNOWN else level


cdef inline double delay_to(int level, int before, double rise, double fall) noexcept nogil:
    """The time an output takes to reach a level from another. [s]"""
    if level == ONE:
        return rise
    if level == ZERO:
        return fall
    return rise if before == ZERO else fall


cdef inline void answer(Frame *f, int output, int value, double rise, double fall) noexcept nogil:
    """Output a value after the delay of its level."""
    f.value[output] = <unsigned char>value
    f.delay[output] = delay_to(value % 3, level_of(f.before[output]), rise, fall)


cdef inline unsigned char joint(unsigned char a, unsigned char b) noexcept nogil:
    """The value of a net with two drivers."""
    cdef int strong = strength_of(a), other = strength_of(b), level = level_of(a)
    if level != level_of(b):
        level = UNKNOWN
    if strong == other:
        return <unsigned char>(level + strong)
    if strong != ANY and other != ANY:
        return a if strong < other else b
    # A driver of undetermined strength may be as strong as any: only an agreeing strong driver prevails.
    return <unsigned char>(level + (STRONG if strong == STRONG or other == STRONG else ANY))
