"""The start of a transient: an operating point or initial conditions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from circuitnn._cext.assembly import Assembly
from circuitnn.elements import element
from circuitnn.elements.temperature import temperature_factor
from circuitnn.errors import ConvergenceError, SingularMatrixError, TopologyError
from circuitnn.operating_point import rounding_error
from circuitnn.operating_point.failures import SwitchStateError
from circuitnn.operating_point.point import OperatingPoint
from circuitnn.operating_point.simulation import Simulation
from circuitnn.operating_point.state import Place
from circuitnn.results.notes import once
from circuitnn.system.initials import open_at_thresholds
from circuitnn.system.lines import set_modes
from circuitnn.system.topology import warm_nodes
from circuitnn.transient.conflicting_conditions import refuse
from circuitnn.transient.initial_charges import charge, precharged


class Start(NamedTuple):
    """Where a transient begins, beside its unknowns.

    Parameters
    ----------
    q : ndarray, shape (n + 1,)
        The charges. [C]
    lacking : ndarray, shape (n,), optional
        Residual that rounding leaves at an exact operating point, see `Conditions`. [A]
    """

    q: np.ndarray
    lacking: np.ndarray | None = None


def starting_point(simulation: Simulation, uic: bool) -> Start:
    """Compute the unknowns at t = 0 in `simulation.x`.

    Parameters
    ----------
    simulation : Simulation
    uic : bool
        Start from ``ic=`` and ``.ic`` alone, without an operating point.
    """
    assembly = simulation.system.assembly
    if not uic:
        lacking = _from_rest(simulation)
        # Limiting from zero would move what rests.
        return Start(_charges(assembly, simulation.x, anchor=lacking is not None), lacking)
    open_at_thresholds(simulation.system)
    if len(simulation.system.reactive) or assembly.delays.n:
        return Start(_from_initial_conditions(simulation))
    # nothing is charged: start from the operating point, for which more methods exist than for a step
    simulation.operating_point(simulation.options.itl1)
    return Start(_charges(assembly, simulation.x))


def _from_rest(simulation: Simulation) -> np.ndarray | None:
    """Find the operating point, in which nodes and states are held at the initial conditions that are given.

    Returns what rounding leaves in its equations, if it is exact.
    """
    circuit = simulation.circuit
    conditioned = bool(circuit.initial or circuit.initial_states or circuit.initial_currents)
    point = None
    try:
        point = _rest(simulation, circuit.nodesets)
    except (ConvergenceError, SingularMatrixError, TopologyError):
        if not conditioned:
            raise
        simulation.x[:] = 0.0  # it is only a guess for the solution with nodes held
    if conditioned:
        simulation.force(circuit.initial, circuit.initial_states, circuit.initial_currents, start=True)
        point = _rest(simulation)
    elif point is not None:
        simulation.note_instability(point)
    lacking = None
    if (point and point.exact) or (circuit.placed and simulation.dividers.solved(near=True) is not None):
        rounding_error.note(simulation)  # later steps are less exact, except for unknowns at rest
        lacking = rounding_error.lacking(simulation)
    if point and point.rounded and (spoilt := rounding_error.spoilt(simulation)):
        raise ConvergenceError(f"tran: {spoilt}")
    return lacking


def _from_initial_conditions(simulation: Simulation) -> np.ndarray:
    """Set the unknowns by ``ic=`` and ``.ic`` alone; returns the charges, shape (n + 1,).

    A capacitor has the charge of its ``ic=``, otherwise that of the ``.ic`` of its nodes: the ``ic=`` of one charges no
    other. As temperatures are initial values of devices, those of capacitors at thermal nodes are.
    """
    circuit, x = simulation.circuit, simulation.x
    refuse(circuit, simulation.options.reltol)
    for node, voltage in (*circuit.held.items(), *circuit.initial.items()):
        if node > 0:
            x[node - 1] = voltage
    nodes = x.copy()
    unknowns = simulation.system.unknowns
    set_modes(circuit.elements, unknowns, x)
    charged = []  # unknowns that are not currents are voltages of charges
    for table in (t for t in circuit.elements if "ic" in t.values):
        if element(table.kind).branch:
            has_ic = ~np.isnan(table.values["ic"])
            branches = unknowns.of_branches(table.names)
            x[branches[has_ic]] = table.values["ic"][has_ic]
        else:
            charged.append(table)
    for name, current in circuit.initial_currents.items():
        x[unknowns.branches[name]] = current
    guess = x.copy()
    for table in charged:
        _guess_nodes(table.nodes, table.values["ic"], circuit.initial, guess)
    warm = warm_nodes(circuit)[1:]
    x[: len(warm)][warm] = guess[: len(warm)][warm]
    devices = precharged(simulation, nodes)
    q = _charges(simulation.system.assembly, x)
    charge(simulation, devices, q)
    for table in charged:
        current_rows = unknowns.of_charging(table.names)
        factor = temperature_factor(table, simulation.options.temp, simulation.options.tnom)
        capacitances = factor * table.values[element(table.kind).main]
        _charge_capacitors(table.nodes, current_rows, capacitances, table.values["ic"], x, q)
    x[: len(warm)] = guess[: len(warm)]
    return q


def _rest(simulation: Simulation, nodesets: Mapping[int, float] | None = None) -> OperatingPoint | None:
    """Find an operating point, or, if the switches agree with none, a static solution with them as at t = 0.

    That is none, and nothing is returned.

    Raises
    ------
    ConvergenceError, SingularMatrixError, TopologyError
    """
    before = Place.of(simulation)
    iterations = simulation.options.itl1
    try:
        return simulation.operating_point(iterations, nodesets)
    except SwitchStateError:
        nothing = np.zeros(simulation.system.n)
        schedules = [[1.0], [*np.linspace(0.0, 1.0, 21)]]
        for factors in schedules:
            before.back(simulation)
            done = [
                simulation.newton.implicit(
                    simulation.x,
                    simulation.conditions.replace(source_factor=float(factor)),
                    0.0,
                    0.0,
                    nothing,
                    iterations,
                )
                for factor in factors
            ]
            if done[-1] == 0:
                break
        else:
            raise
    once(
        simulation.statistics.notes,
        "no state of the switches agrees with their controls at rest: the run starts with them as they are at t = 0",
    )
    return None


def _charges(assembly: Assembly, x: np.ndarray, anchor: bool = False) -> np.ndarray:
    q = assembly.evaluate(x, 0.0, anchor=anchor)[1]
    return np.append(q, 0.0)


def _guess_nodes(nodes: np.ndarray, ic: np.ndarray, initial: Mapping[int, float], x: np.ndarray) -> None:
    """Start the node of a grounded capacitor at its initial voltage, unless ``.ic`` gives another."""
    for (p, n), voltage in zip(nodes.tolist(), ic.tolist(), strict=True):
        if math.isnan(voltage):
            continue
        if n == 0 and p > 0 and p not in initial:
            x[p - 1] = voltage
        elif p == 0 and n > 0 and n not in initial:
            x[n - 1] = -voltage


def _charge_capacitors(
    nodes: np.ndarray, current_rows: np.ndarray, c: np.ndarray, ic: np.ndarray, x: np.ndarray, q: np.ndarray
) -> None:
    """Give capacitors the charge of their ``ic=`` where the node voltages differ from it.

    It is in the rows of their currents, `current_rows`, where these are unknowns.
    """
    has_ic = ~np.isnan(ic)
    p, n = nodes[has_ic].T - 1
    missing = c[has_ic] * (ic[has_ic] - (x[p] - x[n]))
    current_rows = current_rows[has_ic]
    np.add.at(q, np.where(current_rows < 0, p, current_rows), missing)
    np.add.at(q, np.where(current_rows < 0, n, -1), -missing)
    q[-1] = 0.0
