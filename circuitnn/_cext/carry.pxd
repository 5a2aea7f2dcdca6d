from circuitnn._cext.group cimport Group
from circuitnn._cext.teams cimport Team


cdef void carry_all(Team team, Group **groups, Py_ssize_t count, const double *x,
                    const double *globals_) noexcept nogil
cdef void forget_all(Group **groups, Py_ssize_t count) noexcept nogil
