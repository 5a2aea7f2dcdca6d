"""Time functions of independent sources, with ngspice's meaning and defaults.

Defaults that depend on the transient card (a rise time of 0 means tstep) are filled in by the caller; here
every number is known.
"""

from libc.math cimport INFINITY, M_PI, NAN, ceil, exp, fabs, floor, fmin, fmod, nextafter, sin
from libc.stdlib cimport calloc, free
from libc.string cimport memcmp, memcpy, memset

cdef dict KINDS = {"dc": DC, "pulse": PULSE, "sin": SIN, "exp": EXP, "sffm": SFFM, "am": AM, "pwl": PWL,
                   "external": EXTERNAL, "ramp": RAMP, "mixed": MIXED}

cdef double ROUNDING = 1e-15  # of times, relative: the end of a period from `pulse_corner` is within it


cdef inline double pulse(const double *p, double t) noexcept nogil:
    # v1 v2 td tr tf pw per count
    cdef double time = t - p[2], period = p[6], end = p[3] + p[5] + p[4]
    cdef double periods
    if time > 0.0 and period > 0.0:
        # The end of a period belongs to it: a pulse cut short by the next one or by the run is on until then.
        periods = (time - ROUNDING * (fabs(t) + fabs(p[2]))) / period
        if p[7] > 0.0 and periods > p[7]:
            return p[0]
        periods = ceil(periods) - 1.0
        time -= periods * period
    if time <= 0.0 or time >= end:
        return p[0]
    if time < p[3]:
        return p[0] + (p[1] - p[0]) * time / p[3]
    if time <= p[3] + p[5]:
        return p[1]
    # From the end back, so that rounding of time leads to no value beyond v1, where a switch may turn.
    return p[0] + (p[1] - p[0]) * fmin((end - time) / p[4], 1.0)


cdef inline double sine(const double *p, double t) noexcept nogil:
    # offset amplitude frequency td damping phase[rad] cycles
    cdef double time = t - p[3]
    if time <= 0.0:
        return p[0] + p[1] * sin(p[5])
    if p[6] > 0.0:  # after them it stays where it is
        time = fmin(time, p[6] / p[2])
    return p[0] + p[1] * sin(2.0 * M_PI * p[2] * time + p[5]) * exp(-time * p[4])


cdef inline double exponential(const double *p, double t) noexcept nogil:
    # v1 v2 td1 tau1 td2 tau2
    cdef double v = p[0]
    if t <= p[2]:
        return v
    v += (p[1] - p[0]) * (1.0 - exp(-(t - p[2]) / p[3]))
    if t > p[4]:
        v += (p[0] - p[1]) * (1.0 - exp(-(t - p[4]) / p[5]))
    return v


cdef inline double sffm(const double *p, double t) noexcept nogil:
    # offset amplitude modulating-frequency index carrier-frequency td phase_m phase_c
    cdef double time = t - p[5]
    if time <= 0.0:
        return 0.0
    return p[0] + p[1] * sin(2.0 * M_PI * p[4] * time + p[7]
                             + p[3] * sin(2.0 * M_PI * p[2] * time + p[6]))


cdef inline double am(const double *p, double t) noexcept nogil:
    # offset modulation-offset modulation-amplitude f_m f_c td phase_m phase_c
    cdef double time = t - p[5]
    if time <= 0.0:
        return 0.0
    return p[0] + ((p[1] + p[2] * sin(2.0 * M_PI * p[3] * time + p[6]))
                   * sin(2.0 * M_PI * p[4] * time + p[7]))


cdef inline double ramp(const double *p, double t) noexcept nogil:
    # from to beginning end
    if t >= p[3]:
        return p[1]
    return p[0] + (p[1] - p[0]) * (t - p[2]) / (p[3] - p[2]) if t > p[2] else p[0]


cdef inline double pwl_time(const Source *s, double t) noexcept nogil:
    """Time within the table: shifted by the delay, folded into the repeated part."""
    cdef double last = s.p[s.count - 2], time = t - s.delay
    if s.repeat >= 0.0 and time > last and last > s.repeat:
        time = s.repeat + fmod(time - s.repeat, last - s.repeat)
    return time


cdef inline int pwl_interval(const Source *s, double time, bint after) noexcept nogil:
    """The last corner k with p[2k] < time, or with `after`, p[2k] <= time, by bisection; -1 before the first.

    A table with two values at one time jumps there: at that time itself it has the first value.
    """
    cdef int low = -1, high = s.count // 2, middle
    while high - low > 1:
        middle = (low + high) // 2
        if s.p[2 * middle] < time or (after and s.p[2 * middle] == time):
            low = middle
        else:
            high = middle
    return low


cdef inline double pwl(const Source *s, double t) noexcept nogil:
    cdef double time = pwl_time(s, t)
    cdef int k = pwl_interval(s, time, False)
    cdef const double *a
    if k < 0:
        return s.p[1]
    if 2 * k + 2 >= s.count:
        return s.p[s.count - 1]
    a = s.p + 2 * k
    return a[1] + (a[3] - a[1]) * (time - a[0]) / (a[2] - a[0])


