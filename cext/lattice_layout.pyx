"""The layout of a lattice: its cells in rows of their unknowns, in tiles, and what couples them.

An unknown of all cells of a kind is a row of each vector; between rows there is room for the neighbours that
cells at an edge do not have. See lattice.h for the data.
"""

import numpy as np

from libc.math cimport fabs
from libc.string cimport memcpy

from circuitnn._cext.group cimport Group

LARGEST_CELL = CNN_CELL     # most unknowns of a cell

cdef enum:
    ROOM = 8                # rows begin at multiples of this


cdef class Layout:
    """The cells of a circuit, and what they have in common.

    Parameters
    ----------
    system : Assembly
    structure : Structure
        See circuitnn/system/lattice.py.
    """

    def __init__(self, Assembly system not None, structure):
        self.system = system
        self.store, self.kept = Store(), []
        self.place_cells(structure)
        self.number_unknowns(structure)
        self.place_links(structure.links)
        self.place_rails(structure)

    cdef void *room(self, size_t count) except NULL:
        """Zeroed bytes that live as long as the lattice, at the beginning of a cache line."""
        cdef unsigned char[::1] made = np.zeros(count + 64, dtype=np.uint8)
        self.kept.append(made)
        return <void *>((<size_t>&made[0] + 63) // 64 * 64)

    cdef double *vector(self) except NULL:
        return <double *>self.room(self.size * sizeof(double))

    cdef double *numbers(self, const double[::1] values) except NULL:
        """A copy of numbers, at the beginning of a cache line."""
        cdef double *made = <double *>self.room(values.shape[0] * sizeof(double))
        memcpy(made, &values[0], values.shape[0] * sizeof(double))
        return made

    cdef int place_cells(self, structure) except -1:
        """Lay out the rows of all cells, and the tiles."""
        cdef Py_ssize_t lo, halo, i, k
        cdef cnn_cells *c
        self.n_cells = len(structure.cells)
        self.cells = <cnn_cells *>self.room(self.n_cells * sizeof(cnn_cells))
        halo = self.halo(structure)
        self.size, self.n_tiles = halo, 0
        tiles = []
        for i, cells in enumerate(structure.cells):
            c = &self.cells[i]
            self.describe(c, self.system.groups[i], cells)
            for k in range(c.m):
                c.start[k] = self.size
                self.size += (c.n + halo + ROOM - 1) // ROOM * ROOM
            tiles += [(i, lo, min(lo + CNN_TILE, c.n)) for lo in range(0, c.n, CNN_TILE)]
        self.tiles, self.n_tiles = <Tile *>self.room(len(tiles) * sizeof(Tile)), len(tiles)
        for i, tile in enumerate(tiles):
            self.tiles[i].cells, self.tiles[i].lo, self.tiles[i].hi = tile
        self.vectors.x, self.vectors.dx = self.vector(), self.vector()
        self.vectors.made[0], self.vectors.made[1] = self.vector(), self.vector()
        self.vectors.q, self.vectors.history = self.vector(), self.vector()
        return 0

    cdef Py_ssize_t halo(self, structure) except -1:
        """Places between two rows, for the neighbours that cells at an edge do not have."""
        cdef Py_ssize_t most = 0
        for link in structure.links:
            if link.of is None:
                continue
            others = structure.cells[link.of[0]].unknowns.shape[1]
            most = max(most, -link.offset, len(link.values) + link.offset - others)
        return (most + ROOM - 1) // ROOM * ROOM + ROOM

    cdef int describe(self, cnn_cells *c, const Group *g, cells) except -1:
        """What the equations of some cells consist of."""
        cdef Py_ssize_t i
        c.m, c.n = cells.unknowns.shape
        c.inputs, c.stride = <int>g.inputs, g.stride
        c.row_of = self.store.integers(cells.row_of)
        unknowns = np.zeros((c.m, c.stride), dtype=np.int32)
        unknowns[:, :c.n] = cells.unknowns
        c.unknowns = self.store.integers(unknowns)
        c.nonzero = self.store.flags(cells.nonzero.ravel())
        c.inputs_at, c.out = g.x, g.out
        c.factors = <double *>self.room(c.m * c.m * c.stride * sizeof(double))
        for i in range(c.m):
            c.relative[i], c.x_tolerance[i], c.f_tolerance[i] = cells.tolerances[:, i]
        c.f, c.n_f = self.stamps(cells.stamps.f), len(cells.stamps.f)
        c.q, c.n_q = self.stamps(cells.stamps.q), len(cells.stamps.q)
        c.G, c.n_G = self.stamps(cells.stamps.G), len(cells.stamps.G)
        c.C, c.n_C = self.stamps(cells.stamps.C), len(cells.stamps.C)
        return 0

    cdef const cnn_stamp *stamps(self, list places) except NULL:
        """Where some outputs of a kernel belong."""
        cdef cnn_stamp *made = <cnn_stamp *>self.room(len(places) * sizeof(cnn_stamp))
        cdef Py_ssize_t k
        for k, place in enumerate(places):
            made[k].to, made[k].output = place
        return made

    cdef int place_links(self, list links) except -1:
        """List what is constant in the equations of all cells."""
        cdef Py_ssize_t i, k
        cdef cnn_cells *c
        cdef cnn_link *made
        for i in range(self.n_cells):
            c = &self.cells[i]
            own = [link for link in links if link.to[0] == i]
            made = <cnn_link *>self.room(len(own) * sizeof(cnn_link))
            for k, link in enumerate(own):
                made[k].row, made[k].charge, made[k].entry = link.to[1], link.charge, -1
                made[k].values = self.numbers(link.values)
                if link.of is None:
                    made[k].others = self.store.integers([self.number[unknown] for unknown in link.others])
                    continue
                made[k].from_ = self.cells[<int>link.of[0]].start[<int>link.of[1]] + link.offset
                if link.of[0] == i and link.offset == 0:
                    made[k].entry = c.m * link.to[1] + link.of[1]
            c.links, c.n_links = made, len(own)
        return 0

    cdef int number_unknowns(self, structure) except -1:
        """Number the unknowns of cells by their places in vectors; the others come last."""
        cdef Py_ssize_t i
        number = self.size + np.arange(self.system.n + 1)
        for i in range(self.n_cells):
            for row, unknowns in enumerate(structure.cells[i].unknowns):
                number[unknowns] = self.cells[i].start[<int>row] + np.arange(len(unknowns))
        self.number = self.store.integers(number)
        return 0

    cdef int place_rails(self, structure) except -1:
        """List the equations of unknowns outside of cells, what these feed to cells, and the sources."""
        cdef Py_ssize_t i
        cdef Py_ssize_t n = self.system.n, size = self.size
        self.n_rails = len(structure.rails)
        self.rails = <Rail *>self.room(self.n_rails * sizeof(Rail))
        begin = 0
        for i, rail in enumerate(structure.rails):
            self.rails[i].unknown, self.rails[i].equation = rail.unknown, rail.equation
            self.rails[i].coefficient, self.rails[i].first = rail.coefficient, rail.first
            self.rails[i].begin, self.rails[i].end = begin, begin + len(rail.others)
            begin = self.rails[i].end
        self.others = self.store.integers([k for rail in structure.rails for k in rail.others])
        self.values = self.store.numbers([value for rail in structure.rails for value in rail.values])
        self.known = <double *>self.room((size + n + 1) * sizeof(double))
        self.vectors.fixed = self.known
        equations, rails, values = structure.feeds
        self.n_feeds = len(values)
        self.fed = self.store.integers([self.number[equation] for equation in equations])
        self.feeding = self.store.integers(rails)
        self.feeds = self.store.numbers(values)
        plus = [self.number[self.system.source_plus[i]] for i in range(self.system.sources.n)]
        minus = [self.number[self.system.source_minus[i]] for i in range(self.system.sources.n)]
        self.source_plus, self.source_minus = self.store.integers(plus), self.store.integers(minus)
        return 0

    cdef double slope(self, int unknown) noexcept nogil:
        """Magnitude of the Jacobian's diagonal in an equation of a cell, at the last evaluation."""
        cdef Py_ssize_t i, k
        cdef int s, row
        cdef double total = 0.0
        cdef const cnn_cells *c
        for i in range(self.n_cells):
            c = &self.cells[i]
            for row in range(c.m):
                k = self.number[unknown] - c.start[row]
                if not 0 <= k < c.n:
                    continue
                for s in range(c.n_G):
                    if c.G[s].to == row * (c.m + 1):
                        total += c.out[c.G[s].output * c.stride + k]
                for s in range(c.n_C):
                    if c.C[s].to == row * (c.m + 1):
                        total += self.vectors.alpha * c.out[c.C[s].output * c.stride + k]
                for s in range(c.n_links):
                    if c.links[s].entry == row * (c.m + 1):
                        total += (self.vectors.alpha if c.links[s].charge else 1.0) * c.links[s].values[k]
                return fabs(total)
        return 0.0
