from circuitnn._cext.crossing cimport Crossing
from circuitnn._cext.part cimport Frame, Part
from circuitnn._cext.store cimport Store


cdef enum Kind:
    GATE = 0
    TRISTATE = 1
    PULL = 2
    LOOKUP = 3
    FLIPFLOP = 4
    LATCH = 5
    DIVIDER = 6
    PLAYER = 7
    OSCILLATOR = 8
    MACHINE = 9
    STORE = 10


cdef enum Inertia:
    # Inertia: whether a driver suppresses pulses shorter than its delay.
    NONE = 0
    FULL = 1
    LEVEL = 2           # this driver is only the level,
    STRENGTH = 3        # … and this one the strength of the driver before it


cdef struct Ramp:
    # A source that follows a net.
    int net
    int driver              # driver left out of the net's value; -1: none
    int source              # row of the source
    double targets[12]      # target for each value of the net
    double up, down         # speed of the ramp [1/s]; infinity: a jump


cdef class Wiring:
    """Nets and the parts between them."""
    cdef readonly int n_nets, n_parts, n_drivers, n_crossings, n_ramps
    cdef Store store
    cdef Part *parts
    cdef Crossing *crossings
    cdef Ramp *ramps
    cdef const int *net_of              # of each driver; -1: none
    cdef const int *drivers_start       # start of each net's drivers in drivers_of
    cdef const int *drivers_of
    cdef const int *readers_start       # start of each net's readers in readers
    cdef const int *readers             # parts; from n_parts on, ramps
    cdef const unsigned char *flips     # whether a driver is inverted
    cdef const unsigned char *inertia   # inertia of each driver
    cdef unsigned char *nets            # value of each net
    cdef unsigned char *now             # value that each driver drives
    cdef unsigned char *want            # … and its last target
    cdef double *again                  # time of each part's next evaluation
    cdef int *asked                     # parts and ramps to be evaluated
    cdef unsigned char *is_asked
    cdef int *moved                     # drivers that have changed
    cdef Frame frame
    cdef double[::1] constants
    cdef int _set_parts(self, list parts) except -1
    cdef int _set_crossings(self, list crossings, int driver) except -1
    cdef int _set_ramps(self, list ramps) except -1
    cdef int _connect(self, list parts, list outputs, list ramps) except -1
