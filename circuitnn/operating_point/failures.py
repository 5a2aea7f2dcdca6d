"""Messages about failed solutions: what failed, where in the circuit, and what to try."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from circuitnn.equations.expr import TRUTHS, order
from circuitnn.errors import CircuitnnError, ConvergenceError, SingularMatrixError, TopologyError
from circuitnn.flat import Behavioural, Devices, Elements, FlatCircuit
from circuitnn.system import topology

if TYPE_CHECKING:
    from circuitnn.operating_point.simulation import Simulation

NOT_FINITE = 2
SINGULAR, NO_MEMORY, CHATTER = -1, -3, -5
SHOWN = 4  # elements that are named at a node

_STATIC_ADVICE = (
    "Try .nodeset near the solution, a larger itl1, or gshunt; and see whether these elements can balance at "
    "any voltage"
)
_TRANSIENT_ADVICE = (
    "Try .options method=gear, a smaller largest step, a larger itl4, or a small capacitance where it jumps"
)
_CURE = (
    "turns over what it depends on at once, as a comparator without hysteresis or delay does: give it hysteresis (a "
    "switch with vh), a delay (an RC at its output), or a finite slope (tanh)"
)
_NO_BALANCE = (
    ": the {jump} makes its value jump, and a load line that crosses the jump balances on neither side of it. A finite "
    "slope helps, such as 0.5+0.5*tanh((v(a)-1)/1m) for v(a)>1"
)
_STEPS = frozenset(("sgn", "floor", "ceil", "trunc", "nint", "fmod"))  # that jump as conditions do
_NO_STATE = (
    "no state of the switches agrees with their controls, of those that follow from one another: the circuit may have "
    "no operating point, as an oscillator; a transient starts from the states that the switches have at t = 0"
)
_NO_STATE_IN_TIME = f"no state of the switches agrees with their controls. Perhaps what a switch does {_CURE}"


class SwitchStateError(ConvergenceError):
    """No state of the switches agrees with their controls."""


def failure(
    simulation: Simulation,
    status: int,
    analysis: str,
    where: str,
    last: np.ndarray | None = None,
    hint: str = "",
) -> CircuitnnError:
    """The error for a status of the compiled core.

    Parameters
    ----------
    simulation : Simulation
    status : int
    analysis : str
        ``"op"``, ``"dc"``, ``"tran"``.
    where : str
        Point of the analysis, ``" at t = 1e-6 s"``.
    last : ndarray, optional
        The last point, which tells what went wrong with linear equations.
    hint : str
        What may be the cause, if Newton's method did not converge.
    """
    start = f"{analysis}{where}: "
    if status == NO_MEMORY:
        return ConvergenceError(f"{start}not enough memory to factor {simulation.system.n} unknowns")
    if status == SINGULAR:
        return _singular(simulation, start, in_time=analysis == "tran")
    if status == CHATTER:
        return SwitchStateError(start + (_NO_STATE_IN_TIME if analysis == "tran" else _NO_STATE))
    test = simulation.newton.convergence
    worst = _place(simulation, test.worst)
    if status == NOT_FINITE:
        return ConvergenceError(
            f"{start}the equation of {worst} has no finite value; look for a logarithm, root or quotient outside "
            "its domain, and give a .nodeset inside it"
        )
    if test.worst < 0:  # linear equations take no iteration
        return _unbounded(simulation, start, last)
    voltage = test.worst >= 0 and simulation.system.unknowns.kinds[test.worst] == "voltage"
    units = (" V", " A") if voltage else ("", "")
    return ConvergenceError(
        f"{start}Newton's method did not converge; worst is {worst}, last update "
        f"{test.worst_update:.3g}{units[0]}, residual of its equation {test.worst_residual:.3g}{units[1]}. "
        + (f"Perhaps {hint}. " if hint else "")
        + _advice(simulation, test.worst, in_time=analysis == "tran")
    )


def _unbounded(simulation: Simulation, start: str, last: np.ndarray | None) -> ConvergenceError:
    """The error if linear equations have no finite solution, at the end of any step."""
    farthest = ""
    if last is not None:
        worst = int(np.argmax(np.nan_to_num(np.abs(last[: simulation.nodes]), nan=np.inf)))
        farthest = f"; farthest away is {_place(simulation, worst)}, at {last[worst]:.3g} V"
    return ConvergenceError(
        f"{start}no solution is finite{farthest}. Perhaps a part of the circuit hangs together by so large "
        "capacitances, and on the rest by so small conductances, that rounding moves it: try values that are not so "
        "far apart, a larger chgtol or a smaller largest step"
    )


def _advice(simulation: Simulation, worst: int, in_time: bool) -> str:
    """What to try, by the unknown whose equation is farthest from being solved."""
    circuit = simulation.circuit
    at_node = 0 <= worst < simulation.nodes
    near = _elements_at(circuit, worst + 1) if at_node else [simulation.name(worst)[2:-1]]
    for table in circuit.behavioural:
        sources = [name for name in table.names if name in near]
        jump = _jump(table) if sources else ""
        if jump:
            jump += f" in the expression of {sources[0]}"
            if in_time:
                return f"Perhaps the {jump} {_CURE}"
            return _STATIC_ADVICE + _NO_BALANCE.format(jump=jump)
    return _TRANSIENT_ADVICE if in_time else _STATIC_ADVICE


def _jump(table: Behavioural) -> str:
    """What makes a source's value jump: ``"condition"``, ``"step"``, or nothing."""
    operations = {part.op for part in order([table.expression])}
    if operations & (TRUTHS | {"where"}):
        return "condition"
    return "step" if operations & _STEPS else ""


