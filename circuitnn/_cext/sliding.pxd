"""Switch events that follow each other ever faster: a switch that slides along its own threshold.

Without hysteresis it turns on where it turned off, and the more exactly an event is located, the sooner the
next one of the same switch comes; different switches, as those of a network, may well turn at a time. After
some events that are soon repeated a grain of time is introduced: events are not located more exactly, and
steps after them are not shorter. It grows until the distance of events is a fair fraction of the largest
step, and shrinks again when they are far apart.
"""


cdef enum:
    PATIENCE = 50           # events soon repeated that do not count as sliding yet


cdef struct Sliding:
    double grain            # [s]
    double last             # time of the last event that was soon repeated [s]
    int count


cdef inline void count_event(Sliding *sliding, double t, double since, double smallest,
                             double largest) noexcept nogil:
    """Count an event at `t`, `since` after its switch turned before, with steps between two bounds. [s]"""
    cdef double near = 1e-3 * largest
    if since < near:
        sliding.last = t
        sliding.count += 1
        if sliding.count > PATIENCE:
            sliding.grain = min(max(2.0 * sliding.grain, 1e3 * smallest), near)
    elif t - sliding.last > 100.0 * near:
        sliding.count = 0
        sliding.grain *= 0.5
