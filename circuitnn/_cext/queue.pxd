cdef struct Event:
    double t            # [s]
    int driver          # driver that changes; -1 - part: the part is evaluated
    unsigned char value
    bint dropped        # cancelled, replaced by another event
    int following       # the next event of the driver; -1: none


cdef struct Change:
    # A recorded change of a net.
    double t            # [s]
    int net
    unsigned char value


cdef class Queue:
    """Pending events, the earliest first, and the recorded changes of nets."""
    cdef Event *events
    cdef int *heap
    cdef int n_events, n_heap, room, spare
    cdef int *pending           # first event of each driver; -1: none
    cdef object kept
    cdef Change *changes
    cdef Py_ssize_t n_changes, room_of_changes
    cdef bint failed            # out of memory
    cdef void clear(self) noexcept nogil
    cdef int take(self, double t, int driver, unsigned char value) noexcept nogil
    cdef void put(self, double t, int driver, unsigned char value, bint inertial,
                  unsigned char now) noexcept nogil
    cdef void remind(self, double t, int part) noexcept nogil
    cdef double first(self) noexcept nogil
    cdef Event pop(self) noexcept nogil
    cdef void note(self, double t, int net, unsigned char value) noexcept nogil
