"""Start of the search for a periodic orbit: a settling transient, and the period that it shows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.flat import FlatCircuit
from circuitnn.machine import budget
from circuitnn.operating_point.modes import matrices
from circuitnn.operating_point.simulation import Simulation
from circuitnn.options import Options
from circuitnn.periodic.angles import Angles
from circuitnn.solvers.controllers import USUAL
from circuitnn.solvers.methods import find
from circuitnn.solvers.span import Initial, Span
from circuitnn.transient.start import starting_point
from circuitnn.transient.time_loop import SHORT, time_loop

MORE = 3
BLOCK = 4096
STEPS = 2000  # minimum for a settling transient
LATE = 0.5  # final part of the transient in which periods are searched
CROSSINGS = 16  # maximum per period
ALIKE = 0.03  # distance, in units of the oscillation, below which two points may coincide
DRIFTS = 0.3  # part of the whole way that an unknown goes in the second half if it drifts
COUNTS = 1e-3  # part of the largest movement from which another one is an oscillation
RISES = 3  # through the middle, fewest of an oscillation
DECADES = 5  # of times, from a period downwards, in which voltages move currents
FELT = 1e-3  # part of what the others move an unknown by that is its least size
STILL = 1e-6  # smaller oscillations, relative to the voltage, do not count


class Settled(NamedTuple):
    """A circuit that has settled.

    Parameters
    ----------
    simulation : Simulation
        Released, with the memories of devices at the end.
    rows : ndarray, shape (m, n + 1)
        Time and unknowns of the transient.
    """

    simulation: Simulation
    rows: np.ndarray


def settle(
    circuit: FlatCircuit, options: Options, tstab: float, uic: bool, largest: float = np.inf
) -> Settled:
    """Run a transient from the operating point, or initial conditions.

    Parameters
    ----------
    circuit : FlatCircuit
    options : Options
    tstab, largest : float
        Length of the transient, and largest step. [s]
    uic : bool
    """
    tstep = tstab / STEPS
    simulation = Simulation(circuit, options, transient=True, fastest=1.0 / (SHORT * min(tstep, largest)))
    refuse_paths(simulation)
    simulation.system.assembly.set_sources(simulation.system.sources(tstep, tstab))
    rest = starting_point(simulation, uic)
    simulation.release(rest.lacking)
    saved = np.arange(simulation.system.n, dtype=np.int32)
    first = tstep / 100.0
    start = Initial(0.0, simulation.x, rest.q, False)
    span = Span(0.0, tstab, min(tstep, largest), min(first, largest))
    loop = time_loop(simulation, simulation.conditions, start, span, find(options.integration), USUAL, saved)
    blocks, status = [], MORE
    while status == MORE:
        budget.ask_time(f"the settling transient at t = {loop.t:g} s")
        budget.ask_memory(8.0 * BLOCK * (simulation.system.n + 1), "the settling transient")
        block = np.empty((BLOCK, simulation.system.n + 1))
        count, status = loop.run(block)
        blocks.append(block[:count])
        simulation.newton.answer()
    if status != 0:
        where = f" at t = {loop.t:.6g} s, while the circuit settles"
        raise simulation.failure(status, "pss", where, loop.unknowns())
    return Settled(simulation, np.concatenate(blocks))


def refuse_paths(simulation: Simulation) -> None:
    """Refuse models that change something at every accepted point: an orbit is not a matter of unknowns alone then."""
    for c in simulation.system.condensed:
        kept = c.placed.kernel.kept
        if kept is not None and kept.changing:
            raise AnalysisError(
                f"pss: the model of {c.placed.instances[0]} keeps {kept.changing} from point to point; periodic orbits "
                "need integrals instead (idt; see circuitnn va rewrite), a long .tran does not"
            )


def sizes(rows: np.ndarray, kinds: tuple[str, ...]) -> np.ndarray:
    """Ranges of the unknowns; the scale of an unknown that hardly moves comes from the others of its kind.

    Parameters
    ----------
    rows : ndarray, shape (m, n + 1)
    kinds : tuple of str
        Of the unknowns.
    """
    late = _late(rows)
    span = np.ptp(late, axis=0)
    level = np.abs(late).max(axis=0)
    size = np.maximum(span, 1e-6 * level)
    for kind in ("voltage", "current"):
        of_kind = np.array([k == kind for k in kinds])
        if of_kind.any():
            size[of_kind] = np.maximum(size[of_kind], 1e-3 * span[of_kind].max(initial=0.0))
    return np.where(size > 0.0, size, 1.0)


def felt(simulation: Simulation, rows: np.ndarray, size: np.ndarray, period: float) -> np.ndarray:
    """Sizes of the unknowns; where all currents rest, or all voltages, at least a part of what the others move them by.

    Else a change of the voltages by rounding might move the currents by many sizes.

    Parameters
    ----------
    simulation : Simulation
    rows : ndarray, shape (m, n + 1)
        Time and unknowns of the transient.
    size : ndarray, shape (n,)
    period : float
        Longest time in which one moves the other. [s]
    """
    least, late = simulation.system.tolerances()[0], _late(rows)
    span, level = np.ptp(late, axis=0), np.abs(late).max(axis=0)
    resting = np.zeros(len(size), dtype=bool)
    for kind in ("voltage", "current"):
        of = simulation.system.unknowns.of_kind(kind)
        resting |= of & bool(np.all((span <= STILL * level[of].max(initial=0.0)) | (span <= least) | ~of))
    if not resting.any():
        return size
    from scipy.sparse.linalg import splu

    G, C = matrices(simulation, np.append(rows[-1, 1:], 0.0), settled=True)
    moved = np.zeros(len(size))
    for decade in range(DECADES):
        rate = C * (10.0**decade / period)
        by_each = splu((G + rate).tocsc()).solve(rate.toarray() * size)
        moved = np.maximum(moved, np.abs(by_each).max(axis=1))
    return np.where(resting, np.maximum(size, FELT * moved), size)


def _late(rows: np.ndarray) -> np.ndarray:
    """Unknowns of the final part of a transient."""
    return rows[rows[:, 0] >= rows[0, 0] + LATE * (rows[-1, 0] - rows[0, 0]), 1:]


def oscillating(rows: np.ndarray, nodes: int, names: tuple[str, ...]) -> int:
    """The node with the largest voltage swing: of those that go up and down, where others still settle."""
    late = rows[rows[:, 0] >= LATE * rows[-1, 0], 1 : nodes + 1]
    span, level = np.ptp(late, axis=0), np.abs(late).max(axis=0)
    k = int(np.argmax(span))
    if not span[k] > STILL * max(level[k], 1e-3):
        raise AnalysisError(
            f"pss: nothing oscillates after {rows[-1, 0]:g} s ({names[k]} moves by {span[k]:.3g} V): "
            "give initial conditions (.ic and uic), a kick, or a longer tstab"
        )
    node = swinging(late, np.arange(nodes), COUNTS * span[k])
    return k if node is None else node


def swinging(x: np.ndarray, nodes: np.ndarray, least: float) -> int | None:
    """The one of some nodes that swings most, by more than `least`, up and down; None if none does."""
    span = np.ptp(x[:, nodes], axis=0)
    for place in np.argsort(-span).tolist():
        if not span[place] > least:
            break
        y = x[:, nodes[place]]
        above = y > 0.5 * (y.max() + y.min())
        if np.count_nonzero(above[1:] > above[:-1]) >= RISES:
            return int(nodes[place])
    return None


def crossings(t: np.ndarray, y: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Points just before a signal rises through a level, and the fraction of the step up to the crossing."""
    rises = np.flatnonzero((y[:-1] < level) & (y[1:] >= level))
    return rises, (level - y[rises]) / (y[rises + 1] - y[rises])


