"""A declared crossbar array: its line ends and segments, and the voltages of its nodes.

Voltages are kept relative to a reference of each line, so that small differences along a line are not
rounded away.
"""

import numpy as np

from circuitnn._cext.array_work cimport cnn_array_voltages


cdef class ArrayState:
    """One array with its line ends.

    Parameters
    ----------
    m, n : int
        Word lines (rows) and bit lines (columns).
    word_links : array, shape (m,) or (m, n - 1)
        Conductances of the segments, all alike along a line or each its own. [S]
    bit_links : array, shape (n,) or (m - 1, n)
    ends : four arrays, shapes (m,), (m,), (n,), (n,)
        Conductances at the left, right, top and bottom ends of the lines: 0 for an open end, infinity where
        the node itself is held. [S]
    held : two arrays of bool, shapes (m,), (n,), optional
        Lines without resistance that are held as a whole; their links must be 0.
    joined : two `Joined` or None, optional
        Other nodes that segments without resistance join, of word and of bit lines; their links must be 0.
    """

    def __init__(self, Py_ssize_t m, Py_ssize_t n, word_links, bit_links, ends, held=(False, False),
                 joined=(None, None)):
        cdef const double[::1] view
        cdef const unsigned char[::1] flags
        cdef Py_ssize_t k
        if min(m, n) < 1:
            raise ValueError("an array has at least one row and one column")
        self.kept, self.arrays = [], {}
        self.s.m, self.s.n = m, n
        word = np.array(word_links, dtype=np.float64)
        # One spare entry, so that there is always an address.
        view = self.keep(np.append(word, 0.0))
        self.s.a = &view[0]
        self.s.aj = word.ndim == 2
        self.s.ai = n - 1 if self.s.aj else 1
        bit = np.array(bit_links, dtype=np.float64)
        view = self.keep(np.append(bit, np.zeros(n)))
        self.s.c, self.s.ci = &view[0], n if bit.ndim == 2 else 0
        self.wires = word, bit, [np.array(end, dtype=np.float64) for end in ends]
        for k in range(4):
            view = self.keep(np.array(ends[k], dtype=np.float64))
            if view.shape[0] != (m if k < 2 else n):
                raise ValueError("the ends do not fit the array")
            self.s.ends[k] = &view[0]
        flags = self.keep(np.array(np.broadcast_to(held[0], m), dtype=np.uint8))
        self.s.word_held = &flags[0]
        flags = self.keep(np.array(np.broadcast_to(held[1], n), dtype=np.uint8))
        self.s.bit_held = &flags[0]
        self.joined = [None if one is None else one.flags for one in joined]
        self.pinned = [mask for one in joined for mask in ((None, None) if one is None else one.held)]
        self.s.g = self.matrix("g")
        self.s.h = self.s.g
        self.s.current = NULL
        self.s.xw, self.s.xb = self.matrix("xw"), self.matrix("xb")
        self.s.word_sums = self.vector("word_sums", 2 * m)
        self.s.bit_sums = self.vector("bit_sums", 2 * n)
        self.s.buffer = self.vector("buffer", 3 * n + 1)

    def keep(self, array):
        """Keep an array alive; returns it."""
        self.kept.append(array)
        return array

    cdef double *matrix(self, str name) except NULL:
        return self.vector(name, self.s.m * self.s.n)

    cdef double *vector(self, str name, Py_ssize_t count) except NULL:
        self.arrays[name] = np.zeros(count)
        cdef double[::1] view = self.arrays[name]
        return &view[0]

    def hold(self, held, word_ref, bit_ref, gate=None):
        """Set the lines' references and the voltages of their ends [V], and start from the references.

        Directly held nodes are at their voltages from here on, since no step moves them.

        Parameters
        ----------
        held : four arrays, shapes (m,), (m,), (n,), (n,)
        word_ref, bit_ref : arrays, shapes (m,), (n,)
        gate : array, shape (m, 1) or (1, n), optional
            Voltages of the gate lines along the rows or along the columns.
        """
        cdef double[::1] view
        cdef Py_ssize_t k
        if gate is not None:
            self.set_gate(gate)
        self.arrays["xw"][:], self.arrays["xb"][:] = 0.0, 0.0
        view = self.arrays["word_ref"] = np.array(word_ref, dtype=np.float64)
        self.s.word_ref = &view[0]
        view = self.arrays["bit_ref"] = np.array(bit_ref, dtype=np.float64)
        self.s.bit_ref = &view[0]
        for k in range(4):
            view = self.arrays["given", k] = np.array(held[k], dtype=np.float64)
            self.s.given[k] = &view[0]
            own = self.arrays["given", k] - self.arrays["word_ref" if k < 2 else "bit_ref"]
            self.arrays[k] = own
            view = own
            self.s.held[k] = &view[0]
            nodes = self.word_deviation.T if k < 2 else self.bit_deviation
            end = 0 if k % 2 == 0 else len(nodes) - 1  # compiled without negative indices
            np.copyto(nodes[end], own, where=np.isinf(self.wires[2][k]))
            if self.pinned[k] is not None:
                np.copyto(nodes, own, where=self.pinned[k].T if k < 2 else self.pinned[k])

    def set_gate(self, gate):
        """Allocate the arrays that cells with a gate need."""
        cdef double[::1] view
        values = np.array(gate, dtype=np.float64)
        if values.shape not in ((self.s.m, 1), (1, self.s.n)):
            raise ValueError("the gate lines do not fit the array")
        # A single gate line serves every cell, whichever way it runs.
        self.s.gate_i, self.s.gate_j = values.shape[0] > 1, values.shape[1] > 1
        self.arrays["gate"] = values.ravel()
        view = self.arrays["gate"]
        self.s.gate = &view[0]
        self.s.h = self.matrix("h")

    @property
    def merges(self):
        """Whether segments without resistance join nodes of lines that are not held as a whole."""
        return any(one is not None for one in self.joined)

    @property
    def word_deviation(self):
        """Voltages of the word nodes relative to their line's reference, shape (m, n). [V]"""
        return self.arrays["xw"].reshape(self.s.m, self.s.n)

    @property
    def bit_deviation(self):
        """Voltages of the bit nodes relative to their line's reference, shape (m, n). [V]"""
        return self.arrays["xb"].reshape(self.s.m, self.s.n)

    @property
    def references(self):
        """References of the word lines and of the bit lines. [V]"""
        return self.arrays["word_ref"], self.arrays["bit_ref"]

    @property
    def cell_voltage(self):
        """Voltage of each cell, shape (m, n). [V]"""
        made = np.empty((self.s.m, self.s.n))
        cdef double[:, ::1] view = made
        cnn_array_voltages(&self.s, &view[0, 0])
        return made

    @property
    def cell_current(self):
        """Current of each cell at the last nonlinear solution, shape (m, n). [A]"""
        return self.arrays["current"].reshape(self.s.m, self.s.n)
