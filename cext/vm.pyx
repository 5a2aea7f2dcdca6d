"""Bytecode programs: equations that arrive at run time, at C speed without a compiler."""

from libc.stdlib cimport calloc, free

from circuitnn._cext.kernel cimport KernelHandle

import numpy as np

cdef extern from "vm.h" nogil:
    int cnn_isa(int wanted)

OPERATIONS = tuple(cnn_op_names[i].decode() for i in range(CNN_OPS))
BEST_ISA = cnn_isa(2)


cdef class Program:
    """A register program.

    Parameters
    ----------
    steps : sequence of (operation, destination, a, b, c)
        Slots are numbered in the order constants, columns, inputs, globals, registers, outputs.
    constants : sequence of float
    sizes : tuple of int
        Numbers of columns, inputs, registers, outputs.
    tables : sequence of (xs, ys)
    """

    def __cinit__(self, steps, constants, sizes, tables=()):
        cdef Py_ssize_t i
        cdef cnn_program *p = &self.program
        self.steps = np.array(steps, dtype=np.int32).reshape(-1, 5)
        self.constants = np.array(constants, dtype=float)
        p.n_steps, p.n_constants = len(self.steps), len(self.constants)
        p.n_columns, p.n_inputs, p.n_registers, p.n_outputs = sizes
        # registers should stay in the first-level cache: 32 KiB of them
        p.block = min(CNN_BLOCK, max(8, 4096 // max(1, p.n_registers + 4) // 8 * 8))
        self.blocks = np.repeat(self.constants, p.block)
        self._check(len(tables))
        self._point()
        self.tables = <cnn_table *>calloc(len(tables) + 1, sizeof(cnn_table))
        if not self.tables:
            raise MemoryError()
        self.numbers = []
        for i, (xs, ys) in enumerate(tables):
            self._add_table(i, np.array(xs, dtype=float), np.array(ys, dtype=float))
        p.tables = self.tables

    def __dealloc__(self):
        free(self.tables)

    cdef _point(self):
        cdef const int[:, ::1] steps = self.steps
        cdef const double[::1] constants = self.constants
        cdef const double[::1] blocks = self.blocks
        if steps.shape[0]:
            self.program.steps = <const cnn_step *>&steps[0, 0]
        if constants.shape[0]:
            self.program.constants = &constants[0]
            self.program.constant_blocks = &blocks[0]

    cdef _add_table(self, Py_ssize_t i, xs, ys):
        cdef const double[::1] x = xs
        cdef const double[::1] y = ys
        slopes = np.diff(ys) / np.diff(xs)
        cdef const double[::1] s = slopes
        self.numbers += [xs, ys, slopes]
        self.tables[i].n = <int>len(xs)
        self.tables[i].xs, self.tables[i].ys, self.tables[i].slopes = &x[0], &y[0], &s[0]

    def _check(self, n_tables):
        """Check all slots: a wrong one would access memory out of bounds."""
        cdef cnn_program *p = &self.program
        steps = self.steps
        first = p.n_constants + p.n_columns + p.n_inputs + 2
        slots = first + p.n_registers + p.n_outputs
        if not len(steps):
            return
        uses_table = np.isin(steps[:, 0], [OPERATIONS.index("pwl"), OPERATIONS.index("pwc")])
        two = np.isin(steps[:, 0], [OPERATIONS.index("sinhcosh"), OPERATIONS.index("sincos")])
        good = (
            np.all((steps[:, 0] >= 0) & (steps[:, 0] < CNN_OPS))
            and np.all((steps[:, 1] >= first) & (steps[:, 1] < slots))
            and np.all((steps[:, 2:4] >= 0) & (steps[:, 2:4] < slots))
            and np.all(steps[two, 3] >= first)
            and np.all((steps[:, 4] >= 0) & (steps[:, 4] < np.where(uses_table, n_tables, slots)))
        )
        if not good:
            raise ValueError("bytecode refers to a slot that does not exist")

    def handle(self, int isa=2):
        """Make the program a kernel, for the best instruction set up to `isa` (0, 1 or 2)."""
        cdef KernelHandle handle = KernelHandle.__new__(KernelHandle)
        handle.eval = cnn_interpreter(isa)
        handle.context = &self.program
        handle.owner = self
        handle.n_inputs = self.program.n_inputs
        handle.n_columns = self.program.n_columns
        handle.n_outputs = self.program.n_outputs
        handle.backend = "bytecode"
        return handle