def rising(t: np.ndarray, y: np.ndarray, level: float) -> np.ndarray:
    """Times at which a signal rises through a level, each from a parabola through three points."""
    moments = []
    for k in np.flatnonzero((y[:-1] < level) & (y[1:] >= level)).tolist():
        first = k if k + 2 < len(t) and t[k + 2] > t[k + 1] else k - 1
        a, b = (first, first + 3) if first >= 0 else (k, k + 2)
        moment = t[k] + (level - y[k]) / (y[k + 1] - y[k]) * (t[k + 1] - t[k])
        at, values = t[a:b] - t[k], y[a:b] - level
        if b - a == 3 and np.all(np.diff(at) > 0.0):
            curve = np.polyfit(at / at[-1], values, 2)
            roots = np.roots(curve)
            inside = roots[(abs(roots.imag) < 1e-12) & (roots.real * at[-1] >= 0.0)].real * at[-1]
            inside = inside[inside <= t[k + 1] - t[k]]
            if len(inside) == 1:
                moment = t[k] + float(inside[0])
        moments.append(moment)
    return np.array(moments)


def guess(
    rows: np.ndarray, node: int, size: np.ndarray, angles: Angles, name: str = ""
) -> tuple[float, float]:
    """The period that a transient shows at its end.

    Parameters
    ----------
    rows : ndarray, shape (m, n + 1)
    node : int
        Unknown whose rises are counted.
    size : ndarray, shape (n,)
        Scales of the unknowns.
    angles : Angles
    name : str
        Of the unknown, for the message.

    Returns
    -------
    period : float
        [s]
    distance : float
        Distance of two points one period apart, in units of `size`.
    """
    t, y = rows[:, 0], rows[:, node + 1]
    late = t >= LATE * t[-1]
    level = 0.5 * (y[late].max() + y[late].min())
    rises, part = crossings(t, y, level)
    moments = t[rises] + part * (t[rises + 1] - t[rises])
    if len(moments) < 3:
        steady = np.all(np.diff(y[late]) >= 0.0) or np.all(np.diff(y[late]) <= 0.0)
        if steady and np.ptp(y[late]) > DRIFTS * np.ptp(y):
            raise AnalysisError(
                f"pss: {name or 'the circuit'} only rises or falls, up to {y[-1]:.4g} after {t[-1]:g} s, and has no "
                "period; name another oscnode, and let an angle be known by its sine and cosine"
            )
        raise AnalysisError(
            f"pss: {name or 'the circuit'} has gone through {max(len(moments) - 1, 0)} periods in {t[-1]:g} s: "
            "a longer tstab shows more"
        )
    points = rows[rises, 1:] + part[:, None] * angles.apart(rows[rises + 1, 1:] - rows[rises, 1:])
    most = min(CROSSINGS, len(moments) - 1)
    known = np.isfinite(size)
    away = np.abs(angles.apart(points[-1 - most : -1] - points[-1]))[::-1]
    far = np.max(away[:, known] / size[known], axis=1).tolist()
    close = [k for k, d in enumerate(far, 1) if d < ALIKE]
    k = close[0] if close else int(np.argmin(far)) + 1
    return float(moments[-1] - moments[-1 - k]), far[k - 1]
