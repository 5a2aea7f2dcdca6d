from circuitnn._cext.crossing cimport Crossing
from circuitnn._cext.queue cimport Queue
from circuitnn._cext.step_events cimport Step
from circuitnn._cext.waveforms cimport Sources
from circuitnn._cext.wiring cimport Ramp, Wiring


cdef class Logic(Wiring):
    """Simulation of a wiring."""
    cdef int n_asked, n_moved
    cdef Queue queue
    cdef Sources sources                # sources of a transient
    cdef bint starting                  # operating point: delays are zero
    cdef readonly bint bent             # some source has started a new ramp
    cdef void ask(self, int reader) noexcept nogil
    cdef void tell(self, int driver, unsigned char value) noexcept nogil
    cdef void settle_nets(self, double t) noexcept nogil
    cdef unsigned char resolved(self, int net, int without) noexcept nogil
    cdef void evaluate(self, int part, double t) noexcept nogil
    cdef void follow(self, const Ramp *r, double t) noexcept nogil
    cdef void answer_all(self, double t) noexcept nogil
    cdef void answer(self, int reader, double t) noexcept nogil
    cdef void ask_all(self) noexcept nogil
    cdef void ask_first(self, int net) noexcept nogil
    cdef bint rests_at_once(self, int passes) noexcept nogil
    cdef int rests_in_turn(self, int passes) noexcept nogil
    cdef void happen(self, double t) noexcept nogil
    cdef double due(self) noexcept nogil
    cdef double foreseen(self, const Step *s) noexcept nogil
    cdef int accept(self, const Step *s, double close) noexcept nogil
    cdef void pass_levels(self, Crossing *c, int level, const Step *s) noexcept nogil