def _singular(simulation: Simulation, start: str, in_time: bool) -> CircuitnnError:
    circuit = simulation.circuit
    faults = topology.faults(circuit, in_time)
    if faults:
        return TopologyError(f"{start}the matrix is singular: " + "; ".join(faults))
    column = simulation.solver.singular_column
    return _unnamed(simulation, start, [column] if column >= 0 else [])


def _unnamed(simulation: Simulation, start: str, unknowns: list[int]) -> SingularMatrixError:
    """The error if no fault of the topology explains why these unknowns are undetermined."""
    places = [_place(simulation, k) for k in unknowns[:SHOWN]]
    others = f" and {len(unknowns) - SHOWN} more" if len(unknowns) > SHOWN else ""
    where = f" at {', '.join(places)}{others}" if places else ""
    what = "these unknowns" if len(unknowns) > 1 else "this unknown"
    return SingularMatrixError(
        f"{start}the matrix is singular{where}: nothing determines {what}. Look for a node that only capacitors or "
        "controlled sources reach, for conductances that cancel or are so far apart that the small ones are lost in "
        "the large, or for sources that contradict each other"
    )


def undetermined(simulation: Simulation, unknowns: list[int]) -> CircuitnnError:
    """The error for unknowns that are certainly undetermined in an operating point.

    Parameters
    ----------
    simulation : Simulation
    unknowns : list of int
        Unknowns that can change together without violating any equation.
    """
    faults = topology.faults(simulation.circuit)
    if not faults:
        return _unnamed(simulation, "op: ", unknowns)
    names = [simulation.name(k) for k in unknowns[:SHOWN]]
    others = f" and {len(unknowns) - SHOWN} more" if len(unknowns) > SHOWN else ""
    return TopologyError(
        f"op: the matrix is singular, nothing determines {', '.join(names)}{others}: " + "; ".join(faults)
    )


def _place(simulation: Simulation, unknown: int) -> str:
    """An unknown by name; a node with the elements that meet there."""
    name = simulation.name(unknown)
    if not 0 <= unknown < simulation.nodes:
        return name
    met = _elements_at(simulation.circuit, unknown + 1)
    shown = ", ".join(met[:SHOWN]) + (f" and {len(met) - SHOWN} more" if len(met) > SHOWN else "")
    return f"{name} (node of {shown})" if met else name


def _elements_at(circuit: FlatCircuit, node: int) -> list[str]:
    """Names of the elements with a terminal at a node."""
    tables: list[Elements | Behavioural | Devices]
    tables = [*circuit.elements, *circuit.behavioural, *circuit.devices]
    return [
        name
        for table in tables
        if table.nodes.size
        for name, touches in zip(table.names, (table.nodes == node).any(axis=1).tolist(), strict=True)
        if touches
    ]


def nothing(circuit: FlatCircuit) -> TopologyError:
    """The error for a circuit in which no equation has an entry."""
    faults = topology.faults(circuit) or ["every element has ground at all its ends"]
    return TopologyError(f"there is nothing to solve: {faults[0]}")