cdef double value(const Source *s, double t) noexcept nogil:
    """Value of the source at time `t` [s]."""
    if s.kind == PULSE:
        return pulse(s.p, t)
    if s.kind == SIN:
        return sine(s.p, t)
    if s.kind == EXP:
        return exponential(s.p, t)
    if s.kind == SFFM:
        return sffm(s.p, t)
    if s.kind == AM:
        return am(s.p, t)
    if s.kind == PWL:
        return pwl(s, t)
    if s.kind == RAMP:
        return ramp(s.p, t)
    return s.p[0]


cdef inline double first_after(double t, double a, double b, double best) noexcept nogil:
    """The smallest of `best` and those of `a`, `b` that lie after `t`."""
    if a > t and a < best:
        best = a
    if b > t and b < best:
        best = b
    return best


cdef double pulse_corner(const double *p, double t) noexcept nogil:
    cdef double start = p[2], best = INFINITY, periods = 0.0
    cdef double last = p[2] + p[7] * p[6] if p[7] > 0.0 and p[6] > 0.0 else INFINITY
    cdef int _turn
    cdef bint within
    if t > p[2] and p[6] > 0.0:
        periods = floor((t - p[2]) / p[6])
    for _turn in range(3):
        # Three periods, so that rounding in the floor cannot hide the next corner.
        if p[7] > 0.0 and periods >= p[7]:
            break
        start = p[2] + periods * p[6]
        best = first_after(t, start, start + p[3], best)
        best = first_after(t, start + p[3] + p[5], start + p[3] + p[5] + p[4], best)
        if 0.0 < p[6] < p[3] + p[5] + p[4]:  # the next pulse cuts this one short, which jumps
            best = first_after(t, start + p[6], start + p[6], best)
        if best < INFINITY or p[6] <= 0.0:
            break
        periods += 1.0
    if best > last:  # a count that is not whole may end within a pulse, which jumps
        within = 0.0 < (p[7] - floor(p[7])) * p[6] < p[3] + p[5] + p[4]
        best = last if within and last > t else INFINITY
    return best


cdef double pwl_corner(const Source *s, double t) noexcept nogil:
    cdef double last = s.p[s.count - 2]
    cdef double time = pwl_time(s, t)
    cdef int k = pwl_interval(s, time, True)
    cdef double corner
    if 2 * k + 2 >= s.count:
        if not (s.repeat >= 0.0 and last > s.repeat):
            return INFINITY
        k = pwl_interval(s, s.repeat, True)
        corner = t + (s.p[2 * k + 2] - s.repeat)
    else:
        corner = t + (s.p[2 * k + 2] - time)
    # Rounding can leave the corner at `t`.
    return corner if corner > t else nextafter(t, INFINITY)


cdef double next_corner(const Source *s, double t) noexcept nogil:
    """First time after `t` at which the source has a corner; infinity if none. [s]"""
    if s.kind == PULSE:
        return pulse_corner(s.p, t)
    if s.kind == SIN:
        return first_after(t, s.p[3], s.p[3] + s.p[6] / s.p[2] if s.p[6] > 0.0 else s.p[3], INFINITY)
    if s.kind == EXP:
        return first_after(t, s.p[2], s.p[4], INFINITY)
    if s.kind == SFFM or s.kind == AM:
        return first_after(t, s.p[5], s.p[5], INFINITY)
    if s.kind == PWL:
        return pwl_corner(s, t)
    if s.kind == RAMP:
        return first_after(t, s.p[2], s.p[3], INFINITY)
    return INFINITY


