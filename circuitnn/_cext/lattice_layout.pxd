from circuitnn._cext.assembly cimport Assembly
from circuitnn._cext.group cimport Group
from circuitnn._cext.store cimport Store


cdef extern from "largest.h" nogil:
    ctypedef struct cnn_quotients:
        ptrdiff_t lanes
    void cnn_no_quotients(cnn_quotients *q, ptrdiff_t n)
    double cnn_largest(const cnn_quotients *q, double found)


cdef extern from "lattice.h" nogil:
    enum:
        CNN_CELL            # most unknowns of a cell
        CNN_TILE            # cells at a time
    ctypedef struct cnn_stamp:
        int to, output
    ctypedef struct cnn_link:
        int row, charge, entry
        ptrdiff_t from_ "from"
        const int *others
        const double *values
    ctypedef struct cnn_cells:
        ptrdiff_t n, stride
        int m, inputs, n_f, n_q, n_G, n_C, n_links
        ptrdiff_t start[8]
        const int *row_of
        const int *unknowns
        const cnn_stamp *f
        const cnn_stamp *q
        const cnn_stamp *G
        const cnn_stamp *C
        const cnn_link *links
        const unsigned char *nonzero
        double relative[8]
        double x_tolerance[8]
        double f_tolerance[8]
        double *inputs_at
        double *out
        double *factors
    ctypedef struct cnn_lattice:
        double alpha, rounding, slight
        double *x
        double *dx
        double *made[2]
        double *q
        double *history
        double *fixed
        int kept
    ctypedef struct cnn_found:
        cnn_quotients norm, moved, residual
        int rough, far, bad
    ctypedef struct cnn_lattice_code:
        void (*take)(const cnn_lattice *l, const cnn_cells *c, ptrdiff_t lo, ptrdiff_t hi, const double *x,
                     const double *history) noexcept nogil
        void (*place)(const cnn_lattice *l, const cnn_cells *c, ptrdiff_t lo, ptrdiff_t hi) noexcept nogil
        void (*correct)(const cnn_lattice *l, const cnn_cells *c, ptrdiff_t lo, ptrdiff_t hi,
                        cnn_found *found) noexcept nogil
        void (*exchange)(const cnn_lattice *l, const cnn_cells *c, ptrdiff_t lo, ptrdiff_t hi, int turn,
                         cnn_found *found) noexcept nogil
        void (*move)(const cnn_lattice *l, const cnn_cells *c, ptrdiff_t lo, ptrdiff_t hi,
                     int turns) noexcept nogil
        void (*give)(const cnn_lattice *l, const cnn_cells *c, ptrdiff_t lo, ptrdiff_t hi, int turns,
                     double *x, double *q) noexcept nogil
        int (*any)(const double *values, ptrdiff_t n) noexcept nogil


cdef struct Tile:
    int cells
    Py_ssize_t lo, hi


cdef struct Rail:
    int unknown, equation
    double coefficient
    Py_ssize_t begin, end       # among `others` and `values`
    bint first


cdef class Layout:
    """The cells of a circuit, and what they have in common."""
    cdef Assembly system
    cdef Store store
    cdef object kept
    cdef cnn_lattice vectors
    cdef cnn_cells *cells
    cdef int n_cells
    cdef Py_ssize_t size, n_tiles, n_rails, n_feeds
    cdef Tile *tiles
    cdef Rail *rails
    cdef const int *others
    cdef const double *values
    cdef const int *number          # of each unknown of the circuit; `size` and more: of no cell
    cdef const int *fed             # numbers that feeds add to
    cdef const int *feeding         # their rails
    cdef const double *feeds
    cdef const int *source_plus     # numbers that sources are added to,
    cdef const int *source_minus    # … and that they are subtracted from
    cdef double *known              # known part of each equation; `fixed`, and those of no cell
    cdef void *room(self, size_t count) except NULL
    cdef double *vector(self) except NULL
    cdef double *numbers(self, const double[::1] values) except NULL
    cdef int place_cells(self, structure) except -1
    cdef Py_ssize_t halo(self, structure) except -1
    cdef int describe(self, cnn_cells *c, const Group *g, cells) except -1
    cdef const cnn_stamp *stamps(self, list places) except NULL
    cdef int number_unknowns(self, structure) except -1
    cdef int place_links(self, list links) except -1
    cdef int place_rails(self, structure) except -1
    cdef double slope(self, int unknown) noexcept nogil
