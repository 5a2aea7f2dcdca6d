"""Logic parts that change by themselves: sequences from files, voltage-controlled oscillators."""

from libc.math cimport floor

from circuitnn._cext.part cimport ANY, Frame, Part


cdef void player(const Part *p, Frame *f) noexcept nogil:
    # table: times of all rows, then the values of each row; memory: the row
    cdef int rows = p.n_table // (1 + p.n_out), row, k
    if f.starting:
        p.memory[0] = 0.0
    row = <int>p.memory[0]
    while row + 1 < rows and p.table[row + 1] <= f.t:
        row += 1
    p.memory[0] = row
    if rows and p.table[row] <= f.t:
        for k in range(p.n_out):
            f.value[k] = <unsigned char>p.table[rows + row * p.n_out + k]
            f.delay[k] = 0.0
        row += 1
    if row < rows:
        f.again = p.table[row]


cdef double between(const double *x, const double *y, int n, double at) noexcept nogil:
    """Piecewise linear curve through points, extrapolated linearly."""
    cdef int k = 0
    if n == 1:
        return y[0]
    while k < n - 2 and at > x[k + 1]:
        k += 1
    return y[k] + (y[k + 1] - y[k]) * (at - x[k]) / (x[k + 1] - x[k])


cdef void oscillator(const Part *p, Frame *f) noexcept nogil:
    # node, frequency (0: from the control), duty (0: from the control), first phase in periods, rise, fall
    # table: controls, then values; memory: whether it is high, when it toggles
    cdef int n = p.n_table // 2
    cdef double control = f.x[<int>p.numbers[0]], value = between(p.table, p.table + n, n, control)
    cdef double frequency = p.numbers[1] if p.numbers[1] > 0.0 else max(value, 1e-16)
    cdef double duty = p.numbers[2] if p.numbers[2] > 0.0 else min(max(value, 0.01), 0.99)
    cdef double phase, turn
    cdef bint high
    if f.starting:
        # A cycle is low at its beginning and high at its end.
        phase = p.numbers[3] - floor(p.numbers[3])
        high = phase >= 1.0 - duty
        f.value[0] = <unsigned char>(high + <int>ANY)
        turn = ((1.0 if high else 1.0 - duty) - phase) / frequency
    elif f.t >= p.memory[1]:
        high = p.memory[0] == 0.0
        f.value[0], f.delay[0] = high, 0.0
        turn = f.t + (duty if high else 1.0 - duty) / frequency
    else:
        return
    p.memory[0], p.memory[1] = high, turn
    f.again = turn
