"""Uncertainty of an operating point due to rounding of node voltages.

The current through a conductance g between nodes at voltages near v is uncertain by eps·g·v, however small it is:
picoamperes through a microohm are lost. The uncertainty of the unknowns is the inverse of the Jacobian times these
currents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from circuitnn._cext.digits import Digits
from circuitnn.elements import element
from circuitnn.errors import ConvergenceError
from circuitnn.operating_point import source_range
from circuitnn.results.blockwise import blocks
from circuitnn.results.notes import Rounded, once
from circuitnn.system.topology import warm_nodes

if TYPE_CHECKING:
    from circuitnn.flat import FlatCircuit
    from circuitnn.operating_point.simulation import Simulation
    from circuitnn.results.result import Result

# Ratio of smallest to largest pivot below which an operating point is examined more closely.
SUSPICIOUS = 1e-8
# Pivot ratio times reltol below which rounding may exceed the relative tolerance.
ROUNDED = 1e-12
# abstol below which rounding is examined in ordinary circuits too. [A]
FINE = 1e-14
# Unknowns up to which what rounding loses is examined in any case: more are neither solved exactly nor as a divider.
EXAMINED = 2048

# Rounding error of a node's current, relative to the sum of magnitudes.
ROUNDING = 4.0 * float(np.finfo(float).eps)
# Newton updates below this multiple of the rounding error count as rounding.
EXPLAINED = 8.0
# Uncertainty of voltages, relative to the largest, beyond which an iterate is not a solution.
USELESS = 1e-3
# The same where rounding could fake a solution: only currents may be uncertain, …
FIRM = 1e-7
# … and voltages by no more than hardly affects a junction. [V]
UNFELT = 1e-3 * 0.025
TRIES = 3

ROUNDED_AWAY = "voltages against ground are rounded"


def suspicious(simulation: Simulation) -> bool:
    """Whether rounding may hide that the last matrix is singular, or may move an unknown beyond its tolerance."""
    options, convergence = simulation.options, simulation.newton.convergence
    if simulation.doubtful or convergence.rounded:
        return True
    if simulation.solver.quotient < max(SUSPICIOUS, ROUNDED / options.reltol):
        return True
    if simulation.system.n <= EXAMINED and digits(simulation).exceeded(simulation.x):
        return True
    if options.abstol > FINE:
        return False
    voltage = simulation.system.unknowns.of_kind("voltage")
    return bool(np.any(ROUNDING * convergence.magnitudes(simulation.x)[voltage] > options.abstol))


def digits(simulation: Simulation) -> Digits:
    """What rounding may move the solution by, from the last factors."""
    return Digits(simulation.newton, simulation.system.unknowns.of_kind("voltage").view(np.uint8))


def look_beyond(simulation: Simulation) -> None:
    """Note a voltage of an operating point that passive devices cannot reach."""
    if simulation.system.assembly.linear or not simulation.nodes:
        return
    total = source_range.total(simulation)
    if not np.isfinite(total):
        return
    voltages = np.abs(simulation.x[: simulation.nodes])
    beyond = np.where(voltages > source_range.bounds(simulation, total)[: simulation.nodes], voltages, 0.0)
    farthest = int(np.argmax(beyond))
    if beyond[farthest]:
        simulation.statistics.notes.append(
            f"{simulation.name(farthest)} = {simulation.x[farthest]:.6g} V lies beyond what the sources give, "
            f"{total:g} V in all: perhaps a false operating point; try .nodeset or a smaller reltol"
        )


def uncertainty(simulation: Simulation, again: bool = True) -> np.ndarray | None:
    """Uncertainty of each unknown at `x` due to rounding, shape (n,); None if the matrix is singular. [V, A]

    Parameters
    ----------
    simulation : Simulation
    again : bool
        Whether to factor the matrix at `x`; if not, the factors of the last Newton iteration serve.
    """
    if again and simulation.newton.linearise(simulation.x, simulation.conditions)[0] != 0:
        return None
    return _spread(simulation)


def _spread(simulation: Simulation) -> np.ndarray | None:
    """Uncertainty of each unknown, from the present factors."""
    with np.errstate(all="ignore"):
        spread = digits(simulation).uncertainty(simulation.x)
    return spread if np.all(np.isfinite(spread)) else None


def _lost(simulation: Simulation) -> np.ndarray:
    """What is lost in each equation in the rounding of the unknowns, shape (n,). [A, V]"""
    return digits(simulation).lost(simulation.x)


def lacking(simulation: Simulation) -> np.ndarray:
    """Residual of Kirchhoff's current law at the rounded solution `x`, shape (n,); 0 elsewhere. [A]"""
    conditions = simulation.conditions
    f = simulation.system.assembly.evaluate(simulation.x, conditions=conditions, anchor=True)[0]
    return np.where(simulation.system.unknowns.of_kind("voltage"), f, 0.0)


