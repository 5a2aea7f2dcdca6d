"""Assembly by a team of threads: each has some instances of every group, and some unknowns.

What instances do comes first, then the sums of what they give to each equation and matrix position: those of
an unknown are made by the thread that has it, in the same order as without a team. The results are the same
bits.
"""

import numpy as np

from libc.string cimport memcpy, memset

from circuitnn._cext.carry cimport carry_group
from circuitnn._cext.condense cimport eliminate, expand, reduce
from circuitnn._cext.group cimport keep_last
from circuitnn._cext.kernel cimport CNN_TIME
from circuitnn._cext.portion cimport between, by_rows, cut, multiply_rows
from circuitnn._cext.scatter cimport add_moves, extend, join
from circuitnn._cext.step_events cimport Step
from circuitnn._cext.store cimport Store
from circuitnn._cext.sums cimport Sums, add_sums
from circuitnn._cext.teams cimport Work, edge


cdef void clear(double *table, Py_ssize_t rows, Py_ssize_t stride, Py_ssize_t n) noexcept nogil:
    """Set a part of each row of a table to zero."""
    cdef Py_ssize_t row
    for row in range(rows):
        memset(table + row * stride, 0, n * sizeof(double))


cdef void add_between(const Sums *sums, const double *values, double factor, const Part *own,
                      double *y) noexcept nogil:
    """Add the sums whose targets are unknowns of a part."""
    cdef Sums some
    cdef int kind
    for kind in range(2):
        some = between(sums, own.first[kind], own.end[kind])
        add_sums(&some, values, factor, y)


cdef void add_columns(const Sums *sums, const double *values, double factor, SharedAssembly self,
                      const Part *own) noexcept nogil:
    """Add the sums whose targets are matrix positions in a part's columns."""
    cdef Sums some = between(sums, self.columns[own.first[0]], self.columns[own.end[0]])
    add_sums(&some, values, factor, self.jacobian)


cdef class SharedAssembly(Assembly):
    """f, q and the Jacobian of a large circuit.

    Parameters
    ----------
    team : Team
    *arguments
        Those of `Assembly`.
    """

    def __init__(self, Team team not None, *arguments):
        self.team = team
        Assembly.__init__(self, *arguments)
        self.divide()

    cdef int divide(self) except -1:
        """Divide the unknowns among the threads."""
        cdef int part, parts = self.team.threads
        cdef const int[::1] starts = self.pattern[0]
        cdef unsigned char[::1] room = np.zeros(parts * sizeof(Part), dtype=np.uint8)
        self.kept.append(room)
        self.columns, self.parts = &starts[0], <Part *>&room[0]
        for part in range(parts):
            self.parts[part].first[0] = edge(self.order, part, parts)
            self.parts[part].end[0] = edge(self.order, part + 1, parts)
            self.parts[part].first[1] = self.order + edge(self.n - self.order, part, parts)
            self.parts[part].end[1] = self.order + edge(self.n - self.order, part + 1, parts)
        return 0

    def set_conductances(self, tuple parts):
        Assembly.set_conductances(self, parts)
        self.rows_of_G = Store()
        by_rows(&self.G0, self.order, self.rows_of_G, &self.G)

    def set_capacitances(self, tuple parts):
        Assembly.set_capacitances(self, parts)
        self.rows_of_C = Store()
        by_rows(&self.C0, self.order, self.rows_of_C, &self.C)

    cdef void instances(self, Py_ssize_t i, int part, Group *own) noexcept nogil:
        """The instances of group `i` that are a part's."""
        cdef Py_ssize_t n = self.groups[i].n
        cut(self.groups[i], edge(n, part, self.team.threads), edge(n, part + 1, self.team.threads), own)

    cdef bint with_inner(self, Py_ssize_t i, int part, Group *own) noexcept nogil:
        """The same for a group with inner unknowns; returns False for one without."""
        if self.groups[i].inner.m == 0:
            return False
        self.instances(i, part, own)
        return True

    cdef void load(self, const double *x, double t, double alpha, const Point *point) noexcept nogil:
        cdef Py_ssize_t i
        cdef int part
        cdef bint limited = False
        self.loads += 1
        self.globals_[CNN_TIME] = t
        self.task.x, self.task.alpha, self.task.point, self.task.anew = x, alpha, point, False
        if self.delays.memory.n:
            self.set_alpha(alpha)
        else:
            self.task.anew = not self.based_on(alpha)
        self.f[self.n] = self.q[self.n] = self.jacobian[self.nonzeros] = 0.0
        for i in range(self.n_groups):
            keep_last(self.groups[i], self.fresh)
        self.team.run(<Work>evaluate_part, <void *>self)
        self.load_others(x, t, point)
        self.team.run(<Work>add_part, <void *>self)
        for part in range(self.team.threads):
            limited |= self.parts[part].limited
            if self.parts[part].fell:
                point.guessed.fell = True
        self.limited = limited
        for i in range(self.n_groups if limited else 0):
            extend(self.groups[i], self.f, self.q)
        self.impose(x, point)

    cdef void residual(self, double alpha, const double *history, double *r) noexcept nogil:
        self.task.alpha, self.task.history, self.task.y = alpha, history, r
        self.team.run(<Work>residual_part, <void *>self)

    cdef void follow(self, const double *dx) noexcept nogil:
        self.task.x = dx
        self.team.run(<Work>move_part, <void *>self)
        self.team.run(<Work>charge_part, <void *>self)

    cdef void condense(self, const Point *point) noexcept nogil:
        self.task.point = point
        self.team.run(<Work>eliminate_part, <void *>self)
        self.team.run(<Work>fill_part, <void *>self)

    cdef void reduce_residual(self, double *residual) noexcept nogil:
        self.task.y = residual
        self.team.run(<Work>reduce_part, <void *>self)
        self.team.run(<Work>outer_part, <void *>self)

    cdef void complete(self, double *dx) noexcept nogil:
        dx[self.n] = 0.0
        self.task.y = dx
        self.team.run(<Work>expand_part, <void *>self)

    cdef void carry(self, const double *x) noexcept nogil:
        if self.carrying:
            self.task.x = x
            self.team.run(<Work>carry_part, <void *>self)


