"""Parameters of curves of operating points: the value of a source or element, a parameter, the temperature."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.constants import ABSOLUTE_ZERO
from circuitnn.elements import element
from circuitnn.errors import AnalysisError, nearest
from circuitnn.flat import FlatCircuit
from circuitnn.machine.user_input import name_of
from circuitnn.operating_point.simulation import Simulation
from circuitnn.records import replace
from circuitnn.system.initials import memories_of

if TYPE_CHECKING:
    from circuitnn.options import Options
    from circuitnn.registry.analyses import Rebuild

# Step of a central difference, relative to the span: its error only slows Newton's method.
DIFFERENCE = 1e-5


def target_of(circuit: FlatCircuit, name: str, analysis: str, argument: str = "name") -> str:
    """Resolve a name to a target: a source or element, ``temp``, or ``param:`` and a parameter.

    Raises
    ------
    AnalysisError
        There is nothing of that name.
    """
    name = name_of(name, f"{analysis}: {argument}")
    if name == "temp" or name.startswith("param:"):
        return name
    known = [n for table in circuit.elements if element(table.kind).sweep for n in table.names]
    if name in known:
        return name
    if name in circuit.parameters:
        return f"param:{name}"
    names = [*known, *circuit.parameters, "temp"]
    verb = "sweep" if analysis == "dc" else "follow"
    raise AnalysisError(f"{analysis}: there is no {name} to {verb}{nearest(name, names)}")


class ContinuationParameter:
    """A number of a circuit that a curve varies, and the simulation that has its present value.

    Parameters
    ----------
    simulation : Simulation
    target : str
        Returned by `target_of`.
    span : float
        Range of the value, in its unit.
    settled : bool
        Whether states that operating points hold follow their rates instead.

    Attributes
    ----------
    simulation : Simulation
        A change of the value may replace it.
    """

    dear = False  # whether a change of the value rebuilds the simulation

    def __init__(self, simulation: Simulation, target: str, span: float, settled: bool = False) -> None:
        self.simulation, self.target, self.span, self.settled = simulation, target, span, settled
        self.given: dict[str, float] = {}  # values of this knob and of others of the same circuit, by target
        if settled:
            simulation.held = None

    @property
    def name(self) -> str:
        """The user's name for it."""
        return self.target.removeprefix("param:")

    @property
    def axis(self) -> tuple[str, str]:
        """Name and type of the first column of results."""
        if self.target == "temp":
            return "temp-sweep", "temperature"
        if self.target.startswith("param:"):
            return "param-sweep", "notype"
        return element(self.target[0]).sweep or (self.target, "notype")

    def set(self, value: float) -> None:
        """Set the value."""
        raise NotImplementedError

    def influence(self, x: np.ndarray, value: float) -> np.ndarray:
        """∂f/∂(value) at `x`, shape (n,); the value is restored afterwards."""
        h = DIFFERENCE * self.span
        self.set(value + h)
        above = self._residual(x)
        self.set(value - h)
        below = self._residual(x)
        self.set(value)
        change: np.ndarray = (above - below) / (2.0 * h)
        return change

    def _residual(self, x: np.ndarray) -> np.ndarray:
        simulation = self.simulation
        simulation.regularisation.follow(x)
        return simulation.system.assembly.evaluate(x, conditions=simulation.conditions)[0]


class SourceKnob(ContinuationParameter):
    """The dc value of an independent source."""

    def set(self, value: float) -> None:
        """Set the value. [V] or [A]"""
        self.given[self.target] = value
        self.simulation.system.set_source(self.target, value)

    def influence(self, x: np.ndarray, value: float) -> np.ndarray:
        """∂f/∂(value), which is the same everywhere, shape (n,)."""
        system = self.simulation.system
        return system.copies(self.target) * system.source_influence(self.target)


class ElementKnob(ContinuationParameter):
    """The main value of an element."""

    def set(self, value: float) -> None:
        """Set the value, in its unit."""
        self.given[self.target] = value
        self.simulation.system.set_value(self.target, value)


