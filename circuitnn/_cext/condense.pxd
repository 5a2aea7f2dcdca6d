from circuitnn._cext.group cimport Group
from circuitnn._cext.teams cimport Team


cdef void eliminate(Team team, const Group *g, const char *held, double *jacobian) noexcept nogil
cdef void reduce(Team team, const Group *g, double *residual) noexcept nogil
cdef void expand(Team team, const Group *g, double *dx) noexcept nogil