def reached(simulation: Simulation) -> tuple[bool, str]:
    """Whether Newton's method stalled because of rounding, and what else to say of rounding if not; improves `x`.

    In circuits that do more than divide voltages, the voltages must be certain, and only currents lost in their
    rounding may have kept Newton's method from converging.
    """
    useless, most = (USELESS, np.inf) if simulation.divides else (FIRM, UNFELT)
    x, voltage = simulation.x, simulation.system.unknowns.of_kind("voltage")
    tolerance = simulation.system.tolerances()[0]
    for _ in range(TRIES):
        status, residual = simulation.newton.linearise(x, simulation.conditions)
        if status != 0 or not (simulation.divides or _only_lost(simulation, residual)):
            return False, ""
        step, spread = simulation.factors.correction(residual), _spread(simulation)
        if spread is None or not np.all(np.isfinite(step)):
            return False, ""
        largest = np.max(np.abs(x[:-1][voltage]), initial=0.0)
        if np.any(spread[voltage] > min(useless * largest, most)) or ROUNDING * largest > most:
            worst = int(np.argmax(np.where(voltage, spread, 0.0)))
            hint = (
                f"{ROUNDED_AWAY}: {simulation.name(worst)} cannot be told to better than "
                f"{spread[worst]:.2g} V, since conductances that are too far apart meet"
            )
            return False, hint
        x[:-1] -= step
        allowed = EXPLAINED * spread + simulation.options.reltol * np.abs(x[:-1]) + tolerance
        if np.all(np.abs(step) <= allowed):
            return True, ""
        if not simulation.divides:
            x[:-1] += step
            return False, ""
    return False, ""


def _only_lost(simulation: Simulation, residual: np.ndarray) -> bool:
    """Whether relative tolerances or rounding explain every residual beyond the absolute tolerances."""
    least, off = simulation.system.tolerances()[1], np.abs(residual)
    flows = simulation.newton.convergence.flows(simulation.x)
    allowed = least + simulation.options.reltol * flows + EXPLAINED * _lost(simulation)
    return bool(np.any(off > least) and np.all(off <= allowed))


def note(simulation: Simulation, again: bool = True) -> None:
    """Note the unknown of the operating point at `x` that rounding may have moved beyond the tolerances."""
    spread = uncertainty(simulation, again)
    names = simulation.system.unknowns
    size = np.abs(simulation.x[:-1])
    voltage = names.of_kind("voltage")
    size[voltage] = np.max(size[voltage], initial=0.0)
    allowed = simulation.options.reltol * size + simulation.system.tolerances()[0]
    if spread is None:
        _say(simulation, "the equations no longer distinguish the unknowns")
    elif np.any(spread > allowed):
        with np.errstate(all="ignore"):
            worst = int(np.argmax(spread / allowed))
        unit = "V" if voltage[worst] else "A"
        _say(
            simulation,
            f"{simulation.name(worst)} = {simulation.x[worst]:.6g} {unit} may be off by {spread[worst]:.2g} {unit}, "
            "beyond the tolerance; give conductances that are not so far apart",
        )


def spoilt(simulation: Simulation) -> str | None:
    """The note about unknowns moved by rounding beyond the tolerances, if there is one."""
    return next((note for note in simulation.statistics.notes if isinstance(note, Rounded)), None)


def outside(simulation: Simulation, circuit: FlatCircuit, result: Result) -> ConvergenceError | None:
    """Error for a transient with a voltage that resistors, capacitors and voltage sources cannot produce.

    A capacitor that is charged and then lifted adds its voltage, but no voltage exceeds the sum of the sources' swings.
    With other devices, whose voltages are not bounded this way, only a note is left.
    """
    if (
        circuit.behavioural
        or not _plain(circuit)
        or not len(result)
        or not source_range.only_divides(circuit)
    ):
        return None
    place, warm = {name: k for k, name in enumerate(result.names)}, warm_nodes(circuit)
    nodes = [f"v({name})" for name in circuit.node_names[1:]]
    if not place.keys() >= set(nodes):
        return None  # .save may omit voltages
    chosen = [place[name] for name in nodes]
    sources = np.concatenate(
        [np.zeros((0, 2), np.int32), *(pairs for _, pairs in source_range.driving(circuit, warm))]
    )
    swing, farthest, time, node = np.zeros(len(sources)), 0.0, 0.0, 1
    for rows in blocks(result.data):
        voltage = np.column_stack([np.zeros(len(rows)), rows[:, chosen]])
        voltage[:, warm] = 0.0
        driven = np.abs(voltage[:, sources[:, 0]] - voltage[:, sources[:, 1]])
        swing = np.maximum(swing, np.max(driven, axis=0))
        point, column = (int(k) for k in np.unravel_index(np.argmax(np.abs(voltage)), voltage.shape))
        if abs(voltage[point, column]) > abs(farthest):
            farthest, time, node = float(voltage[point, column]), float(rows[point, 0]), column
    total = float(np.sum(swing))
    if abs(farthest) <= 2.0 * total + source_range.LEAST:
        return None
    text = (
        f"{nodes[node - 1]} = {farthest:.6g} V at t = {time:.6g} s, where the sources give {total:g} V in all; "
        "conductances are too far apart"
    )
    if circuit.devices:
        _say(simulation, text)
        return None
    return ConvergenceError(f"tran: {ROUNDED_AWAY}: {text}")


def _plain(circuit: FlatCircuit) -> bool:
    """Whether the circuit has only resistors, capacitors and voltage sources."""
    of = [element(table.kind) for table in circuit.elements]
    return all(e.passive and not e.rings for e in of)


def _say(simulation: Simulation, text: str) -> None:
    once(simulation.statistics.notes, Rounded(f"{ROUNDED_AWAY}: {text}"))
