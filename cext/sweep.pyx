"""Operating points along the values of a source, each predicted from the previous ones."""

import numpy as np

from libc.string cimport memcpy

from circuitnn._cext.conditions cimport TRUST, Conditions, Point
from circuitnn._cext.digits cimport Digits
from circuitnn._cext.newton cimport Newton
from circuitnn._cext.status cimport OK

cdef enum:
    # A point that takes at most this many iterations continues the previous ones smoothly.
    FEW = 3


def sweep_source(Newton newton not None, double[::1] x not None, Conditions conditions not None,
                 double[::1] source not None, const double[::1] values not None,
                 const int[::1] saved not None, double[:, ::1] rows not None, int max_iterations,
                 Digits digits=None, const int[::1] kept=None, double[:, ::1] solutions=None):
    """Operating points from `x` along the values of a source, up to the first failure.

    Parameters
    ----------
    newton : Newton
    x : float64 array, shape (n + 1,)
        Solution before the first value; overwritten with the last solution.
    conditions : Conditions
    source : float64 array, shape (1,)
        Memory of the source's value.
    values : float64 array, shape (m,)
    saved : int32 array
        Unknowns to record.
    rows : float64 array, shape (m, saved + 1)
        Overwritten with the value and the saved unknowns.
    max_iterations : int
        Newton iterations allowed per point.
    digits : Digits, optional
        Examines what rounding loses at each point.
    kept : int array, shape (k,), optional
        Points, in rising order, whose whole solutions are kept.
    solutions : float64 array, shape (k, n + 1), optional
        Overwritten with these.

    Returns
    -------
    found : int
        Points found.
    least : float
        Smallest pivot quotient of all matrices along the sweep.
    spoilt : bool
        Whether it ended before a point that rounding may have moved beyond the tolerances.
    """
    cdef Py_ssize_t i, k, n = newton.n, found = 0, keeping = 0
    cdef Py_ssize_t keepable = 0 if kept is None else kept.shape[0]
    cdef double[::1] good, before
    cdef long spent
    cdef int smooth = 0
    cdef bint continuing, spoilt = False
    cdef double ratio, least = 1.0
    cdef Point point = conditions.point
    conditions.check(n)
    newton.check(x)
    if rows.shape[0] != values.shape[0] or rows.shape[1] != saved.shape[0] + 1:
        raise ValueError(f"expected {values.shape[0]} rows of {saved.shape[0] + 1} numbers")
    if keepable and (solutions is None or solutions.shape[0] < keepable or solutions.shape[1] != n + 1):
        raise ValueError(f"expected {keepable} solutions of {n + 1} numbers")
    good, before = np.array(x), np.array(x)
    point.limiting = TRUST
    with nogil:
        for i in range(values.shape[0]):
            if newton.interrupted():
                break
            source[0] = values[i]
            spent = newton.iterations
            continuing = smooth >= 2
            newton.verifying = not continuing
            if continuing:
                ratio = (values[i] - values[i - 1]) / (values[i - 1] - values[i - 2])
                for k in range(n):
                    x[k] += ratio * (good[k] - before[k])
            if newton.settle(&x[0], 0.0, &point, continuing, max_iterations) != OK:
                memcpy(&x[0], &good[0], (n + 1) * sizeof(double))
                if not continuing:
                    break
                newton.verifying = True
                if newton.settle(&x[0], 0.0, &point, False, max_iterations) != OK:
                    memcpy(&x[0], &good[0], (n + 1) * sizeof(double))
                    break
            least = min(least, newton.solver.quotient)
            if digits is not None and digits.exceed(&x[0]):
                memcpy(&x[0], &good[0], (n + 1) * sizeof(double))
                spoilt = True
                break
            # Near a jump linear extrapolation misleads.
            smooth = smooth + 1 if newton.iterations - spent <= FEW else 0
            memcpy(&before[0], &good[0], (n + 1) * sizeof(double))
            memcpy(&good[0], &x[0], (n + 1) * sizeof(double))
            rows[i, 0] = values[i]
            for k in range(saved.shape[0]):
                rows[i, k + 1] = x[saved[k]]
            if keeping < keepable and kept[keeping] == i:
                memcpy(&solutions[keeping, 0], &x[0], (n + 1) * sizeof(double))
                keeping += 1
            found += 1
    newton.verifying = False
    return found, least, spoilt
