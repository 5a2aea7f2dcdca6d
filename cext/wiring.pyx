"""The wiring of logic: nets, parts, drivers and readers of each net, and connections to the circuit."""

import numpy as np

from libc.stdlib cimport calloc, free

from circuitnn._cext.crossing cimport Crossing
from circuitnn._cext.part cimport Part
from circuitnn._cext.store cimport Store

cdef dict KINDS = {"gate": GATE, "tristate": TRISTATE, "pull": PULL, "lookup": LOOKUP,
                   "flipflop": FLIPFLOP, "latch": LATCH, "divider": DIVIDER, "player": PLAYER,
                   "oscillator": OSCILLATOR, "machine": MACHINE, "store": STORE}


cdef class Wiring:
    """Nets and the parts between them.

    Parameters
    ----------
    nets : int
        Number of nets.
    parts : list of (str, list of int, list of bool, int, ndarray, ndarray, int)
        Kind, net of each input (-1: none), whether it is inverted, number of outputs, numbers, table, size of
        its memory.
    outputs : list of (int, bool, int)
        Net of each driver (-1: none), whether it is inverted, its inertia: drivers of the parts in their
        order, then those of the crossings.
    crossings : list of (int, float, float, float, float)
        Unknown, levels of zero and one [V], delays of rise and fall [s].
    ramps : list of (int, int, int, sequence of 12 floats, float, float)
        Net, driver to leave out or -1, row of the source, target for each value, speed upwards and downwards
        [1/s].
    constants : float64 array
        DC values of the sources.
    """

    def __cinit__(self, *args, **kwargs):
        self.parts, self.crossings, self.ramps = NULL, NULL, NULL

    def __dealloc__(self):
        free(self.parts)
        free(self.crossings)
        free(self.ramps)

    def __init__(self, int nets, list parts not None, list outputs not None, list crossings not None,
                 list ramps not None, double[::1] constants not None):
        self.n_nets, self.n_parts, self.n_drivers = nets, len(parts), len(outputs)
        self.n_crossings, self.n_ramps = len(crossings), len(ramps)
        self.store, self.constants = Store(), constants
        self.parts = <Part *>calloc(self.n_parts + 1, sizeof(Part))
        self.crossings = <Crossing *>calloc(self.n_crossings + 1, sizeof(Crossing))
        self.ramps = <Ramp *>calloc(self.n_ramps + 1, sizeof(Ramp))
        if self.parts == NULL or self.crossings == NULL or self.ramps == NULL:
            raise MemoryError
        driver = self._set_parts(parts)
        self._set_crossings(crossings, driver)
        self._set_ramps(ramps)
        self._connect(parts, outputs, ramps)
        most = max([1] + [part[3] for part in parts])
        self.nets, self.now = self.store.flags(np.zeros(nets)), self.store.flags(np.zeros(self.n_drivers))
        self.want = self.store.flags(np.zeros(self.n_drivers))
        self.is_asked = self.store.flags(np.zeros(self.n_parts + self.n_ramps))
        self.asked = self.store.integers(np.zeros(self.n_parts + self.n_ramps + 1))
        self.moved = self.store.integers(np.zeros(self.n_drivers + 1))
        self.again = self.store.numbers(np.full(self.n_parts + 1, np.inf))
        self.frame.value, self.frame.delay = self.store.flags(np.zeros(most)), self.store.reals(most)
        self.frame.nets = self.nets

    cdef int _set_parts(self, list parts) except -1:
        """Fill the parts; returns their number of outputs."""
        cdef Part *p = self.parts
        cdef int driver = 0
        for kind, inputs, flips, outputs, numbers, table, memory in parts:
            p.kind, p.n_in, p.n_out, p.driver = KINDS[kind], len(inputs), outputs, driver
            p.inputs = self.store.integers(inputs)
            p.flips = self.store.flags(flips)
            p.numbers, p.table, p.n_table = self.store.numbers(numbers), self.store.numbers(table), len(table)
            p.memory = self.store.reals(memory)
            driver += outputs
            p += 1
        return driver

    cdef int _set_crossings(self, list crossings, int driver) except -1:
        cdef Crossing *c = self.crossings
        for c.node, c.low, c.high, c.rise, c.fall in crossings:
            c.driver = driver
            driver += 1
            c += 1
        return 0

    cdef int _set_ramps(self, list ramps) except -1:
        cdef Ramp *r = self.ramps
        cdef int k
        for r.net, r.driver, r.source, targets, r.up, r.down in ramps:
            for k in range(12):
                r.targets[k] = targets[k]
            r += 1
        return 0

    cdef int _connect(self, list parts, list outputs, list ramps) except -1:
        """List the drivers and readers of each net."""
        drivers = [[] for _ in range(self.n_nets)]
        readers = [[] for _ in range(self.n_nets)]
        for k, (net, _, _) in enumerate(outputs):
            if net >= 0:
                drivers[net].append(k)
        for k, inputs in enumerate([*(p[1] for p in parts), *((r[0],) for r in ramps)]):
            for net in dict.fromkeys(inputs):
                if net >= 0:
                    readers[net].append(k)
        self.net_of = self.store.integers([net for net, _, _ in outputs])
        self.flips = self.store.flags([flip for _, flip, _ in outputs])
        self.inertia = self.store.flags([inertia for _, _, inertia in outputs])
        self.drivers_start = self.store.integers(np.cumsum([0, *map(len, drivers)]))
        self.drivers_of = self.store.integers([k for of in drivers for k in of])
        self.readers_start = self.store.integers(np.cumsum([0, *map(len, readers)]))
        self.readers = self.store.integers([k for of in readers for k in of])
        return 0
