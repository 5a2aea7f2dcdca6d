"""Callable kernels: one C calling convention for all code generators."""

from cpython.pycapsule cimport PyCapsule_GetPointer

from importlib import import_module
from time import perf_counter

import numpy as np

cdef extern from "isa.h" nogil:
    int cnn_isa(int wanted)


cdef class KernelHandle:
    """A callable kernel: function pointer, its context, and the owner that keeps the context alive."""

    @property
    def carry(self):
        """Handle of the kernel that updates columns at accepted points; None if there are none."""
        return self.carried

    @carry.setter
    def carry(self, KernelHandle handle not None):
        if handle.n_inputs != self.n_inputs or handle.n_columns != self.n_columns:
            raise ValueError("what accepted points change depends on other numbers than the kernel")
        self.carried = handle

    def evaluate(self, x, columns=(), globals_=(0.0, 0.0)):
        """Evaluate the kernel for n instances.

        Parameters
        ----------
        x : array, shape (inputs, n)
            Local unknowns.
        columns : array, shape (columns, n)
            The instances' numbers.
        globals_ : array, shape (2,)
            Time [s] and gmin [S].

        Returns
        -------
        ndarray, shape (outputs, n)
        """
        cdef const double[:, ::1] x_view = np.ascontiguousarray(x, dtype=float)
        cdef Py_ssize_t n = x_view.shape[1]
        wanted = np.zeros((1, n))  # something to point at
        if self.n_columns:
            given = np.asarray(columns, dtype=float).reshape(self.n_columns, -1)
            if given.shape[1] != n:
                given = np.broadcast_to(given, (self.n_columns, n))
            wanted = np.ascontiguousarray(given)
        result = np.empty((self.n_outputs, n))
        if x_view.shape[0] != self.n_inputs:
            raise ValueError(f"expected {self.n_inputs} rows of unknowns, got {x_view.shape[0]}")
        if n == 0 or self.n_outputs == 0:
            return result
        cdef const double[:, ::1] columns_view = wanted
        cdef const double[::1] globals_view = np.array(globals_, dtype=float)
        cdef double[:, ::1] out = result
        if globals_view.shape[0] != CNN_GLOBALS:
            raise ValueError(f"expected {CNN_GLOBALS} globals")
        with nogil:
            self.eval(self.context, n, 0, n, &x_view[0, 0], &columns_view[0, 0], &globals_view[0], &out[0, 0])
        return result

    def seconds(self, x, columns, Py_ssize_t repetitions):
        """Time of one evaluation of all instances, measured over many without Python in between. [s]"""
        cdef const double[:, ::1] x_view = np.ascontiguousarray(x, dtype=float)
        cdef Py_ssize_t n = x_view.shape[1], _turn
        cdef const double[:, ::1] columns_view = np.array(columns, dtype=float).reshape(-1, n)
        cdef double[:, ::1] out = np.empty((self.n_outputs, n))
        cdef double[2] globals_ = [0.0, 1e-12]
        if x_view.shape[0] != self.n_inputs or columns_view.shape[0] != max(1, self.n_columns):
            raise ValueError("x or columns have the wrong number of rows")
        started = perf_counter()
        with nogil:
            for _turn in range(repetitions):
                self.eval(self.context, n, 0, n, &x_view[0, 0], &columns_view[0, 0], globals_, &out[0, 0])
        return (perf_counter() - started) / repetitions


def native_handle(str name, str digest):
    """Handle of the kernel compiled into the package under this name, or None.

    A kernel whose digest differs, made from other equations than those requested, is not used.
    """
    try:
        module = import_module(f"circuitnn._cext.kernel_{name}")
    except ImportError:
        return None
    if module.digest != digest:
        return None
    handle = loaded_handle(<size_t>PyCapsule_GetPointer(module.kernel, NULL), module.sizes, module, "native")
    if module.carry is not None:
        capsule, count = module.carry
        sizes = (*module.sizes[:2], count)
        handle.carry = loaded_handle(<size_t>PyCapsule_GetPointer(capsule, NULL), sizes, module, "native")
    return handle


def loaded_handle(size_t address, tuple sizes, owner, str backend):
    """Handle of a kernel that is already loaded.

    Parameters
    ----------
    address : int
        Address of a function declared as in kernel.h.
    sizes : (int, int, int)
        Numbers of inputs, columns and outputs.
    owner : object
        Module or library that must live as long as the handle.
    backend : str
        Name of the backend.
    """
    cdef KernelHandle handle = KernelHandle.__new__(KernelHandle)
    handle.eval = <cnn_eval>address
    handle.context = NULL
    handle.owner = owner
    handle.n_inputs, handle.n_columns, handle.n_outputs = sizes
    handle.backend = backend
    return handle


def machine_isa():
    """Instruction set for which kernels are compiled on this machine: 0, 1 or 2; see isa.h."""
    return cnn_isa(2)
