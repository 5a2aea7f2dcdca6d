"""Ways to an operating point when plain Newton fails: easier systems that lead to the real one.

Each homotopy is a function of (newton, x, iterations) that overwrites `x` and returns the last
status; it leaves the system as it found it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

from circuitnn._cext.newton import Newton

SINGULAR, NOT_CONVERGED = -1, 1
MAX_STEPS = 300
# Range of rates in which a circuit's own dynamics may lie. [1/s]
FASTEST, SLOWEST = 1e15, 1e-6


@contextmanager
def _shunted(newton: Newton, nodes: int) -> Iterator[Callable[[float], None]]:
    """Conductances from the first `nodes` unknowns to their references; gives a setter. [S]"""
    system = newton.system
    shunt = np.asarray(system.shunt_view)
    reference = np.asarray(system.reference_view)
    before = shunt.copy(), reference.copy(), system.shunted

    def set_conductance(g: float) -> None:
        shunt[:nodes] = before[0][:nodes] + g
        system.shunted = True

    try:
        yield set_conductance
    finally:
        shunt[:], reference[:], system.shunted = before


def gmin_stepping(newton: Newton, x: np.ndarray, iterations: int, nodes: int) -> int:
    """Conductances from every node to ground, lowered from 10 mS until they do no harm."""
    reached, factor, good, status = 0.1, 10.0, x.copy(), 1
    with _shunted(newton, nodes) as set_conductance:
        for _ in range(MAX_STEPS):
            trial = reached / factor
            set_conductance(trial)
            x[:] = good
            status = newton.operating_point(x, 0.0, iterations)
            if status == 0:
                reached, factor = trial, min(factor * factor, 10.0)
                good[:] = x
                if reached < 1e-15:
                    break
            elif np.any(good):
                factor **= 0.25
                if factor < 1.00005:
                    return status
            else:
                # Not even the first: start from larger conductances.
                reached *= 100.0
                if reached > 1e6:
                    return status
    return newton.operating_point(x, 0.0, iterations) if status == 0 else status


def source_stepping(newton: Newton, x: np.ndarray, iterations: int, nodes: int) -> int:
    """All independent sources raised together from zero."""
    reached, step, good, status = 0.0, 0.1, np.zeros_like(x), 1
    x[:] = 0.0
    try:
        newton.system.source_factor = 0.0
        status = newton.operating_point(x, 0.0, iterations)
        if status != 0:
            return status
        good[:] = x
        for _ in range(MAX_STEPS):
            trial = min(1.0, reached + step)
            newton.system.source_factor = trial
            x[:] = good
            status = newton.operating_point(x, 0.0, iterations)
            if status == 0:
                reached, step = trial, step * 2.0
                good[:] = x
                if reached == 1.0:
                    return status
            else:
                step *= 0.25
                if step < 1e-7:
                    return status
        return status or 1  # not all the way up: what converged last is another circuit
    finally:
        newton.system.source_factor = 1.0


def pseudo_transient(newton: Newton, x: np.ndarray, iterations: int, nodes: int) -> int:
    """Capacitance on every node, charged in ever longer backward Euler steps."""
    g, status = 1.0, 1
    x[:] = 0.0
    good = x.copy()
    with _shunted(newton, nodes) as set_conductance:
        reference = np.asarray(newton.system.reference_view)
        for _ in range(MAX_STEPS):
            set_conductance(g)
            reference[:] = good
            x[:] = good
            status = newton.operating_point(x, 0.0, iterations)
            if status == 0:
                good[:] = x
                g *= 0.4
                if g < 1e-14:
                    break
            else:
                g *= 8.0
                if g > 1e9:
                    return status
    return newton.operating_point(x, 0.0, iterations) if status == 0 else status


def relaxation(newton: Newton, x: np.ndarray, iterations: int, nodes: int) -> int:
    """The circuit's own dynamics, from the guess to rest, in ever longer backward Euler steps.

    Where a branch of solutions ends in a fold, only these lead to the one that the circuit jumps to.
    """
    alpha, status = FASTEST, 1
    good = x.copy()
    for _ in range(MAX_STEPS):
        x[:] = good
        status = newton.relax(x, alpha, iterations)
        if status == 0:
            good[:] = x
            alpha *= 0.25
            if alpha < SLOWEST:
                break
        else:
            alpha *= 16.0
            if alpha > 1e6 * FASTEST:
                return status
    return newton.operating_point(x, 0.0, iterations) if status == 0 else status


def other_guesses(newton: Newton, x: np.ndarray, iterations: int, nodes: int) -> int:
    """Plain Newton from all nodes at some voltage: at zero, logarithms and square roots may have no value."""
    status = 1
    for voltage in (1.5, -1.5, 0.3, 12.0):
        x[:] = 0.0
        x[:nodes] = voltage
        status = newton.operating_point(x, 0.0, iterations)
        if status == 0:
            break
    return status


HOMOTOPIES: dict[str, Callable[[Newton, np.ndarray, int, int], int]] = {
    "gmin stepping": gmin_stepping,
    "source stepping": source_stepping,
    "pseudo-transient": pseudo_transient,
    "relaxation": relaxation,
    "another guess": other_guesses,
}


def solve(
    newton: Newton,
    x: np.ndarray,
    iterations: int,
    nodes: int,
    skip: frozenset[str] = frozenset(),
    mend: Callable[[], bool] = bool,
    enough: Callable[[], bool] = bool,
) -> tuple[int, str]:
    """Find an operating point, by Newton or by the first homotopy that succeeds.

    Parameters
    ----------
    newton : Newton
    x : ndarray, shape (n + 1,)
        Guess; overwritten by the solution.
    iterations : int
        Newton iterations a solve may take.
    nodes : int
        The first `nodes` unknowns are node voltages.
    skip : frozenset of str
        Homotopies to leave out.
    mend : callable, optional
        Called if the matrix is singular; says whether it changed the system so that it may no longer be.
    enough : callable, optional
        Called where plain Newton does not converge; says whether `x` is as good as rounding allows.

    Returns
    -------
    status : int
        0 is good; else plain Newton's, which says more of the circuit than a homotopy's.
    name : str
        The homotopy that was needed; empty for none.
    """
    guess = x.copy()
    status = newton.operating_point(x, 0.0, iterations)
    while status == SINGULAR and mend():
        x[:] = guess
        status = newton.operating_point(x, 0.0, iterations)
    if status == 0 or (status == SINGULAR and newton.system.linear):  # no homotopy makes that regular
        return status, ""
    if status == NOT_CONVERGED and enough():
        return 0, ""
    for name, homotopy in HOMOTOPIES.items():
        if name in skip:
            continue
        x[:] = guess
        if homotopy(newton, x, iterations, nodes) == 0:
            return 0, name
    x[:] = guess
    return newton.operating_point(x, 0.0, iterations), ""
