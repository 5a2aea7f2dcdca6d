"""Breakpoints: times at which a step must end: a source, a wave on a line or a host program turns there.

A step that ends just before a corner is extended to it, so that no tiny step remains.
"""

from libc.math cimport fmax, fmin


cdef class Breakpoints:
    """The next corner of one transient.

    Parameters
    ----------
    system : Assembly
        Its sources and lines.
    host : Host
    stop : float
        End of the transient, the last corner. [s]
    grain, close : float
        Moments closer than `grain` are one; closer than `close`, a step would not be worth its while. [s]
    """

    def __init__(self, Assembly system not None, Host host not None, double stop, double grain, double close):
        self.system, self.host = system, host
        self.stop, self.grain, self.close, self.next = stop, grain, close, stop

    cdef double after(self, double t) noexcept nogil:
        """The next corner of a source or of a wave on a line, or breakpoint of the host, after a time. [s]"""
        cdef double own = fmin(self.system.corner_after(t), self.system.delays.echo_after(t))
        return fmin(own, self.host.after(t))

    cdef void leave(self, double t) noexcept nogil:
        """Turn to the next corner after `t`, which may be a corner itself."""
        self.next = self.after(t + self.grain)

    cdef void pass_by(self, double t) noexcept nogil:
        """Turn to the next corner if `t` has come to this one."""
        if t >= self.next - self.grain:
            self.leave(t)

    cdef void add(self, double t) noexcept nogil:
        """Take note of a corner that was not known before."""
        self.next = fmin(self.next, t)

    cdef void look_at_host(self, double t) noexcept nogil:
        """Take note of breakpoints that the host has added."""
        if self.host.fresh:
            self.add(self.host.after(t + self.close))

    cdef void look_at_lines(self, double t) noexcept nogil:
        """Take note of the echoes of waves that have set out."""
        self.add(self.system.delays.echo_after(t + self.close))

    cdef bint skip(self, double t) noexcept nogil:
        """Leave out a corner that is close to `t`; returns False if there is none."""
        cdef double next = self.after(t + self.close)
        if not next > self.next:
            return False
        self.next = next
        return True

    cdef double target(self) noexcept nogil:
        """Latest end of the next step. [s]"""
        return self.next if self.next < self.stop else self.stop

    cdef void lay_out(self, Attempt *a, double t, StepSize steps, bint again) noexcept nogil:
        """Choose the end of a step from `t`; `again`: it was rejected."""
        cdef double target = self.target()
        cdef double close = fmax(self.close, steps.smallest)   # no step to the corner may be shorter
        a.h = steps.h
        # A rejected step must get shorter: it is not extended to the corner again.
        a.at_corner = t + a.h >= (target if again else target - close)
        if a.at_corner:
            a.h = target - t
        a.end = target if a.at_corner else t + a.h
