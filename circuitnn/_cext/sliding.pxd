"""Switch events that follow each other ever faster: a switch that slides along its own threshold.

Without hysteresis it turns on where it turned off, and the more exactly an event is located, the sooner the
next one comes. After some such events a grain of time is introduced: events are not located more exactly,
and steps after them are not shorter. It grows until the distance of events is a fair fraction of the largest
step, and shrinks again when they are far apart.
"""


cdef enum:
    PATIENCE = 50           # events close to each other that do not count as sliding yet


cdef struct Sliding:
    double grain            # [s]
    double last             # time of the last event [s]
    int count


cdef inline void count_event(Sliding *sliding, double t, double smallest, double largest) noexcept nogil:
    """Count an event at `t`, with steps between `smallest` and `largest`. [s]"""
    cdef double near = 1e-3 * largest, gap = t - sliding.last
    sliding.last = t
    if gap > 100.0 * near:
        sliding.count = 0
        sliding.grain *= 0.5
    elif gap < near:
        sliding.count += 1
        if sliding.count > PATIENCE:
            sliding.grain = min(max(2.0 * sliding.grain, 1e3 * smallest), near)
