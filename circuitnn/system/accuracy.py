"""Tolerances of the unknowns of a transient.

A compact model with states is a dynamical system. Its states, the voltages and currents that drive
them, and the inductors at its terminals must meet ``statetol``, relative to their own size. So must the nodes that
behavioural sources use as states. Voltages that settle long before a state responds, as on the wires of an array, need
not (`circuitnn._cext.settling`). Unknowns unrelated to these keep exactly SPICE's criteria.

A smaller ``reltol`` tightens both: a user who lowers it to see whether a result stands must see the states move, too.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from circuitnn.elements import element
from circuitnn.equations.kernel import Kernel
from circuitnn.models import Model, named
from circuitnn.options import Options
from circuitnn.records import dataclass
from circuitnn.system.integrators import beside, integrators
from circuitnn.system.settling import settling_times
from circuitnn.system.system import System
from circuitnn.system.triples import concatenated

# Of diodes and bipolar transistors: times the currents of their junctions, these are charges.
TRANSIT_TIMES = "tt", "tf", "tr"
# Ratio of SPICE's absolute tolerance to the size below which it applies: 1 uV is 1e-3 of 1 mV.
RELATIVE = 1e-3
# A tightened reltol takes statetol down to this and no further: errors are then 1e-5, and steps many.
LEAST = 1e-8
# A state less than this part of its fade-out range beyond a bound has a negligible rate.
LITTLE = 1e-3
# A voltage that settles within this part of the longest step hardly moves a state while it does.
QUICK = 0.01
ROOM_TEMPERATURE = 300.0  # K
# Of a rate that events alone depend on: it is as accurate as that whose rate it is.
UNTESTED = 1e30


@dataclass(frozen=True, eq=False)
class Accuracy:
    """Tolerances of one transient.

    Parameters
    ----------
    plain, strict : ndarray of int32
        Equations with charge that are held to SPICE's criterion, and to statetol.
    coils, stored : ndarray of int32
        Equations of the former that are of inductors, and of nodes with diffusion charges.
    charges : ndarray, shape (n,)
        Charge of each equation below which the tolerance is absolute (chgtol). [C]
    sizes : ndarray, shape (n,)
        Size of each unknown below which statetol is absolute.
    x_tolerance, f_tolerance, relative : ndarrays, shape (n,)
        Tolerances of Newton's method.
    statetol : ndarray, shape (n,)
        As applied: no looser than the other tolerances, and relative to the range for a bounded state far from zero.
    states : ndarray of int32
        The states of compact models.
    settling : ndarray, shape (n,)
        Time in which an error of a voltage decays, where it is far below the longest step; otherwise infinite. [s]
    bounds : tuple of ndarrays
        Unknowns with bounds, lower and upper bounds, and tolerances relative to their range.
    neighbours : tuple of ndarrays
        Starts and rows of the matrix's columns (int32), and which unknowns are voltages (uint8).
    reltol, abstol, trtol : float
        Of SPICE's criterion; abstol [A].
    """

    plain: np.ndarray
    strict: np.ndarray
    coils: np.ndarray
    stored: np.ndarray
    charges: np.ndarray
    sizes: np.ndarray
    x_tolerance: np.ndarray
    f_tolerance: np.ndarray
    relative: np.ndarray
    statetol: np.ndarray
    states: np.ndarray
    settling: np.ndarray
    bounds: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
    neighbours: tuple[np.ndarray, np.ndarray, np.ndarray]
    reltol: float
    abstol: float
    trtol: float


class Tolerances(NamedTuple):
    """Absolute and relative tolerances.

    Parameters
    ----------
    x, f : ndarray, shape (n,)
        Absolute tolerances of the unknowns and of the equations.
    relative : float
    """

    x: np.ndarray
    f: np.ndarray
    relative: float


def accuracy(system: System, options: Options, largest: float) -> Accuracy:
    """Tolerances of a transient of `system`, with steps of at most `largest` [s]."""
    strict = _strict(system)
    x_tolerance, f_tolerance = system.tolerances()
    sizes = _sizes(system, x_tolerance / RELATIVE)
    shares = np.ones(system.n)
    for placed in system.unknowns.states:
        low, high = placed.state.low, placed.state.high
        if math.isfinite(low) and math.isfinite(high):
            shares[placed.numbers] = min(1.0, (high - low) / max(abs(low), abs(high)))
    statetol = state_tolerance(options) * shares
    newton = np.minimum(options.reltol, statetol)
    chosen = strict[system.reactive]
    plain = system.reactive[~chosen]
    return Accuracy(
        plain,
        system.reactive[chosen],
        _coils(system, plain),
        _stored(system, plain),
        np.full(system.n, options.chgtol),
        sizes,
        np.where(strict, newton * sizes, x_tolerance),
        f_tolerance,
        np.where(strict, newton, options.reltol),
        statetol,
        concatenated([p.numbers for p in system.unknowns.states]).astype(np.int32),
        _settling(system, options, strict, QUICK * largest),
        _bounds(system),
        (system.pattern.starts, system.pattern.indices, system.unknowns.of_kind("voltage").astype(np.uint8)),
        options.reltol,
        options.abstol,
        options.trtol,
    )


def state_tolerance(options: Options) -> float:
    """Relative tolerance of states in a transient: ``statetol``, tightened along with ``reltol``.

    Parameters
    ----------
    options : Options

    Returns
    -------
    float
        `statetol` where `reltol` is at its default or above; below, less in the same proportion. Never looser than
        SPICE's own criterion, trtol·reltol.
    """
    tightened = options.statetol * min(1.0, options.reltol / Options.reltol)
    return min(max(tightened, min(LEAST, options.statetol)), options.trtol * options.reltol)


def unheeded(options: Options) -> str:
    """A note where ``reltol`` asks for states that are tighter than `state_tolerance`; otherwise empty.

    Parameters
    ----------
    options : Options
    """
    asked, applied = options.statetol * options.reltol / Options.reltol, state_tolerance(options)
    if options.statetol <= LEAST or asked >= 0.99 * applied:
        return ""
    return (
        f"states keep to statetol = {applied:g}: reltol tightens them no further, and {options.reltol:g} asks for "
        f"{asked:g}; give statetol itself to see whether the result stands"
    )


def _coils(system: System, plain: np.ndarray) -> np.ndarray:
    """Those of the equations `plain` that are of inductors."""
    coils = np.zeros(system.n, dtype=bool)
    for table in system.circuit.elements:
        if element(table.kind).flux:
            coils[system.unknowns.of_branches(table.names)] = True
    return plain[coils[plain]]


def _stored(system: System, plain: np.ndarray) -> np.ndarray:
    """Those of the equations `plain` of nodes with diffusion charges, which run out when a junction turns off."""
    stored = np.zeros(system.n + 1, dtype=bool)  # -1, ground, is the spare
    for placed in system.placed:
        if placed.plain and any(np.any(placed.columns.get(name, 0.0) > 0.0) for name in TRANSIT_TIMES):
            stored[placed.nodes[list(placed.kernel.q_rows)]] = True
    stored[:-1] &= system.unknowns.of_kind("voltage")
    stored[len(system.pattern.starts) - 1 :] = False  # inside devices
    return plain[stored[plain]]


def _sizes(system: System, usual: np.ndarray) -> np.ndarray:
    """Size of each unknown below which statetol is absolute, shape (n,); of most of them the usual one.

    A thermal node counts from absolute zero, as a temperature that is a state does.
    """
    sizes = np.append(usual, 0.0)  # -1, ground, is the spare
    for placed in system.devices:
        kernel = placed.kernel
        thermal = named(placed.name).heat_node
        if thermal:
            sizes[placed.nodes[kernel.inputs.index(thermal)]] = ROOM_TEMPERATURE
        sizes[placed.nodes[_seen_by_events(kernel)]] = UNTESTED
    return sizes[:-1]


def _seen_by_events(kernel: Kernel) -> list[int]:
    """Rows of rates on which no equation depends."""
    used = {column for row, column in (*kernel.G_places, *kernel.C_places) if row != column}
    return [row for row in kernel.rate_rows if row not in used]


def _bounds(system: System) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    states = [p for p in system.unknowns.states if math.isfinite(p.state.low) or math.isfinite(p.state.high)]
    rows = concatenated([p.numbers for p in states], np.int32).astype(np.int32)
    each = [(p.state.low, p.state.high, LITTLE * p.state.fading) for p in states]
    numbers = np.repeat(np.array(each, dtype=float).reshape(-1, 3), [len(p.numbers) for p in states], axis=0)
    low, high, slack = np.ascontiguousarray(numbers.T)
    return rows, low, high, slack


def _settling(system: System, options: Options, strict: np.ndarray, quick: float) -> np.ndarray:
    """Settling times of the voltages that drive states, if they settle quickly; shape (n,). [s]"""
    if not system.unknowns.states:
        return np.full(system.n, np.inf)
    times = settling_times(system, options.gmin)
    return np.where(strict & (times < quick), times, np.inf)


def _remembers(model: type[Model], kernel: Kernel) -> bool:
    """Whether a device has a past: a state with a charge of its own, and with it a rate, or a delay.

    Currents of branches, flows of ports and time derivatives that Verilog-A reads are unknowns, too, but follow
    from the voltages at the same instant.
    """
    rows = [kernel.inputs.index(state.name) for state in model.states]
    return bool(model.heat_node or model.delays) or any((row, row) in kernel.C_places for row in rows)


def _strict(system: System) -> np.ndarray:
    """Whether each unknown is a state, drives one, or belongs to a device with one; shape (n,)."""
    strict = np.zeros(system.n + 1, dtype=bool)  # -1, ground, is the spare
    for placed in system.devices:
        if _remembers(named(placed.name), placed.kernel):
            strict[placed.nodes] = True
    strict[-1] = False
    circuit, unknowns = system.circuit, system.unknowns
    states = integrators(circuit, unknowns.n_nodes)
    if states.any():
        strict[np.flatnonzero(states) - 1] = True
        for numbers in beside(circuit, unknowns, states):
            strict[numbers] = True
        strict[-1] = False
    if strict.any():
        for table in system.circuit.elements:
            if element(table.kind).flux:
                touching = strict[np.asarray(table.nodes, dtype=np.int64) - 1].any(axis=1)
                strict[system.unknowns.of_branches(table.names)[touching]] = True
    return strict[:-1]
