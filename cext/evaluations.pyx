"""A circuit evaluated at many points, one after the other: f, q, and the derivatives of its devices."""

import numpy as np

from libc.string cimport memcpy

from circuitnn._cext.assembly cimport Assembly
from circuitnn._cext.conditions cimport EXACT, Conditions, Point
from circuitnn._cext.displacements cimport Displacements
from circuitnn._cext.group cimport Group
from circuitnn._cext.kernel cimport CNN_TIME


cdef inline Py_ssize_t derivatives_of(const Group *g) noexcept nogil:
    """Number of derivatives of the instances of a group."""
    return (g.nG + g.nC) * g.n


cdef void take_derivatives(const Group *g, double *to) noexcept nogil:
    """Copy the derivatives of the last evaluation."""
    cdef Py_ssize_t row
    cdef const double *values = g.out + (g.nf + g.nq) * g.stride
    for row in range(g.nG + g.nC):
        memcpy(to + row * g.n, values + row * g.stride, g.n * sizeof(double))


cdef Py_ssize_t places_of(Assembly system) noexcept:
    """Number of derivatives of all devices."""
    cdef Py_ssize_t i, places = 0
    for i in range(system.n_groups):
        places += derivatives_of(system.groups[i])
    return places


cdef void take_all(Assembly system, double *to) noexcept nogil:
    """Copy the derivatives of all devices, group after group."""
    cdef Py_ssize_t i
    for i in range(system.n_groups):
        take_derivatives(system.groups[i], to)
        to += derivatives_of(system.groups[i])


def evaluations(Assembly system not None, const double[:, ::1] x not None, const double[::1] t not None,
                Conditions conditions not None):
    """f, q and the devices' derivatives at points `x`, without limiting; as `Assembly.evaluate` at each.

    Parameters
    ----------
    system : Assembly
    x : float64 array, shape (m, n + 1)
        Unknowns, with ground (0) last.
    t : float64 array, shape (m,)
        Times. [s]
    conditions : Conditions

    Returns
    -------
    f, q : float64 arrays, shape (m, n)
    derivatives : float64 array, shape (m, places)
        Those of f, then of q, of all instances, group after group.
    """
    cdef Py_ssize_t k, n = system.n, m = x.shape[0]
    cdef Point point = conditions.point
    conditions.check(n)
    if x.shape[1] != n + 1 or t.shape[0] != m:
        raise ValueError(f"x has the shape ({m}, {x.shape[1]}), expected ({t.shape[0]}, {n + 1})")
    found = np.empty((2, m, n)), np.empty((m, places_of(system) + 1))
    cdef double[:, :, ::1] both = found[0]
    cdef double[:, ::1] derivatives = found[1]
    point.limiting = EXACT
    with nogil:
        for k in range(m):
            system.globals_[CNN_TIME] = t[k]
            system.begin(&x[k, 0])
            system.load(&x[k, 0], t[k], 0.0, &point)
            memcpy(&both[0, k, 0], system.f, n * sizeof(double))
            memcpy(&both[1, k, 0], system.q, n * sizeof(double))
            take_all(system, &derivatives[k, 0])
    system.fresh = True
    return found[0][0], found[0][1], found[1][:, :-1]


def on_a_path(Assembly system not None, Displacements displacements not None, const double[:, ::1] x not None,
              const double[:, ::1] before not None, const double[::1] t not None,
              Conditions conditions not None):
    """Derivatives of devices whose capacitances are partly no derivatives of a charge, C(x)·dV/dt.

    Parameters
    ----------
    system, x, t, conditions
        As of `evaluations`.
    displacements : Displacements
        These capacitances.
    before : float64 array, shape (m, n + 1)
        Points that the voltages come from.

    Returns
    -------
    float64 array, shape (3, m, places)
        Derivatives of f and of charges; with C(x) besides; and with that of C(x)·(V(x) - V(before)).
    """
    cdef Py_ssize_t k, m = t.shape[0]
    cdef Point point = conditions.point
    conditions.check(system.n)
    if not x.shape[0] == before.shape[0] == m or not x.shape[1] == before.shape[1] == system.n + 1:
        raise ValueError(
            f"points have the shapes ({x.shape[0]}, {x.shape[1]}), ({before.shape[0]}, {before.shape[1]}), "
            f"expected ({m}, {system.n + 1})"
        )
    found = np.empty((3, m, places_of(system) + 1))
    cdef double[:, :, ::1] derivatives = found
    point.limiting = EXACT
    with nogil:
        for k in range(m):
            system.globals_[CNN_TIME] = t[k]
            displacements.begin(&x[k, 0])
            system.load(&x[k, 0], t[k], 0.0, &point)
            take_all(system, &derivatives[1, k, 0])
            displacements.leave_out()
            take_all(system, &derivatives[0, k, 0])
            displacements.come_from(&before[k, 0])
            system.load(&x[k, 0], t[k], 0.0, &point)
            take_all(system, &derivatives[2, k, 0])
            displacements.end(&x[k, 0])
    system.fresh = True
    return found[:, :, :-1]
