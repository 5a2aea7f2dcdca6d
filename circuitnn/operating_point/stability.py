"""Unstable operating points: valid solutions that no measurement would show. A stable one is preferred.

Small deviations grow as exp(s·t) with det(G + s·C) = 0. Between s = 0 and s → ∞ the sign of the determinant changes at
each real root: opposite signs at the two ends mean that a deviation grows. The test is cheap, but it misses even
numbers, and complex pairs, that is, oscillators at rest: those are found loop by loop. An oscillator has no better
point to go to, and is only told. Growth by which a model is ill-posed is no alarm.

References
----------
M. M. Green, A. N. Willson, "How to identify unstable dc operating points", IEEE TCAS-I 39, 820 (1992).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from circuitnn.elements import element
from circuitnn.models import named
from circuitnn.operating_point.modes import CAPACITANCE, MOST
from circuitnn.operating_point.state import Place
from circuitnn.results.notes import Unstable
from circuitnn.solvers.homotopy import Trial, Way, follow, relaxation, shunted
from circuitnn.system.linearised import linearise

if TYPE_CHECKING:
    from circuitnn._cext.conditions import Conditions
    from circuitnn.operating_point.feedback_loops import Mode
    from circuitnn.operating_point.simulation import Simulation
    from circuitnn.system.system import System

FASTEST = 1e14  # rate at which only C matters [1/s]
SLOWEST = 1e-3  # smallest growth rate that counts [1/s]
LARGEST = 1e200  # largest entry of G or C; beyond, products with FASTEST may overflow
BISECTIONS = 24
SCANNED = 24  # rates beyond a mode at which faster ones are sought
RESOLVED = 4.0  # steps per time constant of the growth
MOST_STEPS = 200
GROWN, LONGER = 20, 0.7  # steps until the growth is complete; from there on alpha shrinks by this factor
STILL = 1e-4  # change in a step, relative and in volts, that counts as none
REAL = 1e-6  # imaginary part over |s| up to which a mode is real
HOLDING = 1e3  # conductances that hold a circuit, over the largest
SAME = 0.1  # difference of two modes, relative to them, up to which they are the same
BEYOND = 1.1  # a rate beyond that of a mode, relative to it
ROUNDING = 1e-15  # relative error of a matrix's entries
ROUNDINGS = 8  # … of which so many are tried
ROUNDS = 5  # departures until all latches have decided
MANY = (
    2  # devices with gain that a regenerative loop takes: two stages of transistors, or one controlled source
)
KICK = 0.02  # initial deviation from an unstable point, relative to 1 V plus the largest voltage


class Growth(NamedTuple):
    """How a circuit leaves an operating point.

    Parameters
    ----------
    rate : float
        Of the fastest real mode that grows. [1/s]
    direction : ndarray, shape (n,)
        A deviation in all modes that were found.
    several : bool
        Whether more than one mode grows.
    bare : bool
        Whether nothing in the circuit stores charge, so that small capacitances are assumed.
    """

    rate: float
    direction: np.ndarray
    several: bool = False
    bare: bool = False

    def __str__(self) -> str:
        """In words, without the subject."""
        ways = "by itself in several ways, the fastest of them" if self.several else "by itself"
        return f"{ways} by a factor e in {1.0 / self.rate:.3g} s"

    def departure(self, conditions: Conditions, guess: np.ndarray, nodes: int, reach: float) -> Way:
        """Integrate the circuit's own dynamics from near the point, resolving the growth; then as `relaxation`."""
        alpha, good, settled = RESOLVED * self.rate, guess, 0
        for step in range(MOST_STEPS):
            if self.bare:
                shunt = shunted(conditions, nodes, len(guess), alpha * CAPACITANCE)
                converged, x = yield Trial(conditions.replace(shunt=shunt, reference=good), good)
            else:
                converged, x = yield Trial(conditions, good, alpha)
            if not converged:
                alpha *= 4.0
                if alpha > FASTEST:
                    return False
                continue
            settled = settled + 1 if np.allclose(x[:nodes], good[:nodes], rtol=STILL, atol=STILL) else 0
            good = x
            if step >= GROWN:
                alpha *= LONGER
            if settled >= 2:
                return (yield from relaxation(conditions, good, nodes, reach))
        return False


