"""The convergence test of a large circuit by a team of threads: each tests its unknowns."""

from libc.string cimport memcpy

from circuitnn._cext.shared_assembly cimport SharedAssembly
from circuitnn._cext.teams cimport Work


cdef class SharedConvergence(Convergence):
    """Convergence test; parameters as `Convergence`. The factors are those of a `SharedAssembly`."""

    def __init__(self, factors, x_tolerance, f_tolerance, relative):
        Convergence.__init__(self, factors, x_tolerance, f_tolerance, relative)
        self.team = (<SharedAssembly?>self.system).team
        self.parts = (<SharedAssembly>self.system).parts

    cdef bint together(self) noexcept nogil:
        """Whether all threads have found what they tested to be small."""
        cdef int part
        cdef bint small = True
        for part in range(self.team.threads):
            small = small and self.found[part].all_small
        return small

    cdef double update_norm(self, const double *x, const double *dx) noexcept nogil:
        cdef int part
        cdef double largest = 0.0
        self.x, self.dx = <double *>x, dx
        self.team.run(<Work>norm_part, <void *>self)
        for part in range(self.team.threads):
            if not self.found[part].largest <= largest:
                largest, self.worst = self.found[part].largest, self.found[part].worst
                self.worst_update = dx[self.worst]
        return largest

    cdef bint surely_small(self, const Iterate *at, const double *r, double epsilon,
                           double left) noexcept nogil:
        self.at, self.dx, self.epsilon, self.left = at, r, epsilon, left
        self.team.run(<Work>small_part, <void *>self)
        return self.together()

    cdef bint slight(self, const Iterate *at) noexcept nogil:
        self.at = at
        self.team.run(<Work>slight_part, <void *>self)
        return self.together()

    cdef void move(self, double *x, const double *dx) noexcept nogil:
        self.x, self.dx = x, dx
        self.team.run(<Work>move_part, <void *>self)

    cdef void keep(self, const Iterate *at) noexcept nogil:
        self.at = at
        self.team.run(<Work>keep_part, <void *>self)


cdef void norm_part(SharedConvergence self, int part) noexcept nogil:
    cdef const Part *own = &self.parts[part]
    cdef Py_ssize_t worst = 0
    cdef double largest = 0.0
    cdef int kind
    for kind in range(2):
        largest = self.norm_of(own.first[kind], own.end[kind], self.x, self.dx, largest, &worst)
    self.found[part].largest, self.found[part].worst = largest, worst


cdef void small_part(SharedConvergence self, int part) noexcept nogil:
    cdef const Part *own = &self.parts[part]
    cdef bint small = True
    cdef int kind
    for kind in range(2):
        small = small and self.small_in(own.first[kind], own.end[kind], self.at, self.dx, self.epsilon,
                                        self.left)
    self.found[part].all_small = small


cdef void slight_part(SharedConvergence self, int part) noexcept nogil:
    cdef const Part *own = &self.parts[part]
    cdef bint small = True
    cdef int kind
    for kind in range(2):
        small = small and self.slight_in(own.first[kind], own.end[kind], self.at)
    self.found[part].all_small = small


cdef void move_part(SharedConvergence self, int part) noexcept nogil:
    cdef const Part *own = &self.parts[part]
    cdef Py_ssize_t i
    cdef int kind
    for kind in range(2):
        for i in range(own.first[kind], own.end[kind]):
            self.x[i] -= self.dx[i]


cdef void keep_part(SharedConvergence self, int part) noexcept nogil:
    cdef const Part *own = &self.parts[part]
    cdef int kind
    for kind in range(2):
        memcpy(self.at.previous + own.first[kind], self.at.x + own.first[kind],
               (own.end[kind] - own.first[kind]) * sizeof(double))