cdef class Sources:
    """Independent sources.

    Parameters
    ----------
    constants : float64 array, shape (n,)
        DC values, used outside transients and by sources without a waveform.
    kinds : list of str, length n
        ``"dc"`` or the kind of the waveform; ``"mixed"``: its numbers are weights of the first sources.
    offsets : int32 array, shape (n + 1,)
        Start of each source's numbers in `numbers`.
    numbers : float64 array
        The waveforms' numbers, complete, angles in radians.
    repeats, delays : float64 arrays, shape (n,)
        Time of the PWL corner to repeat from (negative: none) and delay. [s]
    functions : sequence of callable or None, length n
        Of external sources: value at a time [s]. They must not raise.
    rising : float
        Until when all but ramps rise in a transient, from 0 at t = 0; 0: they do not. [s]
    """

    def __cinit__(self, double[::1] constants not None, list kinds not None,
                  const int[::1] offsets not None, double[::1] numbers not None,
                  const double[::1] repeats not None, const double[::1] delays not None,
                  functions=(), double rising=0.0):
        cdef Py_ssize_t i
        self.n = constants.shape[0]
        if len(kinds) != self.n or offsets.shape[0] != self.n + 1:
            raise ValueError(f"{self.n} sources, {len(kinds)} kinds, {offsets.shape[0]} offsets")
        self.constants = constants
        self.numbers = numbers
        self.functions = list(functions)
        self.rising = rising
        self.sources = <Source *>calloc(self.n + 1, sizeof(Source))
        if self.sources == NULL:
            raise MemoryError
        varying = [i for i in range(self.n) if kinds[i] != "dc"]
        from array import array
        self.varying = array("i", varying or [0])
        self.n_varying = len(varying)
        self.last = array("d", bytes(16 * max(self.n, 1)))  # and behind the values the constants then
        self.last_t = NAN
        self.lasting = not {"external", "ramp"} & set(kinds)
        for i in range(self.n):
            self.sources[i].kind = KINDS[kinds[i]]
            self.sources[i].count = offsets[i + 1] - offsets[i]
            self.sources[i].repeat = repeats[i]
            self.sources[i].delay = delays[i]
            if self.sources[i].count > 0:
                self.sources[i].p = &self.numbers[offsets[i]]
        self.mix([i for i in range(self.n) if kinds[i] == "mixed"])

    cdef int mix(self, list which) except -1:
        """Lay out the weights of mixed sources, those of each first source in a row."""
        cdef Py_ssize_t k, j
        from array import array
        self.mixed = array("i", which or [0])
        self.n_mixed, self.n_first = len(which), max([self.sources[k].count for k in which], default=0)
        self.weights = array("d", bytes(8 * max(self.n_first * self.n_mixed, 1)))
        self.sums = array("d", bytes(8 * max(self.n_mixed, 1)))
        for k in range(self.n_mixed):
            for j in range(self.sources[self.mixed[k]].count):
                self.weights[j * self.n_mixed + k] = self.sources[self.mixed[k]].p[j]
        return 0

    def __dealloc__(self):
        free(self.sources)

    cdef void evaluate(self, double t, bint transient, double *out) noexcept nogil:
        """Write the values of all sources; in the iterations of a step they are the same.

        Sweeps and continuation change constants and stay at a time.
        """
        cdef Py_ssize_t i
        cdef int k
        cdef size_t size = self.n * sizeof(double)
        if transient and t == self.last_t and not memcmp(&self.last[self.n], &self.constants[0], size):
            memcpy(out, &self.last[0], size)
            return
        for i in range(self.n):
            out[i] = self.constants[i]
        if not transient:
            return
        for i in range(self.n_varying):
            k = self.varying[i]
            out[k] = self.ask(k, t) if self.sources[k].kind == EXTERNAL else value(&self.sources[k], t)
        if self.n_mixed:
            self.add_up(out)
        if t < self.rising:
            for i in range(self.n):
                if self.sources[i].kind != RAMP:
                    out[i] *= t / self.rising
        if self.lasting:
            memcpy(&self.last[0], out, size)
            memcpy(&self.last[self.n], &self.constants[0], size)
            self.last_t = t

    cdef void add_up(self, double *out) noexcept nogil:
        """Find the mixed sources from the first ones, of which few may spike at a time."""
        cdef Py_ssize_t j, k, n = self.n_mixed
        cdef double *sums = &self.sums[0]
        cdef const double *weights
        cdef double s
        memset(sums, 0, n * sizeof(double))
        for j in range(self.n_first):
            s = out[j]
            if s == 0.0:
                continue
            weights = &self.weights[j * n]
            for k in range(n):
                sums[k] += s * weights[k]
        for k in range(n):
            out[self.mixed[k]] = sums[k]

    cdef double *ramp(self, Py_ssize_t k) noexcept nogil:
        """The numbers of a ramp, for the logic to write: from, to [V], beginning, end [s]."""
        return <double *>self.sources[k].p

    cdef double ask(self, Py_ssize_t k, double t) noexcept with gil:
        return self.functions[k](t)

    cdef double corner_after(self, double t) noexcept nogil:
        cdef Py_ssize_t i
        cdef double corner, best = self.rising if t < self.rising else INFINITY
        for i in range(self.n_varying):
            corner = next_corner(&self.sources[self.varying[i]], t)
            if corner < best:
                best = corner
        return best

    def values(self, double t):
        """Values of all sources at time `t` [s] of a transient."""
        from array import array
        cdef double[::1] out = array("d", bytes(8 * max(self.n, 1)))
        with nogil:
            self.evaluate(t, True, &out[0])
        return list(out[:self.n])

    def table(self, const double[::1] times not None, double[:, ::1] out not None):
        """Write the values of all sources at each of the times [s] of a transient to the rows of `out`."""
        cdef Py_ssize_t i
        if out.shape[0] != times.shape[0] or out.shape[1] != self.n:
            raise ValueError(f"expected an array of shape ({times.shape[0]}, {self.n})")
        with nogil:
            for i in range(times.shape[0]):
                self.evaluate(times[i], True, &out[i, 0])

    def corner(self, double t):
        """First corner of any source after `t`; infinity if none. [s]"""
        return self.corner_after(t)