class RemadeKnob(ContinuationParameter):
    """A parameter of the deck, or the temperature: a value is set in place if it only changes numbers.

    Else, and at other temperatures, the simulation is built anew.
    """

    dear = True

    def __init__(
        self, simulation: Simulation, target: str, span: float, settled: bool, rebuild: Rebuild | None
    ) -> None:
        super().__init__(simulation, target, span, settled)
        if target != "temp" and rebuild is None:
            raise AnalysisError(f"parameter {self.name} can only be followed in a circuit with a deck")
        self.rebuild = rebuild

    def set(self, value: float) -> None:
        """Give the simulation another value; the present solution is kept.

        Raises
        ------
        AnalysisError
            The temperature is not valid, or the value changes the unknowns.
        """
        if value == self.given.get(self.target):
            return
        old, options, circuit = self.simulation, self.simulation.options, self.simulation.circuit
        if self.target == "temp":
            if value <= ABSOLUTE_ZERO:
                raise AnalysisError(f"a temperature of {value:g} °C is at or below absolute zero")
            options = replace(options, temp=value)
        elif self.rebuild is not None:
            others = {t[6:]: v for t, v in self.given.items() if t.startswith("param:")}
            circuit = self.rebuild({**others, self.name: value})
        self.given[self.target] = value
        if options is not old.options or not old.renewed(circuit):
            self.simulation = remade(old, circuit, options, self.settled)
        for target, other in self.given.items():
            if self.simulation.system.is_source(target):
                self.simulation.system.set_source(target, other)
            elif self.simulation.system.has_value(target):
                self.simulation.system.set_value(target, other)


def remade(old: Simulation, circuit: FlatCircuit, options: Options, settled: bool) -> Simulation:
    """Build a simulation to replace another, with its memories, counts and notes.

    Raises
    ------
    AnalysisError
        The circuits have different unknowns.
    """
    charging = tuple(old.system.unknowns.charging)
    rebuilt = Simulation(_with_moving(circuit, old.circuit), options, charging=charging)
    if rebuilt.system.unknowns.names != old.system.unknowns.names:
        raise AnalysisError("the parameter changes the number of nodes or devices: it cannot be followed")
    rebuilt.newton.add_counts(old.newton)
    rebuilt.started, rebuilt.x[:] = old.started, old.x
    rebuilt.regularisation = old.regularisation.moved(circuit, rebuilt.system.assembly)
    rebuilt.statistics.notes, rebuilt.statistics.homotopy = old.statistics.notes, old.statistics.homotopy
    # By name: a value of 0 may simplify a source away, and its group with it.
    kept = {name: column[k] for name, column, k in memories_of(old.system)}
    for name, column, k in memories_of(rebuilt.system):
        column[k] = kept.get(name, column[k])
    if settled:
        rebuilt.held = None
    return rebuilt


def _with_moving(circuit: FlatCircuit, before: FlatCircuit) -> FlatCircuit:
    """The circuit with marks at numbers of sources that have changed, whose equations are then built only once."""
    if len(circuit.behavioural) != len(before.behavioural):
        return circuit
    tables = []
    for table, other in zip(circuit.behavioural, before.behavioural, strict=True):
        if table.expression is other.expression and table.names == other.names:
            changed = {n for n, v in table.columns.items() if not np.array_equal(v, other.columns[n])}
            table = replace(table, moving=other.moving | changed)
        tables.append(table)
    return replace(circuit, behavioural=tuple(tables))


def joined(knobs: Sequence[ContinuationParameter]) -> None:
    """Share the values of all knobs of one circuit among them."""
    for knob in knobs[1:]:
        knobs[0].given.update(knob.given)
        knob.given = knobs[0].given


def turn(knobs: Sequence[ContinuationParameter], values: Sequence[float]) -> Simulation:
    """Set all knobs of one circuit; returns its simulation."""
    order = sorted(range(len(knobs)), key=lambda k: not knobs[k].dear)  # knobs that rebuild come first
    for k in order:
        knobs[k].set(float(values[k]))
        for other in knobs:
            other.simulation = knobs[k].simulation
    return knobs[0].simulation


def make_knob(
    simulation: Simulation, target: str, span: float, settled: bool = False, rebuild: Rebuild | None = None
) -> ContinuationParameter:
    """Make the knob for a target.

    Raises
    ------
    AnalysisError
        There is no such source.
    """
    if target == "temp" or target.startswith("param:"):
        return RemadeKnob(simulation, target, span, settled, rebuild)
    if simulation.system.has_value(target):
        return ElementKnob(simulation, target, span, settled)
    simulation.system.source_index(target)
    return SourceKnob(simulation, target, span, settled)
