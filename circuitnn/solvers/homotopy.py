"""Homotopies: paths to an operating point through easier systems, if plain Newton fails.

Each homotopy is a generator of trials: conditions under which to solve, and a guess. It is sent the outcome of each
trial, and returns whether the last one was of the real system. Nothing is modified, so nothing need be restored.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import NamedTuple

import numpy as np

from circuitnn._cext.conditions import Conditions
from circuitnn._cext.newton import Newton
from circuitnn.solvers.damped import descend

SINGULAR, NOT_CONVERGED, CHATTER, INTERRUPTED = -1, 1, -5, -6
MAX_STEPS = 300
# How far a voltage moves in an iteration of the slow pseudo-transient, in that of other homotopies.
CLOSE = 0.01
# Range of rates in which a circuit's own dynamics may lie. [1/s]
FASTEST, SLOWEST = 1e15, 1e-6


class Trial(NamedTuple):
    """A system to be solved.

    Parameters
    ----------
    conditions : Conditions
    guess : ndarray, shape (n + 1,)
    alpha : float
        If not 0, take a backward Euler step of length 1/`alpha` from the guess instead of a static solution. [1/s]
    damped : bool
        Whether to approach the solution by damped steps first.
    """

    conditions: Conditions
    guess: np.ndarray
    alpha: float = 0.0
    damped: bool = False


# Sent to a homotopy: whether Newton's method converged, and its solution.
Way = Generator[Trial, tuple[bool, np.ndarray], bool]
Homotopy = Callable[[Conditions, np.ndarray, int, float], Way]


def shunted(conditions: Conditions, nodes: int, n: int, g: float) -> np.ndarray:
    """Add a shunt `g` to the first `nodes` unknowns of some conditions. [S]"""
    shunt = np.zeros(n) if conditions.shunt is None else conditions.shunt.copy()
    shunt[:nodes] += g
    return shunt


def gmin_stepping(conditions: Conditions, guess: np.ndarray, nodes: int, reach: float) -> Way:
    """Conductances from every node to ground, lowered from 10 mS to nothing.

    At first no voltage moves farther than `reach` in an iteration: a chain of amplifiers, linearised, multiplies an
    error by its gain, and the conductances would have to fall in tiny steps. Solutions with high voltages need more.
    """
    if reach and (yield from _lowering_gmin(conditions.replace(reach=reach), guess, nodes)):
        return True
    return (yield from _lowering_gmin(conditions, guess, nodes))


def _lowering_gmin(conditions: Conditions, guess: np.ndarray, nodes: int) -> Way:
    reached, factor, good, converged = 0.1, 10.0, guess, False
    for _ in range(MAX_STEPS):
        trial = reached / factor
        shunt = shunted(conditions, nodes, len(guess), trial)
        converged, x = yield Trial(conditions.replace(shunt=shunt), good)
        if converged:
            reached, factor, good = trial, min(factor * factor, 10.0), x
            if reached < 1e-15:
                break
        elif np.any(good):
            factor **= 0.25
            if factor < 1.00005:
                return False
        else:
            # Not even the first trial converged: start from larger conductances.
            reached *= 100.0
            if reached > 1e6:
                return False
    if converged:
        yield Trial(conditions, good)
    return converged


def source_stepping(conditions: Conditions, guess: np.ndarray, nodes: int, reach: float) -> Way:
    """All independent sources raised together from zero."""
    reached, step = 0.0, 0.1
    converged, good = yield Trial(conditions.replace(source_factor=0.0), np.zeros_like(guess))
    for _ in range(MAX_STEPS if converged else 0):
        trial = min(1.0, reached + step)
        converged, x = yield Trial(conditions.replace(source_factor=trial), good)
        if converged:
            reached, step, good = trial, step * 2.0, x
            if reached == 1.0:
                return True
        else:
            step *= 0.25
            if step < 1e-7:
                break
    return False  # the sources did not reach their full values: the last solution is that of another circuit


def pseudo_transient(conditions: Conditions, guess: np.ndarray, nodes: int, reach: float) -> Way:
    """Capacitance on every node, charged in ever longer backward Euler steps."""
    g, good, converged = 1.0, np.zeros_like(guess), False
    for _ in range(MAX_STEPS):
        shunt = shunted(conditions, nodes, len(guess), g)
        converged, x = yield Trial(conditions.replace(shunt=shunt, reference=good), good)
        if converged:
            good = x
            g *= 0.4
            if g < 1e-14:
                break
        else:
            g *= 8.0
            if g > 1e9:
                return False
    if converged:
        yield Trial(conditions, good)
    return converged


def slow_pseudo_transient(conditions: Conditions, guess: np.ndarray, nodes: int, reach: float) -> Way:
    """The same where no voltage moves farther than a part of `reach` in an iteration.

    Pass transistors that drive each other's gates send Newton's method to 1e100 V however near a solution is.
    """
    return (yield from pseudo_transient(conditions.replace(reach=CLOSE * reach), guess, nodes, reach))


def relaxation(conditions: Conditions, guess: np.ndarray, nodes: int, reach: float) -> Way:
    """The circuit's own dynamics, from the guess to rest, in ever longer backward Euler steps.

    If a branch of solutions ends in a fold, only this leads to the solution to which the circuit jumps.
    """
    alpha, good, converged = FASTEST, guess, False
    for _ in range(MAX_STEPS):
        converged, x = yield Trial(conditions, good, alpha)
        if converged:
            good = x
            alpha *= 0.25
            if alpha < SLOWEST:
                break
        else:
            alpha *= 16.0
            if alpha > 1e6 * FASTEST:
                return False
    if converged:
        yield Trial(conditions, good)
    return converged


def other_guesses(conditions: Conditions, guess: np.ndarray, nodes: int, reach: float) -> Way:
    """Plain Newton from all nodes at some voltage: at zero, logarithms and square roots may have no value."""
    for voltage in (1.5, -1.5, 0.3, 12.0):
        x = np.zeros_like(guess)
        x[:nodes] = voltage
        converged, _ = yield Trial(conditions, x)
        if converged:
            return True
    return False


def damping(conditions: Conditions, guess: np.ndarray, nodes: int, reach: float) -> Way:
    """Newton's method with damped steps, from zero and from the guess."""
    starts = [np.zeros_like(guess)] + [guess] * bool(np.any(guess))
    for start in starts:
        converged, _ = yield Trial(conditions, start, damped=True)
        if converged:
            return True
    return False