cdef void add_constant_part(SharedAssembly self, const Part *own) noexcept nogil:
    """The constant part of the Jacobian, f and q."""
    cdef Py_ssize_t first = self.columns[own.first[0]], end = self.columns[own.end[0]], size
    cdef int kind
    if self.task.anew and self.C0.count:
        self.set_capacitive(self.task.alpha, self.C0.starts[own.first[0]], self.C0.starts[own.end[0]])
    memcpy(self.jacobian + first, self.base + first, (end - first) * sizeof(double))
    for kind in range(2):
        size = (own.end[kind] - own.first[kind]) * sizeof(double)
        memset(self.f + own.first[kind], 0, size)
        memset(self.q + own.first[kind], 0, size)
    multiply_rows(&self.G, own.first[0], own.end[0], self.task.x, 1.0, self.f)
    multiply_rows(&self.C, own.first[0], own.end[0], self.task.x, 1.0, self.q)


cdef void evaluate_part(SharedAssembly self, int part) noexcept nogil:
    """Add what is constant, and evaluate the instances."""
    cdef Py_ssize_t i
    cdef Group g
    cdef Step guess
    cdef Part *own = &self.parts[part]
    cdef Point point = self.task.point[0]
    add_constant_part(self, own)
    guess.fell = own.limited = False
    if point.guessed != NULL:
        guess, point.guessed = point.guessed[0], &guess
    for i in range(self.n_groups):
        self.instances(i, part, &g)
        own.limited |= self.evaluate_group(&g, self.task.x, &point)
        clear(g.inner.blocks, g.inner.m * (g.inner.m + 2 * g.inner.r), g.stride, g.n)
        join(&g, self.task.alpha)
        if g.inner.m:
            self.keep_slopes(&g, &point)
    own.fell = guess.fell


cdef void add_part(SharedAssembly self, int part) noexcept nogil:
    """Add the outputs of all instances to the equations and columns of a part."""
    cdef Py_ssize_t i
    cdef const Group *g
    cdef const Part *own = &self.parts[part]
    for i in range(self.n_groups):
        g = self.groups[i]
        add_between(&g.f_sums, g.out, 1.0, own, self.f)
        add_between(&g.q_sums, g.out + g.nf * g.stride, 1.0, own, self.q)
        add_columns(&g.matrix_sums, g.matrix, 1.0, self, own)


cdef void residual_part(SharedAssembly self, int part) noexcept nogil:
    cdef int kind
    for kind in range(2):
        self.residual_of(self.parts[part].first[kind], self.parts[part].end[kind], self.task.alpha,
                         self.task.history, self.task.y)


cdef void move_part(SharedAssembly self, int part) noexcept nogil:
    """Move the constant capacitances' charges, and compute the changes of the instances'."""
    cdef Py_ssize_t i
    cdef Group g
    multiply_rows(&self.C, self.parts[part].first[0], self.parts[part].end[0], self.task.x, -1.0, self.q)
    for i in range(self.n_groups):
        self.instances(i, part, &g)
        clear(g.moved, g.nq, g.stride, g.n)
        add_moves(&g, self.task.x)


cdef void charge_part(SharedAssembly self, int part) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(self.n_groups):
        add_between(&self.groups[i].q_sums, self.groups[i].moved, -1.0, &self.parts[part], self.q)


cdef void eliminate_part(SharedAssembly self, int part) noexcept nogil:
    cdef Py_ssize_t i
    cdef Group g
    for i in range(self.n_groups):
        if self.with_inner(i, part, &g):
            eliminate(&g, self.task.point.is_held if self.task.point.n_held else NULL)


cdef void fill_part(SharedAssembly self, int part) noexcept nogil:
    """Subtract what the elimination changes in the columns of a part."""
    cdef Py_ssize_t i
    for i in range(self.n_groups):
        add_columns(&self.groups[i].fill_sums, self.groups[i].inner.made, -1.0, self, &self.parts[part])


cdef void reduce_part(SharedAssembly self, int part) noexcept nogil:
    cdef Py_ssize_t i
    cdef Group g
    for i in range(self.n_groups):
        if self.with_inner(i, part, &g):
            reduce(&g, self.task.y)


cdef void outer_part(SharedAssembly self, int part) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(self.n_groups):
        add_between(&self.groups[i].outer_sums, self.groups[i].inner.made, -1.0, &self.parts[part],
                    self.task.y)


cdef void expand_part(SharedAssembly self, int part) noexcept nogil:
    cdef Py_ssize_t i
    cdef Group g
    for i in range(self.n_groups):
        if self.with_inner(i, part, &g):
            expand(&g, self.task.y)


cdef void carry_part(SharedAssembly self, int part) noexcept nogil:
    cdef Py_ssize_t i
    cdef Group g
    for i in range(self.n_groups):
        self.instances(i, part, &g)
        carry_group(&g, self.task.x, self.globals_)
