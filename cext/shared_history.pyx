"""The points of a transient of a large circuit by a team of threads: each has its equations and unknowns."""

import numpy as np

from libc.string cimport memcpy

from circuitnn._cext.group cimport DeviceGroup, Group
from circuitnn._cext.portion cimport between, place
from circuitnn._cext.sums cimport add_sums
from circuitnn._cext.teams cimport Work


cdef class SharedHistory(History):
    """The last points of one transient; parameters as `History`. The system is a `SharedAssembly`."""

    def __init__(self, system, initial, accuracy):
        History.__init__(self, system, initial, accuracy)
        self.shared = <SharedAssembly?>self.system
        self.team, self.parts = self.shared.team, self.shared.parts
        self.list_capacities()

    cdef int list_capacities(self) except -1:
        """List the derivatives of charges by their own unknowns, by equations."""
        cdef Py_ssize_t i, e, count = self.system.n_groups
        cdef unsigned char[::1] room = np.zeros((count + 1) * sizeof(Sums), dtype=np.uint8)
        cdef DeviceGroup group
        cdef Group *g
        self.kept.append(room)
        self.capacity_sums = <Sums *>&room[0]
        for i in range(count):
            group = self.system.device_groups[i]
            g = &group.group
            slots = np.full((g.nC, g.n), self.n, dtype=np.int32)
            for e in range(g.nC):
                if g.C_entries[2 * e] == g.C_entries[2 * e + 1]:
                    slots[e] = <int[:g.n]><int *>(g.nodes + g.C_entries[2 * e] * g.stride)
            group.sums(&self.capacity_sums[i], slots, self.n)
        return 0

    cdef void prepare(self, const Formula *c, int stage) noexcept nogil:
        self.formula, self.number = c, stage
        self.team.run(<Work>prepare_part, <void *>self)

    cdef void predict(self, double h, int order) noexcept nogil:
        self.x_new[self.n] = 0.0
        self.h, self.number = h, order
        self.team.run(<Work>predict_part, <void *>self)

    cdef double worst(self) noexcept nogil:
        """The largest of the errors that the threads have found."""
        cdef int part
        cdef double worst = 0.0
        for part in range(self.team.threads):
            self.ringing = self.ringing or self.found[part].ringing
            if not self.found[part].worst <= worst:
                worst = self.found[part].worst
        return worst

    cdef double plain_error(self, const Formula *c, double h, const cnn_spans *per) noexcept nogil:
        self.formula, self.h, self.per = c, h, per
        self.team.run(<Work>plain_part, <void *>self)
        return self.worst() / self.trtol

    cdef double strict_error(self, const Formula *c, double h, const cnn_spans *per) noexcept nogil:
        self.formula, self.h, self.per = c, h, per
        self.team.run(<Work>strict_part, <void *>self)
        return self.worst()

    cdef void weigh(self) noexcept nogil:
        self.team.run(<Work>weigh_part, <void *>self)

    cdef void find_differences(self, int degree, double h) noexcept nogil:
        self.number, self.h = degree, h
        self.team.run(<Work>differences_part, <void *>self)

    cdef double error_of_order(self, int order, double miss, double h) noexcept nogil:
        self.number, self.h = order + 1, h
        self.team.run(<Work>order_part, <void *>self)
        return abs(miss) * self.worst()

    cdef void copy(self, double *to, const double *x) noexcept nogil:
        self.to, self.source = to, x
        self.team.run(<Work>copy_part, <void *>self)


cdef void prepare_part(SharedHistory self, int part) noexcept nogil:
    cdef int kind
    for kind in range(2):
        self.prepare_in(self.formula, self.number, self.parts[part].first[kind], self.parts[part].end[kind])


cdef void predict_part(SharedHistory self, int part) noexcept nogil:
    cdef int kind
    for kind in range(2):
        self.predict_in(self.h, self.number, self.parts[part].first[kind], self.parts[part].end[kind])


cdef void plain_part(SharedHistory self, int part) noexcept nogil:
    cdef const Part *own = &self.parts[part]
    cdef int kind
    self.found[part].worst, self.found[part].ringing = 0.0, False
    for kind in range(2):
        self.judge_plain(self.formula, self.h, self.per, place(self.plain, self.n_plain, own.first[kind]),
                         place(self.plain, self.n_plain, own.end[kind]), &self.found[part])


cdef void strict_part(SharedHistory self, int part) noexcept nogil:
    cdef const Part *own = &self.parts[part]
    cdef int kind
    weigh_part(self, part)
    self.found[part].worst, self.found[part].ringing = 0.0, False
    for kind in range(2):
        self.judge_strict(self.formula, self.h, self.per, place(self.strict, self.n_strict, own.first[kind]),
                          place(self.strict, self.n_strict, own.end[kind]), &self.found[part])


cdef void weigh_part(SharedHistory self, int part) noexcept nogil:
    """Compute the capacities of a part's equations."""
    cdef const Part *own = &self.parts[part]
    cdef const Group *g
    cdef Sums some
    cdef Py_ssize_t i
    cdef int kind
    for kind in range(2):
        memcpy(self.capacity + own.first[kind], self.system.own_C + own.first[kind],
               (own.end[kind] - own.first[kind]) * sizeof(double))
    for i in range(self.system.n_groups):
        g = self.system.groups[i]
        for kind in range(2):
            some = between(&self.capacity_sums[i], own.first[kind], own.end[kind])
            add_sums(&some, g.out + (g.nf + g.nq + g.nG) * g.stride, 1.0, self.capacity)


cdef void differences_part(SharedHistory self, int part) noexcept nogil:
    cdef int kind
    for kind in range(2):
        self.differences_in(self.number, self.h, self.parts[part].first[kind], self.parts[part].end[kind])


cdef void order_part(SharedHistory self, int part) noexcept nogil:
    cdef const Part *own = &self.parts[part]
    cdef double reach, worst = 0.0
    cdef int kind
    for kind in range(2):
        reach = self.reach_in(self.number, self.h, own.first[kind], own.end[kind])
        if not reach <= worst:
            worst = reach
    self.found[part].worst, self.found[part].ringing = worst, False


cdef void copy_part(SharedHistory self, int part) noexcept nogil:
    cdef Py_ssize_t first
    cdef int kind
    for kind in range(2):
        first = self.parts[part].first[kind]
        memcpy(self.to + first, self.source + first, (self.parts[part].end[kind] - first) * sizeof(double))
