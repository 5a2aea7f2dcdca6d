from circuitnn._cext.group cimport Group
from circuitnn._cext.teams cimport Team


cdef bint evaluate_group(Team team, Group *g, const double *x, const double *globals_, int limiting,
                         bint fresh) noexcept nogil
