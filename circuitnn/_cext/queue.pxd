cdef struct Event:
    double t            # [s]
    int driver          # what changes; -1 - part: that part is asked
    unsigned char value
    bint dropped        # something else is to come instead
    int following       # the next event of the driver; -1: none


cdef struct Change:
    # A net has changed.
    double t            # [s]
    int net
    unsigned char value


cdef class Queue:
    """Events to come, the earliest first, and the changes that came of those that were."""
    cdef Event *events
    cdef int *heap
    cdef int n_events, n_heap, room, spare
    cdef int *pending           # first event of each driver; -1: none
    cdef object kept
    cdef Change *changes
    cdef Py_ssize_t n_changes, room_of_changes
    cdef bint failed            # there is no memory for more
    cdef void clear(self) noexcept nogil
    cdef int take(self, double t, int driver, unsigned char value) noexcept nogil
    cdef void put(self, double t, int driver, unsigned char value, bint inertial,
                  unsigned char now) noexcept nogil
    cdef void remind(self, double t, int part) noexcept nogil
    cdef double first(self) noexcept nogil
    cdef Event pop(self) noexcept nogil
    cdef void note(self, double t, int net, unsigned char value) noexcept nogil