class GrowingModes(NamedTuple):
    """How a circuit leaves an operating point by itself, as far as the tests find out.

    Parameters
    ----------
    real : Growth, optional
        By real modes.
    pair : complex, optional
        If by none of these, the rate of the fastest pair of modes that grows: the circuit oscillates. [1/s]
    """

    real: Growth | None = None
    pair: complex | None = None


def note(simulation: Simulation, modes: GrowingModes) -> None:
    """Note that the operating point at `x` is unstable, if it has growing modes."""
    if modes.real is not None:
        text = (
            f"the operating point is unstable: the circuit leaves it {modes.real}; another one may be meant: try "
            ".nodeset, or .ic for a transient"
        )
    elif modes.pair is not None:
        rate, period = modes.pair.real, 2.0 * np.pi / modes.pair.imag
        text = (
            f"the operating point is unstable: deviations oscillate with a period of {period:.3g} s and grow by a "
            f"factor e in {1.0 / rate:.3g} s; a transient from here may show it late: try .ic or uic"
        )
    else:
        return
    simulation.statistics.notes.append(Unstable(text))


def leave(simulation: Simulation, iterations: int) -> GrowingModes:
    """Move from an unstable operating point at `x` to a stable one, if one is reached, and note it.

    The circuit's own dynamics lead there, starting a small distance along the growing modes; again where that has
    decided only some of many latches.

    Parameters
    ----------
    simulation : Simulation
    iterations : int
        Newton iterations a solve may take.

    Returns
    -------
    GrowingModes
        Of the point at which it ends.
    """
    first = modes = growing(simulation)
    if first.real is None:
        return first
    unstable, nodes = Place.of(simulation), simulation.nodes
    for _ in range(ROUNDS):
        if modes.real is None or not _depart(simulation, modes.real, iterations):
            break
        modes = growing(simulation)
    if modes.real is not None:
        unstable.back(simulation)
        return first
    node = int(np.argmax(np.abs(simulation.x[:nodes] - unstable.x[:nodes])))
    kind = "a stable one" if modes.pair is None else "one around which it oscillates"
    simulation.statistics.notes.append(
        f"an unstable operating point, which the circuit leaves {first.real}, was left for {kind}: "
        f"{simulation.name(node)} = {simulation.x[node]:.4g} V instead of {unstable.x[node]:.4g} V; to choose, try "
        ".nodeset, or .ic for a transient"
    )
    return modes


def _depart(simulation: Simulation, growth: Growth, iterations: int) -> bool:
    """Follow a growth to where the circuit rests, if possible to a stable point; returns whether it comes to rest."""
    start, nodes, rest = Place.of(simulation), simulation.nodes, None
    moved = np.max(np.abs(growth.direction[:nodes]), initial=0.0)
    if not (moved > 0.0 and np.all(np.isfinite(growth.direction))):
        return False
    away = KICK * (1.0 + np.max(np.abs(start.x[:nodes]))) / moved * growth.direction
    for sign in (1.0, -1.0):
        start.back(simulation)
        simulation.x[:-1] += sign * away
        way = follow(
            growth.departure,
            simulation.newton,
            simulation.conditions,
            simulation.x,
            iterations,
            nodes,
            verify=True,
        )
        if way == 0 and growing(simulation).real is None:
            return True
        rest = Place.of(simulation) if way == 0 else rest
    (rest or start).back(simulation)
    return rest is not None


def growing(simulation: Simulation) -> GrowingModes:
    """How the circuit leaves the operating point at `x`, if it has what that takes."""
    system = simulation.system
    if system.assembly.linear or system.lines.dispersive or gains(simulation) < MANY:
        return GrowingModes()
    return growing_at(simulation)


def growing_at(simulation: Simulation) -> GrowingModes:
    """The same for a nonlinear circuit of which something else says that it may leave its point."""
    system = simulation.system
    odd = _odd(simulation) if system.n <= MOST and len(system.reactive) else None
    return GrowingModes(odd) if odd else _in_loops(simulation)


