"""Pending events: a heap by time, and a list per driver so that later events can replace earlier ones."""

import numpy as np

from libc.math cimport INFINITY
from libc.stdlib cimport free, realloc


cdef class Queue:
    """Pending events, the earliest first, and the recorded changes of nets.

    Parameters
    ----------
    drivers : int
        Number of outputs.
    """

    def __init__(self, Py_ssize_t drivers):
        cdef int[::1] pending = np.full(drivers + 1, -1, dtype=np.int32)
        self.kept = pending
        self.pending = &pending[0]
        self.spare = -1

    def __dealloc__(self):
        free(self.events)
        free(self.heap)
        free(self.changes)

    cdef void clear(self) noexcept nogil:
        """Drop pending events and recorded changes."""
        cdef int k
        for k in range(self.n_heap):
            if self.events[self.heap[k]].driver >= 0:
                self.pending[self.events[self.heap[k]].driver] = -1
        self.n_heap = self.n_events = 0
        self.n_changes = 0
        self.spare = -1

    cdef int take(self, double t, int driver, unsigned char value) noexcept nogil:
        """Add an event to the heap; returns -1 if there is no memory for it."""
        cdef int k, up, at = self.spare
        cdef void *more
        if at >= 0:
            self.spare = self.events[at].following
        else:
            if self.n_events == self.room:
                more = realloc(self.events, (2 * self.room + 64) * sizeof(Event))
                if more == NULL:
                    self.failed = True
                    return -1
                self.events = <Event *>more
                more = realloc(self.heap, (2 * self.room + 64) * sizeof(int))
                if more == NULL:
                    self.failed = True
                    return -1
                self.heap = <int *>more
                self.room = 2 * self.room + 64
            at = self.n_events
            self.n_events += 1
        self.events[at].t, self.events[at].driver, self.events[at].value = t, driver, value
        self.events[at].dropped, self.events[at].following = False, -1
        k = self.n_heap
        self.n_heap += 1
        while k > 0:
            up = (k - 1) // 2
            if self.events[self.heap[up]].t <= t:
                break
            self.heap[k] = self.heap[up]
            k = up
        self.heap[k] = at
        return at

    cdef void put(self, double t, int driver, unsigned char value, bint inertial,
                  unsigned char now) noexcept nogil:
        """Queue a change of a driver in place of its events then or later; with inertia, of all of them."""
        cdef int at = self.pending[driver], last = -1, new
        while at >= 0:
            if inertial or self.events[at].t >= t:
                self.events[at].dropped = True
                if last < 0:
                    self.pending[driver] = -1
                else:
                    self.events[last].following = -1
            else:
                last = at
            at = self.events[at].following
        if inertial and value == now:
            return
        new = self.take(t, driver, value)
        if new < 0:
            return
        if last < 0:
            self.pending[driver] = new
        else:
            self.events[last].following = new

    cdef void remind(self, double t, int part) noexcept nogil:
        """Queue the evaluation of a part at a time."""
        self.take(t, -1 - part, 0)

    cdef double first(self) noexcept nogil:
        """Time of the first event; infinity if there is none. [s]"""
        while self.n_heap and self.events[self.heap[0]].dropped:
            self.pop()
        return self.events[self.heap[0]].t if self.n_heap else INFINITY

    cdef Event pop(self) noexcept nogil:
        """Remove and return the first event; there must be one."""
        cdef int at = self.heap[0], k = 0, down, last
        cdef Event found = self.events[at]
        if found.driver >= 0 and not found.dropped:
            self.pending[found.driver] = found.following
        self.events[at].following = self.spare
        self.spare = at
        self.n_heap -= 1
        last = self.heap[self.n_heap]
        while 2 * k + 1 < self.n_heap:
            down = 2 * k + 1
            if (down + 1 < self.n_heap
                    and self.events[self.heap[down + 1]].t < self.events[self.heap[down]].t):
                down += 1
            if self.events[last].t <= self.events[self.heap[down]].t:
                break
            self.heap[k] = self.heap[down]
            k = down
        self.heap[k] = last
        return found

    cdef void note(self, double t, int net, unsigned char value) noexcept nogil:
        """Record a change of a net; of several at one time, only the last."""
        cdef void *more
        if self.n_changes == self.room_of_changes:
            more = realloc(self.changes, (2 * self.room_of_changes + 64) * sizeof(Change))
            if more == NULL:
                self.failed = True
                return
            self.changes = <Change *>more
            self.room_of_changes = 2 * self.room_of_changes + 64
        self.changes[self.n_changes].t = t
        self.changes[self.n_changes].net = net
        self.changes[self.n_changes].value = value
        self.n_changes += 1
