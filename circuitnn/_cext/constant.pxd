from circuitnn._cext.group cimport Group
from circuitnn._cext.stencil cimport Entries
from circuitnn._cext.teams cimport Team


cdef struct Equations:
    # The arrays of an assembly, and what the present loop is given.
    Py_ssize_t order, n, nonzeros
    const Entries *G
    const Entries *C
    double *base
    double *jacobian
    double *f
    double *q
    double *scale
    double alpha                # of the base
    const double *x             # unknowns, or changes of them
    double weight               # of the charges among the magnitudes
    const Group *group          # whose terms are added
    double factor               # of the charges in the residual
    const double *history
    double *residual
    double *slopes              # ∂q/∂x of each equation with respect to its own unknown


cdef void make_base(Team team, Equations *e) noexcept nogil
cdef void begin_sums(Team team, Equations *e) noexcept nogil
cdef void move(Team team, Equations *e) noexcept nogil
cdef void begin_scale(Team team, Equations *e) noexcept nogil
cdef void add_to_scale(Team team, Equations *e, const Group *g) noexcept nogil
cdef void add_up(Team team, Equations *e, double alpha, const double *history,
                 double *residual) noexcept nogil
cdef void begin_slopes(Team team, Equations *e, double *slopes) noexcept nogil
cdef void add_slopes(Team team, Equations *e, const Group *g) noexcept nogil
