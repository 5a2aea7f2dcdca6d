from circuitnn._cext.assembly cimport Assembly
from circuitnn._cext.conditions cimport Point
from circuitnn._cext.group cimport Group
from circuitnn._cext.portion cimport Rows
from circuitnn._cext.store cimport Store
from circuitnn._cext.teams cimport Team


cdef struct Part:
    # The unknowns of a thread: those in the matrix (0), and those inside devices (1).
    Py_ssize_t[2] first
    Py_ssize_t[2] end
    bint limited            # whether it has limited an instance in the last load
    bint fell               # whether an event has happened in it where the end of a step was guessed


cdef struct Task:
    # Arguments of the present task.
    const double *x
    double *y
    double alpha
    const double *history
    const Point *point
    bint anew               # whether the constant part of the Jacobian must be made


cdef class SharedAssembly(Assembly):
    """An assembly by a team of threads."""
    cdef readonly Team team
    cdef Part *parts
    cdef Task task
    cdef Rows G, C
    cdef Store rows_of_G, rows_of_C
    cdef const int *columns     # starts of the Jacobian's columns
    cdef int divide(self) except -1
    cdef void instances(self, Py_ssize_t i, int part, Group *own) noexcept nogil
    cdef bint with_inner(self, Py_ssize_t i, int part, Group *own) noexcept nogil