HOMOTOPIES: dict[str, Homotopy] = {
    "gmin stepping": gmin_stepping,
    "source stepping": source_stepping,
    "pseudo-transient": pseudo_transient,
    "relaxation": relaxation,
    "another guess": other_guesses,
    "damped steps": damping,
    "slow pseudo-transient": slow_pseudo_transient,
}


def follow(
    homotopy: Homotopy,
    newton: Newton,
    conditions: Conditions,
    x: np.ndarray,
    iterations: int,
    nodes: int,
    verify: bool = False,
    reach: float = 0.0,
) -> int:
    """Walk a homotopy from the guess `x`, which is overwritten.

    Parameters
    ----------
    homotopy : callable
        One of `HOMOTOPIES`.
    newton : Newton
    conditions : Conditions
        Of the real system.
    x : ndarray, shape (n + 1,)
    iterations : int
        Newton iterations a solve may take.
    nodes : int
        The first `nodes` unknowns are node voltages.
    verify : bool
        Whether to verify the last solution, see `Newton.operating_point`.
    reach : float
        How far a voltage may move in an iteration where voltages are held back; 0: nowhere. [V]

    Returns
    -------
    int
        The last status; 0 means that `x` solves the real system.
    """
    way = homotopy(conditions, x.copy(), nodes, reach)
    trial, status = next(way), NOT_CONVERGED
    try:
        while True:
            x[:] = trial.guess
            if trial.alpha:
                status = _relax(newton, x, trial, iterations)
            else:
                if trial.damped:
                    descend(newton, trial.conditions, x, iterations)
                status = newton.operating_point(x, trial.conditions, 0.0, iterations)
            trial = way.send((status == 0, x.copy()))
    except StopIteration as end:
        if not end.value:
            return status or NOT_CONVERGED
    if status == 0 and verify:
        return newton.operating_point(x, conditions, 0.0, iterations, verify=True)
    return status