def _in_loops(simulation: Simulation) -> GrowingModes:
    """Growth in feedback loops, of which each is examined by itself; of a small circuit as a whole."""
    from circuitnn.operating_point.feedback_loops import MOST as MOST_IN_LOOP
    from circuitnn.operating_point.feedback_loops import (  # few circuits amplify
        Pencil,
        amplifies,
        growing_modes,
        mixture,
    )

    system, nodes = simulation.system, simulation.nodes
    if system.n > MOST_IN_LOOP:
        values = system.assembly.evaluate(simulation.x, conditions=simulation.conditions, anchor=True)[2]
        if not amplifies(system.pattern.indices, system.pattern.columns, values, system.n):
            return GrowingModes()
    small = linearise(system, simulation.x, simulation.regularisation.shunt, frozen=True, ac=False)
    if not max(np.abs(small.G).max(initial=0.0), np.abs(small.C).max(initial=0.0)) < LARGEST:
        return GrowingModes()
    columns = np.repeat(np.arange(system.n), np.diff(small.starts))
    pencil, bare = Pencil(small.rows, columns, small.static(), small.C, system.n), not np.any(small.C)
    if bare:
        pencil = pencil.charged(nodes, CAPACITANCE)
    growth = growing_modes(pencil)
    devices = touched(system)

    def doubtful(mode: Mode) -> bool:
        G, C = (of[0] for of in pencil.of(mode.loop[None]))
        in_loop = int(np.count_nonzero(mode.loop < nodes))
        return ill_posed(G, C, in_loop, mode.rate) or unbounded(G, C, devices[mode.loop], mode.rate)

    modes = [mode for mode in growth.modes if not doubtful(mode)]
    if not modes:
        return GrowingModes(
            pair=next((pair.rate for pair in growth.pairs if not (bare or doubtful(pair))), None)
        )
    direction = np.sum([mode.direction for mode in modes], axis=0)
    if growth.real > len(modes):
        direction += mixture(pencil, modes[0].rate)
    return GrowingModes(Growth(modes[0].rate, direction, growth.real > 1, bare))


def _odd(simulation: Simulation) -> Growth | None:
    """The growing real mode of a small circuit if there is one, by the sign of a determinant."""
    system = simulation.system
    G, C = linearise(system, simulation.x, simulation.regularisation.shunt, frozen=True, ac=False).dense()
    if not max(np.abs(G).max(initial=0.0), np.abs(C).max(initial=0.0)) < LARGEST:
        return None

    def sign(s: float) -> float:
        return float(np.linalg.slogdet(G + s * C)[0])

    first, last = sign(SLOWEST), sign(FASTEST)
    if first * last >= 0.0 or not (_certain(G + SLOWEST * C, first) and _certain(G + FASTEST * C, last)):
        return None
    decades = [d for d in map(sign, np.geomspace(SLOWEST, FASTEST, 35)) if d]
    if np.count_nonzero(np.diff(decades)) != 1:
        return None  # rounding, or more than one growing mode: inconclusive
    low, high = SLOWEST, FASTEST
    for _ in range(BISECTIONS):
        middle = float(np.sqrt(low * high))
        low, high = (middle, high) if sign(middle) == first else (low, middle)
    if ill_posed(G, C, simulation.nodes, high) or unbounded(G, C, touched(system), high):
        return None
    try:
        return Growth(high, _direction(G, C, high))
    except np.linalg.LinAlgError:
        return None


def _direction(G: np.ndarray, C: np.ndarray, rate: float) -> np.ndarray:
    """Eigenvector of a mode, shape (n,), by inverse iteration; signed so that its largest component rises."""
    v: np.ndarray = np.ones(len(G))
    for _ in range(3):
        with np.errstate(all="ignore"):
            v = np.linalg.solve(G + rate * C, C @ v)
        v /= v[np.argmax(np.abs(v))] or 1.0
    return v


def _certain(matrix: np.ndarray, sign: float) -> bool:
    """Whether the determinant keeps its sign if the entries are rounded otherwise."""
    rng = np.random.default_rng(0)
    roundings = 1.0 + ROUNDING * rng.uniform(-1.0, 1.0, (ROUNDINGS, *matrix.shape))
    return bool(np.all(np.linalg.slogdet(roundings * matrix)[0] == sign))


