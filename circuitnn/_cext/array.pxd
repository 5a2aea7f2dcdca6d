from circuitnn._cext.array_state cimport ArrayState
from circuitnn._cext.array_work cimport Workspace
from circuitnn._cext.cells cimport Cells


cdef class ArraySolver(ArrayState):
    cdef object raised                  # exception of Python code called in the loop, to be raised after it
    cdef object grid                    # CoarseGrid; False: none; None: not decided yet
    cdef Workspace work                 # of the present iteration
    cdef readonly ptrdiff_t iterations
    cdef readonly Py_ssize_t newton_iterations, factorisations
    cdef readonly double error          # largest KCL error of a line, in units of its tolerance
    cdef readonly Py_ssize_t worst      # the line with this error: word line i, or m + bit line j
    cdef public double rtol, atol
    cdef public Py_ssize_t max_newton, max_iterations
    cdef double *noise                  # (m + n) rounding error of each line's residual
    cdef double solved_scale            # scale of the residual from which the present step was computed
    cdef Workspace workspace(self, bint single, bint iterates)
    cdef double measure(self, double *norm) noexcept nogil
    cdef int look(self, Cells cells, double *norm) noexcept nogil
    cdef double accuracy(self, Cells cells, Py_ssize_t turn, double ratio) noexcept nogil
    cdef int coarsen(self) noexcept nogil
    cdef int step(self, Cells cells, double eta) noexcept nogil
    cdef void move(self, double size) noexcept nogil
    cdef int widen(self) noexcept nogil
    cdef bint settled(self, double *norm, bint noisy) noexcept nogil
    cdef int retreat(self, Cells cells, double *taken) noexcept nogil
    cdef int newton(self, Cells cells) noexcept nogil