def _relax(newton: Newton, x: np.ndarray, trial: Trial, iterations: int) -> int:
    """One backward Euler step f(x) + alpha·(q(x) - q(x before)) = 0, with the circuit's own charges."""
    with np.errstate(over="ignore"):  # Newton's method rejects infinite values
        history = -trial.alpha * newton.system.evaluate(x)[1]
    return newton.implicit(x, trial.conditions, 0.0, trial.alpha, history, iterations)


class Outcome(NamedTuple):
    """Outcome of a search for an operating point.

    Parameters
    ----------
    status : int
        0 for success; otherwise that of plain Newton, which tells more about the circuit than that of a homotopy.
    homotopy : str
        The homotopy that was needed; empty for none.
    verified : bool
        Whether the solution is certain: with the equations linearised there, it moves no further.
    """

    status: int
    homotopy: str = ""
    verified: bool = True


def solve(
    newton: Newton,
    conditions: Conditions,
    x: np.ndarray,
    iterations: int,
    nodes: int,
    first: bool = False,
    skip: frozenset[str] = frozenset(),
    mend: Callable[[], Conditions | None] = lambda: None,
    enough: Callable[[], bool] = bool,
    agree: Callable[[np.ndarray], bool] = lambda guess: False,
    reach: Callable[[], float] = float,
) -> Outcome:
    """Find an operating point, by Newton or by the first homotopy that succeeds.

    Solutions are verified. What no method can verify, as between two steps of a law, is still better than nothing.

    Parameters
    ----------
    newton : Newton
    conditions : Conditions
    x : ndarray, shape (n + 1,)
        Guess; overwritten by the solution.
    iterations : int
        Newton iterations a solve may take.
    nodes : int
        The first `nodes` unknowns are node voltages.
    first : bool
        Whether there is no information on the solution; see `Newton.operating_point`.
    skip : frozenset of str
        Homotopies to leave out.
    mend : callable, optional
        Called if the matrix is singular; returns conditions under which it may be regular, or None.
    enough : callable, optional
        Called if plain Newton fails; tells whether `x` is as good as rounding allows.
    agree : callable, optional
        Called with the guess if no state of the switches consistent with their controls is found; searches
        further, and tells whether `x` is now a solution in such a state.
    reach : callable, optional
        Called if plain Newton fails; returns the `reach` of `follow`. [V]

    Returns
    -------
    Outcome
    """
    guess, doubts = x.copy(), newton.doubts

    def plain(first: bool = False, verify: bool = True) -> int:
        x[:] = guess
        return newton.operating_point(x, conditions, 0.0, iterations, first, verify)

    status = plain(first)
    while status == SINGULAR:
        mended = mend()
        if mended is None:
            break
        conditions = mended
        status = plain()
    if status == 0 or (status == SINGULAR and newton.system.linear):  # no homotopy makes this regular
        return Outcome(status)
    if status != INTERRUPTED and enough():
        return Outcome(0)
    if status == CHATTER and agree(guess):
        return Outcome(0)

    # Shorter steps do not bring switches to agree with their controls, and an oscillator has no such point.
    skip |= {"slow pseudo-transient"} if status == CHATTER else set()

    def other_way(verify: bool) -> str:
        """Name of the first homotopy that succeeds; empty if none does."""
        farthest = reach()
        for name in (name for name in HOMOTOPIES if name not in skip):
            x[:] = guess
            if follow(HOMOTOPIES[name], newton, conditions, x, iterations, nodes, verify, farthest) == 0:
                return name
        return ""

    if homotopy := other_way(verify=True):
        return Outcome(0, homotopy)
    if newton.doubts > doubts and plain(verify=False) != 0 and (homotopy := other_way(verify=False)):
        return Outcome(0, homotopy, verified=False)
    return Outcome(plain(verify=False), verified=False)