def ill_posed(G: np.ndarray, C: np.ndarray, nodes: int, s: complex) -> bool:
    """Whether a growing real mode is that of a negative capacitance instead of a negative conductance.

    Beyond the fastest mode of a well-posed circuit, det(G + s·C) has the sign that it has if large conductances hold
    all nodes and states. Macromodels with ideal differentiators, and no pole beyond them, can leave a capacitance a
    little below 0: they rest, but by their equations no step would be short enough. Between two growing modes of a
    well-posed circuit, of a multivibrator for instance, the determinant has the other sign.

    Parameters
    ----------
    G, C : ndarray, shape (n, n)
    nodes : int
        Number of node voltages, which come first among the unknowns.
    s : complex
        Of the mode. [1/s]

    Returns
    -------
    bool
    """
    if abs(s.imag) > REAL * abs(s):
        return False
    held = _held(G, C, nodes)
    beyond = np.geomspace(BEYOND * s.real, max(FASTEST, 10.0 * s.real), SCANNED)
    # Faster modes may follow, as in a multivibrator, whose capacitors grow slower than its transistors.
    return all(np.linalg.slogdet(G + rate * C)[0] not in held for rate in beyond)


def _held(G: np.ndarray, C: np.ndarray, nodes: int) -> set[float]:
    """Signs of the determinant with all nodes and states held, and with the currents through sources held as well.

    A source's current may be that of a conductance that holds a node; what it controls then amplifies it. Without it,
    on the other hand, a loop of ideal sources is open.
    """
    holding = np.sign(np.diag(C))
    holding[:nodes] = 1.0
    # A resistance in series with a source has the sign by which its voltages depend on its current.
    sensed = np.where(holding == 0.0, -np.sign(np.sum(G[:, :nodes] * G[:nodes].T, axis=1)), 0.0)
    most = HOLDING * np.max(np.abs(G))
    return {float(np.linalg.slogdet(G + most * np.diag(of))[0]) for of in (holding, holding + sensed)}


def unbounded(G: np.ndarray, C: np.ndarray, devices: np.ndarray, s: complex) -> bool:
    """Whether a mode grows just as well if all unknowns of the devices are held: no device can end the growth.

    It then belongs to a linear part with a negative resistance, has no bounds, and has been there from the start, as in
    a linear circuit. Macromodels of op-amps have it at rates beyond all else ("negative zeros"), and are meant to rest.

    Parameters
    ----------
    G, C : ndarray, shape (n, n)
    devices : ndarray, shape (n,)
        Of `touched`.
    s : complex
        Of the mode. [1/s]

    Returns
    -------
    bool
    """
    near = inverse_distances(G + HOLDING * np.max(np.abs(G)) * np.diag(devices), C, s)
    return near is None or bool(np.max(np.abs(near)) * SAME * abs(s) > 1.0)


def inverse_distances(G: np.ndarray, C: np.ndarray, shift: complex) -> np.ndarray | None:
    """1/(shift - s) of all modes s of G + s·C, 0 of infinite ones; None if `shift` is one or numbers overflow. [s]"""
    try:
        with np.errstate(all="ignore"):  # after an overflow eigvals raises
            whole = G + shift * C
            sizes = np.abs(whole).max(axis=1, keepdims=True)
            return np.linalg.eigvals(np.linalg.solve(whole / sizes, C / sizes))
    except np.linalg.LinAlgError:
        return None


def touched(system: System) -> np.ndarray:
    """1 for the unknowns in the equations of devices, 0 for all others, shape (n,)."""
    of = np.zeros(system.n + 1)  # ground, -1, is the last
    for placed in system.placed:
        if not placed.linear:
            of[placed.nodes] = 1.0
    return of[:-1]


def gains(simulation: Simulation) -> int:
    """Number of devices that may amplify deviations; controlled sources, which need not invert, count twice."""
    circuit = simulation.circuit
    count = sum(len(d.names) for d in circuit.devices if _can_amplify(d.model))
    count += 2 * sum(len(b.names) for b in circuit.behavioural)
    kinds = ((table, element(table.kind)) for table in circuit.elements)
    return count + 2 * sum(len(table.names) for table, of in kinds if not (of.passive or of.source))


def _can_amplify(model: str) -> bool:
    """Whether a device of this model may amplify: it is controlled, or not passive."""
    stated = named(model)
    return len(stated.terminals) > 2 or "passive" not in stated.claims
