"""Sums of numbers with a common target, in a fixed order: gathered, so that no store waits for another."""


cdef struct Sums:
    Py_ssize_t count
    const int *targets      # (count,)
    const int *starts       # (count + 1,): start of each target's numbers among the sources
    const int *sources      # positions of the numbers


cdef inline void add_sums(const Sums *s, const double *values, double factor, double *y,
                          bint magnitudes=False) noexcept nogil:
    """Add `factor` times the sum of its numbers, or of their magnitudes, to each target."""
    cdef Py_ssize_t j
    cdef int p
    cdef double total
    for j in range(s.count):
        total = 0.0
        for p in range(s.starts[j], s.starts[j + 1]):
            total += abs(values[s.sources[p]]) if magnitudes else values[s.sources[p]]
        y[s.targets[j]] += factor * total
