from circuitnn._cext.array_work cimport Workspace, cnn_array
from circuitnn._cext.cells cimport Cells


cdef class ArraySolver:
    cdef object kept, arrays, wires
    cdef object raised                  # by what the loop called in Python, to be raised after it
    cdef object grid                    # CoarseGrid, False where there is none, None before that is known
    cdef cnn_array s
    cdef Workspace work                 # of the iteration now
    cdef readonly ptrdiff_t iterations
    cdef readonly Py_ssize_t newton_iterations, factorisations
    cdef readonly double error          # largest KCL error of a line, in units of its tolerance
    cdef readonly Py_ssize_t worst      # that line: word line i, or m + bit line j
    cdef public double rtol, atol
    cdef public Py_ssize_t max_newton, max_iterations
    cdef double *noise                  # (m + n) what rounding makes of each line's residual
    cdef double solved_scale            # that of the residual the present step is for
    cdef double *matrix(self, str name) except NULL
    cdef double *vector(self, str name, Py_ssize_t count) except NULL
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
