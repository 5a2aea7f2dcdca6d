"""The flat circuit: nodes, elements and devices as plain data.

This is what the netlist elaborator hands to the system builder. Elements of one
kind share one table with one row per element, so that a crossbar of a million resistors
is three arrays and not a million objects. Node 0 is ground.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from circuitnn.constants import NOMINAL_TEMPERATURE
from circuitnn.flat.cards import AnalysisCard, ArrayCard, Printed, Sweep
from circuitnn.flat.tables import GROUND, Behavioural, Devices, Elements, Waveform, nowhere, of_nodes
from circuitnn.machine.text import lowered
from circuitnn.records import dataclass, field

if TYPE_CHECKING:
    from circuitnn.errors import Fault
    from circuitnn.flat.measure_request import Measure
    from circuitnn.logic.connected import LogicCircuit

__all__ = [
    "GROUND",
    "AnalysisCard",
    "ArrayCard",
    "Behavioural",
    "Devices",
    "Elements",
    "FlatCircuit",
    "Meter",
    "Printed",
    "Sweep",
    "Waveform",
    "devices_in",
    "nowhere",
    "of_nodes",
]

# The current of a device; those of sources and inductors are unknowns of their own.
_CURRENT = re.compile(r"(?<![\w.])i\(\s*([^(),\svehl][^(),\s]*)\s*\)")


def devices_in(text: str) -> list[str]:
    """List the devices whose values a text names: ``m1`` for ``@m1[gm]`` and ``i(m1)``."""
    values = [part.partition("[")[0].strip() for part in text.split("@")[1:] if "[" in part]
    return values + _CURRENT.findall(text)


class Meter(NamedTuple):
    """A source that shows what the capacitors or inductors at a node amount to, see `elements.metering`.

    Parameters
    ----------
    source : str
        Its name.
    node : int
    letter : {"c", "l"}
    gain : float
        What the source has per farad or henry.
    """

    source: str
    node: int
    letter: str
    gain: float


@dataclass(frozen=True, eq=False)
class FlatCircuit:
    """A circuit without hierarchy.

    Parameters
    ----------
    title : str
    node_names : tuple of str
        Name of each node; ``node_names[0]`` is ``"0"``.
    elements, behavioural, devices : tuples
        The tables above.
    options : mapping of str to float, str or bool
        ``.options`` cards, names in lower case, numbers parsed.
    temperature : float
        Circuit temperature. [°C]
    initial : mapping of int to float
        ``.ic`` node voltages. [V]
    initial_states : mapping of str to float
        ``.ic`` values of devices' states and memories, by ``@n1[x]``.
    initial_currents : mapping of str to float
        ``.ic`` currents of inductors, by the inductor. [A]
    nodesets : mapping of int to float
        ``.nodeset`` node voltages. [V]
    held : mapping of int to float
        Nodes of states that operating points hold fixed, and their values.
    analyses : tuple of AnalysisCard
    refused : tuple of Fault
        Analysis cards that cannot be run, while others can.
    steps : tuple of Sweep
        Axes of the ``.step`` cards; the last varies fastest.
    saves : tuple of str
        Expressions of ``.save``; empty if there is none, which the reader of this field takes as ``all``.
    probed : tuple of (str, str)
        Columns that ``.probe`` adds to results, and their expressions.
    prints : tuple of Printed
    measures : tuple of Measure
        In the deck's order.
    fouriers : tuple of (float, tuple of str)
        Fundamental [Hz] and signals of each ``.four``.
    parameters : mapping of str to float
        Values of the top level's ``.param``.
    arrays : tuple of ArrayCard
        Arrays not yet put into the tables.
    placed : mapping of str to circuitnn.crossbar.tables.Tables
        Locations of the arrays that are in the tables.
    watched : tuple of str
        Devices whose values a control block may ask for; ``"*"``: all.
    external : mapping of str to callable
        Functions of external sources: value [V or A] at a time [s].
    locate : callable or None
        Name of an element → ``file:line`` of its card; use `where`.
    touched : ndarray of int, shape (nodes,)
        Position in the flattened deck that first names each node; empty unless requested.
    logic : LogicCircuit or None
        Nets and parts of digital code models.
    meters : tuple of Meter
    inside : frozenset of str
        Names of the nodes that elements have made inside themselves, which results do not show.
    mesh : Elements or None
        Those resistors of `elements` that stand for eliminated meshes: they couple many nodes.
    """

    title: str
    node_names: tuple[str, ...]
    elements: tuple[Elements, ...] = ()
    behavioural: tuple[Behavioural, ...] = ()
    devices: tuple[Devices, ...] = ()
    options: Mapping[str, object] = field(default_factory=dict)
    temperature: float = NOMINAL_TEMPERATURE
    initial: Mapping[int, float] = field(default_factory=dict)
    initial_states: Mapping[str, float] = field(default_factory=dict)
    initial_currents: Mapping[str, float] = field(default_factory=dict)
    nodesets: Mapping[int, float] = field(default_factory=dict)
    held: Mapping[int, float] = field(default_factory=dict)
    analyses: tuple[AnalysisCard, ...] = ()
    refused: tuple[Fault, ...] = ()
    steps: tuple[Sweep, ...] = ()
    saves: tuple[str, ...] = ()
    probed: tuple[tuple[str, str], ...] = ()
    prints: tuple[Printed, ...] = ()
    measures: tuple[Measure, ...] = ()
    fouriers: tuple[tuple[float, tuple[str, ...]], ...] = ()
    parameters: Mapping[str, float] = field(default_factory=dict)
    arrays: tuple[ArrayCard, ...] = ()
    placed: Mapping[str, Any] = field(default_factory=dict)
    watched: tuple[str, ...] = ()
    external: Mapping[str, Callable[[float], float]] = field(default_factory=dict)
    locate: Callable[[str], str] | None = None
    touched: np.ndarray = field(default_factory=nowhere)
    logic: LogicCircuit | None = None
    meters: tuple[Meter, ...] = ()
    inside: frozenset[str] = frozenset()
    mesh: Elements | None = None

    @property
    def tnom(self) -> float:
        """Temperature at which model parameters hold. [°C]"""
        tnom = self.options.get("tnom", NOMINAL_TEMPERATURE)
        return float(tnom) if isinstance(tnom, int | float) else NOMINAL_TEMPERATURE

    def asked(self) -> set[str]:
        """Return the devices whose values a card asks for, ``@m1[gm]``; their internal unknowns are recorded."""
        texts = [
            *self.saves,
            *(e for _, e in self.probed),
            *(e for card in self.prints for e in card.signals),
            *(e for _, of in self.fouriers for e in of),
        ]
        for measure in self.measures:
            texts += measure.signals()
        return {*self.watched, *devices_in(" ".join(texts))}

    def where(self, name: str) -> str:
        """Place of an element's card, ``"file:line"``; empty if unknown.

        Parameters
        ----------
        name : str
            Flat name, e.g. ``"r.x1.r1"``.
        """
        return self.locate(lowered(name)) if self.locate is not None else ""
