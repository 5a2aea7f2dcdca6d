"""Evaluation of a group's instances where limiting lets them be, shared by the threads of a team."""

from circuitnn._cext.conditions cimport EXACT, GUESS, LIMIT
from circuitnn._cext.group cimport Group, evaluate, place
from circuitnn._cext.limiting cimport guard_branches, limit_junctions, start_junctions
from circuitnn._cext.teams cimport MOST_PARTS, Team, edge


cdef struct Evaluation:
    Group *group
    const double *x
    const double *globals_
    int limiting
    bint every              # also instances at rest
    char[MOST_PARTS] moved  # whether an instance of each part was limited


cdef bint evaluate_group(Team team, Group *g, const double *x, const double *globals_, int limiting,
                         bint fresh) noexcept nogil:
    """Evaluate a group at `x`; returns whether an instance was limited. `fresh`: no load came before."""
    cdef Evaluation e
    cdef int part, parts
    cdef bint moved = False
    e.group, e.x, e.globals_, e.limiting = g, x, globals_, limiting
    e.every = fresh or limiting == EXACT
    parts = team.share(evaluate_part, &e, g.n * (g.inputs + g.n_outputs))
    for part in range(parts):
        moved = moved or e.moved[part]
    return moved


cdef void evaluate_part(void *given, int part, int parts) noexcept nogil:
    cdef Evaluation *e = <Evaluation *>given
    cdef Group *g = e.group
    cdef Py_ssize_t lo = edge(g.n, part, parts), hi = edge(g.n, part + 1, parts)
    cdef bint moved = False
    place(g, e.x, lo, hi)
    if g.started and e.limiting == GUESS:
        start_junctions(g, lo, hi)
        moved = True
    elif g.n_junctions and e.limiting == LIMIT:
        moved = limit_junctions(g, lo, hi)
    evaluate(g, lo, hi, e.globals_, e.every)
    if g.guarded and e.limiting == LIMIT:
        moved |= guard_branches(g, lo, hi, e.globals_)
    e.moved[part] = moved
