"""Event-driven logic: nets with twelve-state values, and parts that drive them after delays.

    earliest events → drivers change → nets are resolved → their readers are evaluated → future events

Parts are evaluated after all events of a moment. A new event of an output cancels its pending events at the
same or later times (transport delay), or all of its pending events (inertial delay). Logic senses the analog
circuit through crossings of voltages, and drives it through ramped sources.
"""

import numpy as np

from libc.math cimport INFINITY, fabs, fmin

from circuitnn._cext.crossing cimport Crossing, passage, taken_for
from circuitnn._cext.flipflops cimport divider, flipflop, latch
from circuitnn._cext.gates cimport gate, lookup, pull, tristate
from circuitnn._cext.machines cimport machine, store
from circuitnn._cext.part cimport OPEN, UNKNOWN, ZERO, Part, delay_to, joint, level_of, strength_of
from circuitnn._cext.queue cimport Event, Queue
from circuitnn._cext.sequences cimport oscillator, player
from circuitnn._cext.status cimport NO_MEMORY, OK
from circuitnn._cext.step_events cimport Step
from circuitnn._cext.waveforms cimport Sources
from circuitnn._cext.wiring cimport (
    DIVIDER, FLIPFLOP, GATE, LATCH, LEVEL, LOOKUP, MACHINE, NONE, PLAYER, PULL, STORE, STRENGTH, TRISTATE,
    Ramp, Wiring)

cdef double SAME = 1e-15        # relative distance up to which moments count as the same


