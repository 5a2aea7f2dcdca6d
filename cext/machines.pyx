"""Logic parts with many states: state machines, random-access memories."""

from circuitnn._cext.part cimport ONE, OPEN, STRONG, UNKNOWN, Frame, Part, level_in


cdef bint matches(const Part *p, const Frame *f, const double *rule) noexcept nogil:
    """Whether the inputs match a rule; an unknown input matches only "any"."""
    cdef int k
    for k in range(p.n_in - 2):
        if rule[k] != <int>UNKNOWN and level_in(p, f, k) != <int>rule[k]:
            return False
    return True


cdef void machine(const Part *p, Frame *f) noexcept nogil:
    # clock's and reset's delay, first state, number of states; inputs: data, clock, reset
    # table: for each state its outputs, its first rule and the one after its last; then the rules: conditions
    # and next state; memory: clock, state, reset
    cdef int wide = p.n_out + 2, states = <int>p.numbers[3], n = p.n_in - 2, k
    cdef int clock = level_in(p, f, n), reset = level_in(p, f, n + 1)
    cdef bint edge = clock == ONE and <int>p.memory[0] != ONE, released = reset != <int>p.memory[2]
    cdef const double *state
    cdef const double *rules = p.table + states * wide
    cdef double delay = p.numbers[0]
    p.memory[0], p.memory[2] = clock, reset
    state = p.table + <int>p.memory[1] * wide
    if f.starting or reset == ONE:
        p.memory[1], delay = p.numbers[2], p.numbers[1]
    elif edge and not released:
        for k in range(<int>state[p.n_out], <int>state[p.n_out + 1]):
            if matches(p, f, rules + k * (n + 1)):
                p.memory[1] = rules[k * (n + 1) + n]
                break
    state = p.table + <int>p.memory[1] * wide
    for k in range(p.n_out):
        f.value[k], f.delay[k] = <unsigned char>state[k], delay


cdef int address_of(const Part *p, const Frame *f, int bits) noexcept nogil:
    """The address, with the first input as its lowest bit; -1 if it is unknown."""
    cdef int k, level, found = 0
    for k in range(bits):
        level = level_in(p, f, p.n_out + k)
        if level == UNKNOWN:
            return -1
        found |= level << k
    return found


cdef void forget(const Part *p, int address, int words) noexcept nogil:
    """Make a word unknown, or all words if the address is unknown."""
    cdef int k, first = address if address >= 0 else 0, last = address + 1 if address >= 0 else words
    for k in range(first * p.n_out, last * p.n_out):
        p.memory[k] = <int>UNKNOWN


cdef void store(const Part *p, Frame *f) noexcept nogil:
    # address bits, pattern that selects it, first value, read delay; inputs: data, address, write, selects
    # memory: words, whether it was selected
    cdef int bits = <int>p.numbers[0], words = 1 << bits, wanted = <int>p.numbers[1], k, level
    cdef int write = level_in(p, f, p.n_out + bits), address = address_of(p, f, bits)
    cdef bint selected = True, doubtful = False, before
    for k in range(p.n_out + bits + 1, p.n_in):
        level = level_in(p, f, k)
        doubtful = doubtful or level == UNKNOWN
        selected = selected and level == (wanted >> (k - p.n_out - bits - 1)) & 1
    if f.starting:
        for k in range(words * p.n_out):
            p.memory[k] = p.numbers[2]
    if doubtful:
        return
    before = p.memory[words * p.n_out] == 1.0
    p.memory[words * p.n_out] = selected
    for k in range(p.n_out):
        f.delay[k] = p.numbers[3]
        if not selected:
            if f.starting or (before and write != ONE):
                f.value[k] = UNKNOWN + <int>OPEN
        elif write == ONE:
            f.value[k] = <unsigned char>(level_in(p, f, k) + <int>OPEN)
            if address >= 0:
                p.memory[address * p.n_out + k] = level_in(p, f, k)
        elif write == UNKNOWN or address < 0:
            f.value[k] = UNKNOWN + <int>STRONG
        else:
            f.value[k] = <unsigned char>p.memory[address * p.n_out + k]
    if selected and (write == UNKNOWN or (write == ONE and address < 0)):
        forget(p, address, words)
