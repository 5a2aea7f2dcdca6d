"""Kinks of the equations, which no step should cross: beyond, no formula has its order."""

import numpy as np

from libc.math cimport fabs, fmax
from libc.string cimport memcpy

from circuitnn._cext.assembly cimport Assembly
from circuitnn._cext.group cimport DeviceGroup, Group, gather
from circuitnn._cext.kernel cimport KernelHandle

cdef int MOST_TURNS = 6         # steps tried before a kink
cdef double SLOW = 1e-4         # change in a step up to which none counts, relative to the largest magnitude


cdef class Kinks:
    """Where a step crosses kinks of the equations.

    Parameters
    ----------
    system : Assembly
    groups : list of (DeviceGroup, KernelHandle)
        Groups with kinks, and functions of their unknowns and columns that are 0 there.
    """

    def __init__(self, Assembly system not None, list groups not None):
        cdef DeviceGroup group
        cdef KernelHandle handle
        cdef Bends *bends
        cdef double[:, ::1] room
        cdef unsigned char[::1] all_ = np.zeros(max(len(groups), 1) * sizeof(Bends), dtype=np.uint8)
        self.system, self.count, self.kept, self.all = system, len(groups), [groups, all_], <Bends *>&all_[0]
        for number, (group, handle) in enumerate(groups):
            bends = &self.all[number]
            bends.group, bends.eval, bends.context = &group.group, handle.eval, handle.context
            bends.count = handle.n_outputs
            room = np.zeros((group.group.inputs + 3 * bends.count, group.group.stride))
            self.kept.append(room)
            bends.point, bends.before = &room[0, 0], &room[group.group.inputs, 0]
            bends.now = bends.before + bends.count * group.group.stride
            bends.most = bends.now + bends.count * group.group.stride

    cdef void look(self, const double *x) noexcept nogil:
        """Evaluate the quantities at the end of a step."""
        cdef Py_ssize_t number
        cdef Bends *bends
        cdef Group *g
        for number in range(self.count):
            bends = &self.all[number]
            g = bends.group
            gather(g, x)
            memcpy(bends.point, g.wanted, g.inputs * g.stride * sizeof(double))
            bends.eval(
                bends.context, g.stride, 0, g.n, bends.point, g.columns, self.system.globals_, bends.now)

    def values(self, const double[:, ::1] x not None):
        """The quantities at some points, shape (m, n); shape (m, quantities)."""
        cdef Py_ssize_t number, row
        cdef Bends *bends
        cdef double[::1] point = np.zeros(x.shape[1] + 1)
        rows = []
        for row in range(x.shape[0]):
            point[:x.shape[1]] = x[row]
            self.look(&point[0])
            parts = [np.zeros(0)]
            for number in range(self.count):
                bends = &self.all[number]
                every = <const double[:bends.count, :bends.group.stride]>bends.now
                parts.append(np.array(every)[:, :bends.group.n].ravel())
            rows.append(np.concatenate(parts))
        return np.array(rows)

    cdef void accept(self) noexcept nogil:
        """Make the point of the last look the start of the next step."""
        cdef Py_ssize_t number, k
        cdef Bends *bends
        self.longer, self.turns = 0.0, 0
        for number in range(self.count):
            bends = &self.all[number]
            for k in range(bends.count * bends.group.stride):
                bends.before[k] = bends.now[k]
                bends.most[k] = fmax(bends.most[k], fabs(bends.now[k]))

    cdef double first(self, double size, double passed) noexcept nogil:
        """Length after which a step crosses its first kink, by a straight line; 0 if it crosses none.

        Those in a first part of the step are `passed`, and slow ones do not count: they are noise.
        """
        cdef Py_ssize_t number, i, k
        cdef Bends *bends
        cdef double least = 0.0, before, now, length
        for number in range(self.count):
            bends = &self.all[number]
            for i in range(bends.count):
                for k in range(i * bends.group.stride, i * bends.group.stride + bends.group.n):
                    before, now = bends.before[k], bends.now[k]
                    if before * now >= 0.0 or fabs(before - now) <= SLOW * bends.most[k]:
                        continue
                    length = size * before / (before - now)
                    if length > passed and (least == 0.0 or length < least):
                        least, self.crossed, self.place, self.across = length, bends, k, now
        return least

    cdef double locate(self, double size, double passed) noexcept nogil:
        """Length at which the first kink of the steps tried from this point is; `size` if there is none.

        A step that is too short for the kink, and a longer one that crosses it, have a line between them.
        """
        cdef double now, length
        length = self.first(size, passed)
        if length > 0.0:
            self.longer, self.turns = size, self.turns + 1
            return length
        if self.longer == 0.0 or self.turns >= MOST_TURNS:
            return size
        self.turns += 1
        now = self.crossed.now[self.place]
        if now * self.across >= 0.0:
            return size
        return size + (self.longer - size) * now / (now - self.across)