cdef class Logic(Wiring):
    """Simulation of a wiring: operating points, and events in time; parameters as in `Wiring`."""

    def __init__(self, *args, **kwargs):
        Wiring.__init__(self, *args, **kwargs)
        self.queue = Queue(self.n_drivers)

    # ------------------------------------------------------------------ nets and parts

    cdef void ask(self, int reader) noexcept nogil:
        """Schedule the evaluation of a part or ramp after all events of the present moment."""
        if not self.is_asked[reader]:
            self.is_asked[reader] = True
            self.asked[self.n_asked] = reader
            self.n_asked += 1

    cdef void tell(self, int driver, unsigned char value) noexcept nogil:
        """Set the value of a driver from now on."""
        if self.inertia[driver] == LEVEL:
            value += <unsigned char>strength_of(self.now[driver])
        elif self.inertia[driver] == STRENGTH:
            self.now[driver] = value
            driver -= 1
            value += <unsigned char>level_of(self.now[driver])
        self.now[driver] = value
        if self.net_of[driver] >= 0:
            self.moved[self.n_moved] = driver
            self.n_moved += 1

    cdef unsigned char resolved(self, int net, int without) noexcept nogil:
        """The value of a net from all its drivers but one."""
        cdef int k, driver
        cdef bint first = True
        cdef unsigned char value = ZERO, one
        for k in range(self.drivers_start[net], self.drivers_start[net + 1]):
            driver = self.drivers_of[k]
            if driver == without:
                continue
            one = self.now[driver]
            if self.flips[driver] and level_of(one) != UNKNOWN:
                one = <unsigned char>(one + 1 - 2 * level_of(one))
            value = one if first else joint(value, one)
            first = False
        # A net without other drivers is undriven: high impedance.
        return <unsigned char>(UNKNOWN + OPEN) if first and without >= 0 else value

    cdef void settle_nets(self, double t) noexcept nogil:
        """Resolve the nets of drivers that have changed, and schedule their readers."""
        cdef int k, j, net
        cdef unsigned char value
        for k in range(self.n_moved):
            net = self.net_of[self.moved[k]]
            value = self.resolved(net, -1)
            if value != self.nets[net]:
                self.nets[net] = value
                if not self.starting:
                    self.queue.note(t, net, value)
            for j in range(self.readers_start[net], self.readers_start[net + 1]):
                self.ask(self.readers[j])
        self.n_moved = 0

    cdef void evaluate(self, int part, double t) noexcept nogil:
        """Evaluate a part, and queue its output changes."""
        cdef const Part *p = &self.parts[part]
        cdef int k, driver
        cdef unsigned char now
        cdef double at
        self.frame.t, self.frame.starting = t, self.starting
        self.frame.want, self.frame.again = self.want + p.driver, INFINITY
        # With inertia pending events are cancelled, so that the output changes from its present value.
        self.frame.before = (self.now if self.inertia[p.driver] else self.want) + p.driver
        for k in range(p.n_out):
            self.frame.value[k] = self.frame.want[k]
        if p.kind == GATE:
            gate(p, &self.frame)
        elif p.kind == TRISTATE:
            tristate(p, &self.frame)
        elif p.kind == PULL:
            pull(p, &self.frame)
        elif p.kind == LOOKUP:
            lookup(p, &self.frame)
        elif p.kind == FLIPFLOP:
            flipflop(p, &self.frame)
        elif p.kind == LATCH:
            latch(p, &self.frame)
        elif p.kind == DIVIDER:
            divider(p, &self.frame)
        elif p.kind == PLAYER:
            player(p, &self.frame)
        elif p.kind == MACHINE:
            machine(p, &self.frame)
        elif p.kind == STORE:
            store(p, &self.frame)
        else:
            oscillator(p, &self.frame)
        self.again[part] = self.frame.again
        if not self.starting and self.frame.again < INFINITY:
            self.queue.remind(self.frame.again, part)
        for k in range(p.n_out):
            driver = p.driver + k
            if self.frame.value[k] == self.want[driver]:
                continue
            self.want[driver] = self.frame.value[k]
            if self.starting:
                self.tell(driver, self.want[driver])
            else:
                at = t + self.frame.delay[k]
                now = self.now[driver]
                if self.inertia[driver] == LEVEL:
                    now = <unsigned char>level_of(now)
                self.queue.put(at, driver, self.want[driver], self.inertia[driver] != NONE, now)

    cdef void follow(self, const Ramp *r, double t) noexcept nogil:
        """Start the ramp of a source towards the target for the present value of its net."""
        cdef unsigned char value = self.nets[r.net] if r.driver < 0 else self.resolved(r.net, r.driver)
        cdef double target = r.targets[value], before
        cdef double *p
        p = self.sources.ramp(r.source)
        if self.starting:
            self.bent = self.bent or p[1] != target
            self.constants[r.source] = p[0] = p[1] = target
            return
        if target == p[1]:
            return
        # p: from, to, start, end.
        before = p[1] if t >= p[3] else p[0] + (p[1] - p[0]) * (t - p[2]) / (p[3] - p[2])
        p[0], p[1], p[2] = before, target, t
        p[3] = t + fabs(target - before) / (r.up if target > before else r.down)
        self.bent = True

    cdef void answer_all(self, double t) noexcept nogil:
        """Evaluate all scheduled parts and ramps."""
        cdef int k, count = self.n_asked
        self.n_asked = 0
        for k in range(count):
            self.is_asked[self.asked[k]] = False
        for k in range(count):
            self.answer(self.asked[k], t)

    cdef void answer(self, int reader, double t) noexcept nogil:
        """Evaluate a part or ramp."""
        if reader < self.n_parts:
            self.evaluate(reader, t)
        else:
            self.follow(&self.ramps[reader - self.n_parts], t)

    # ------------------------------------------------------------------ operating points

    def settle(self, const double[::1] x not None, Sources sources not None, int passes):
        """Find values consistent with each other and with the circuit, with zero delays.

        Parameters
        ----------
        x : float64 array, shape (n + 1,)
            Unknowns of the circuit.
        sources : Sources
            Sources of the circuit.
        passes : int
            Largest number of passes over scheduled parts.

        Returns
        -------
        net : int
            A net that does not settle; -1: all do.
        """
        cdef int k
        cdef Crossing *c
        self.sources, self.starting, self.bent = sources, True, False
        self.frame.x = &x[0]
        for k in range(self.n_crossings):
            c = &self.crossings[k]
            c.level = taken_for(c, x[c.node])
            if self.now[c.driver] != c.level:
                self.tell(c.driver, <unsigned char>c.level)
        crossed = [self.moved[k] for k in range(self.n_moved)]
        now, want = bytes(self.now[:self.n_drivers]), bytes(self.want[:self.n_drivers])
        if self.rests_at_once(passes):
            return -1
        for k in range(self.n_drivers):
            self.now[k], self.want[k] = now[k], want[k]
        self.ask_all()
        for driver in reversed(crossed):
            self.ask_first(self.net_of[driver])
        return self.rests_in_turn(passes)

    cdef void ask_all(self) noexcept nogil:
        """Schedule all readers, and resolve all nets: those whose drivers do not move may be inverted."""
        cdef int k
        self.n_moved = 0
        for k in range(self.n_nets):
            self.nets[k] = self.resolved(k, -1)
        for k in range(self.n_parts + self.n_ramps - 1, -1, -1):
            self.ask(k)

    cdef void ask_first(self, int net) noexcept nogil:
        """Put the readers of a net on top of what is scheduled."""
        cdef int j, k, m
        for j in range(self.readers_start[net + 1] - 1, self.readers_start[net] - 1, -1):
            m = 0
            for k in range(self.n_asked):
                if self.asked[k] != self.readers[j]:
                    self.asked[m] = self.asked[k]
                    m += 1
            self.asked[m] = self.readers[j]
            self.n_asked = m + 1

    cdef bint rests_at_once(self, int passes) noexcept nogil:
        """Whether the logic comes to rest if what is scheduled is evaluated at one moment."""
        cdef int _turn
        self.ask_all()
        for _turn in range(passes):
            self.settle_nets(0.0)
            if self.n_asked == 0:
                return True
            self.answer_all(0.0)
        return self.n_moved == 0

    cdef int rests_in_turn(self, int passes) noexcept nogil:
        """Follow one change to its end before the next; returns a net that does not settle, -1 if all do.

        Of two gates of a latch that change at one moment, over and over, one thus wins: that whose input the
        circuit has changed first, or the first one of the deck.
        """
        cdef int _turn, last = -1
        for _turn in range(passes * (self.n_parts + self.n_ramps)):
            if self.n_asked == 0:
                return -1
            self.n_asked -= 1
            self.is_asked[self.asked[self.n_asked]] = False
            self.answer(self.asked[self.n_asked], 0.0)
            last = self.net_of[self.moved[0]] if self.n_moved else last
            self.settle_nets(0.0)
        return last

    # ------------------------------------------------------------------ transients

    def begin(self, double t):
        """Start a transient at `t` from an operating point. [s]"""
        cdef int k
        cdef double *p
        self.starting, self.bent = False, False
        self.queue.clear()
        for k in range(self.n_ramps):
            p = self.sources.ramp(self.ramps[k].source)
            p[2] = p[3] = t
        for k in range(self.n_nets):
            self.queue.note(t, k, self.nets[k])
        for k in range(self.n_parts):
            if self.again[k] < INFINITY:
                self.queue.remind(self.again[k], k)

    cdef double due(self) noexcept nogil:
        """Time of the next known event. [s]"""
        return self.queue.first()

    cdef void happen(self, double t) noexcept nogil:
        """Process the events up to a time."""
        cdef double moment
        cdef Event event
        while True:
            moment = self.queue.first()
            if not moment <= t:
                return
            while self.queue.first() <= moment * (1.0 + SAME):
                event = self.queue.pop()
                if event.driver < 0:
                    self.ask(-1 - event.driver)
                else:
                    self.tell(event.driver, event.value)
            self.settle_nets(moment)
            self.answer_all(moment)

    cdef double foreseen(self, const Step *s) noexcept nogil:
        """First time at which an output changes due to a crossing in a step; infinity if none does. [s]"""
        cdef int k, level
        cdef const Crossing *c
        cdef double found = INFINITY, t
        for k in range(self.n_crossings):
            c = &self.crossings[k]
            level = taken_for(c, s.x_new[c.node])
            if level == c.level:
                continue
            # The level that it passes first: the lower one coming from zero, the upper one coming from one.
            if c.level == ZERO or (c.level == UNKNOWN and level == ZERO):
                t = passage(s, c.node, c.low)
            else:
                t = passage(s, c.node, c.high)
            found = fmin(found, t + delay_to(level, c.level, c.rise, c.fall))
        return found

    cdef int accept(self, const Step *s, double close) noexcept nogil:
        """Process the crossings of a step of the circuit, and the events until `close` after its end."""
        cdef int k, level
        cdef Crossing *c
        self.frame.x = s.x_new
        self.bent = False
        for k in range(self.n_crossings):
            c = &self.crossings[k]
            level = taken_for(c, s.x_new[c.node])
            if level != c.level:
                self.pass_levels(c, level, s)
        self.happen(s.t + s.h + close)
        return NO_MEMORY if self.queue.failed else OK

    cdef void pass_levels(self, Crossing *c, int level, const Step *s) noexcept nogil:
        """Queue the new level of a voltage, passing through unknown between zero and one."""
        cdef double t
        if c.level != UNKNOWN and level != UNKNOWN and c.high > c.low:
            t = passage(s, c.node, c.low if c.level == ZERO else c.high)
            t += delay_to(UNKNOWN, c.level, c.rise, c.fall)
            self.queue.put(t, c.driver, UNKNOWN, False, self.now[c.driver])
            c.level = UNKNOWN
        t = passage(s, c.node, c.low if c.level == ZERO or level == ZERO else c.high)
        t += delay_to(level, c.level, c.rise, c.fall)
        self.queue.put(t, c.driver, <unsigned char>level, False, self.now[c.driver])
        c.level = level

    # ------------------------------------------------------------------ results

    def values(self):
        """Present values of the nets, shape (nets,)."""
        return np.array(<unsigned char[:self.n_nets + 1]>self.nets)[:self.n_nets]

    def changes(self):
        """Recorded changes of nets: times [s], nets, values."""
        cdef Py_ssize_t k, n = self.queue.n_changes
        cdef double[::1] times = np.empty(n)
        cdef int[::1] nets = np.empty(n, dtype=np.int32)
        cdef unsigned char[::1] values = np.empty(n, dtype=np.uint8)
        for k in range(n):
            times[k] = self.queue.changes[k].t
            nets[k], values[k] = self.queue.changes[k].net, self.queue.changes[k].value
        return np.asarray(times), np.asarray(nets), np.asarray(values)
