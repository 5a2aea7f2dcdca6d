"""Switch events that follow each other ever faster: a switch that slides along its own threshold.

Without hysteresis it goes on where it went off, and an event located ever more exactly comes ever
sooner. After some such events time gets a grain: events are not located, nor steps after them taken,
below it. It grows until events are a fair part of the largest step apart, and shrinks again when
they are far.
"""


cdef enum:
    PATIENCE = 50           # events close to each other that are still none of this


cdef struct Flurry:
    double grain            # [s]
    double last             # time of the last event [s]
    int count


cdef inline void count_event(Flurry *flurry, double t, double smallest, double largest) noexcept nogil:
    """Take notice of an event at `t`, in steps between `smallest` and `largest`. [s]"""
    cdef double near = 1e-3 * largest, gap = t - flurry.last
    flurry.last = t
    if gap > 100.0 * near:
        flurry.count = 0
        flurry.grain *= 0.5
    elif gap < near:
        flurry.count += 1
        if flurry.count > PATIENCE:
            flurry.grain = min(max(2.0 * flurry.grain, 1e3 * smallest), near)
