"""Parts of what a circuit is made of: some instances of a group, some targets of sums, rows of a matrix."""

import numpy as np


cdef inline double *numbers(double *row, Py_ssize_t first) noexcept nogil:
    return row + first if row != NULL else NULL


cdef inline const int *integers(const int *row, Py_ssize_t first) noexcept nogil:
    return row + first if row != NULL else NULL


cdef void cut(const Group *g, Py_ssize_t first, Py_ssize_t end, Group *part) noexcept nogil:
    """The instances of a group from `first` to `end` as a group of their own, in the same tables.

    Sums are those of the whole group.
    """
    part[0] = g[0]
    part.first, part.n = g.first + first, end - first
    part.nodes, part.f_slots = integers(g.nodes, first), integers(g.f_slots, first)
    part.q_slots = integers(g.q_slots, first)
    part.x, part.wanted, part.last = numbers(g.x, first), numbers(g.wanted, first), numbers(g.last, first)
    part.columns, part.moved = numbers(g.columns, first), numbers(g.moved, first)
    part.out, part.last_out = numbers(g.out, first), numbers(g.last_out, first)
    part.matrix, part.old_events = numbers(g.matrix, first), numbers(g.old_events, first)
    part.between, part.out_between = numbers(g.between, first), numbers(g.out_between, first)
    part.columns_between = numbers(g.columns_between, first)
    part.out_after, part.columns_before = numbers(g.out_after, first), numbers(g.columns_before, first)
    part.carried, part.carried_at = numbers(g.carried, first), numbers(g.carried_at, first)
    part.fallen = g.fallen + first if g.fallen != NULL else NULL
    part.parts = numbers(g.parts, first)
    part.keys = g.keys + first if g.keys != NULL else NULL
    part.drawn = g.drawn + first if g.drawn != NULL else NULL
    part.limited, part.moving = g.limited + first, g.moving + first
    part.latency.absolute = numbers(g.latency.absolute, first)
    part.latency.evaluated = numbers(g.latency.evaluated, first)
    part.inner.n = part.n
    part.inner.inner_nodes = integers(g.inner.inner_nodes, first)
    part.inner.outer_nodes = integers(g.inner.outer_nodes, first)
    part.inner.blocks, part.inner.factors = numbers(g.inner.blocks, first), numbers(g.inner.factors, first)
    part.inner.made = numbers(g.inner.made, first)


cdef Py_ssize_t place(const int *ascending, Py_ssize_t count, Py_ssize_t number) noexcept nogil:
    """How many of some numbers are below `number`."""
    cdef Py_ssize_t lo = 0, hi = count, middle
    while lo < hi:
        middle = (lo + hi) // 2
        if ascending[middle] < number:
            lo = middle + 1
        else:
            hi = middle
    return lo


cdef Sums between(const Sums *sums, Py_ssize_t first, Py_ssize_t end) noexcept nogil:
    """The sums with targets from `first` to `end`."""
    cdef Sums made = sums[0]
    cdef Py_ssize_t lo
    if made.count:
        lo = place(sums.targets, sums.count, first)
        made.count = place(sums.targets, sums.count, end) - lo
        made.targets, made.starts = sums.targets + lo, sums.starts + lo
    return made


cdef int by_rows(const Stencil *a, Py_ssize_t n, Store store, Rows *made) except -1:
    """Order the entries of a constant matrix by rows, those of a row by columns."""
    cdef Py_ssize_t columns = n if a.count else 0
    rows = np.array(<int[:a.count + 1]><int *>a.rows)[:-1]
    starts = np.array(<int[:columns + 1]><int *>a.starts) if a.count else np.zeros(1, dtype=np.int32)
    order = np.argsort(rows, kind="stable")
    made.columns = store.integers(np.repeat(np.arange(columns), np.diff(starts))[order])
    made.values = store.numbers(np.array(<double[:a.count + 1]><double *>a.values)[:-1][order])
    made.starts = store.integers(np.searchsorted(rows[order], np.arange(n + 2)))
    return 0
