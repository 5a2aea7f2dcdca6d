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
from circuitnn.machine.text import lowered
from circuitnn.records import dataclass, field

if TYPE_CHECKING:
    from circuitnn.equations.graph import Expr
    from circuitnn.errors import Fault
    from circuitnn.flat.requested import Measure
    from circuitnn.logic.connected import LogicCircuit

GROUND = 0


def nowhere() -> np.ndarray:
    """No positions: cards have not been placed."""
    return np.zeros(0, dtype=np.int64)


def of_nodes(nodes: np.ndarray) -> np.ndarray:
    """Unknowns of node numbers; -1 is ground."""
    return np.asarray(nodes, dtype=np.int64) - 1


# The current of a device; those of sources and inductors are unknowns of their own.
_CURRENT = re.compile(r"(?<![\w.])i\(\s*([^(),\svehl][^(),\s]*)\s*\)")


def devices_in(text: str) -> list[str]:
    """List the devices whose values a text names: ``m1`` for ``@m1[gm]`` and ``i(m1)``."""
    values = [part.partition("[")[0].strip() for part in text.split("@")[1:] if "[" in part]
    return values + _CURRENT.findall(text)


@dataclass(frozen=True)
class Waveform:
    """Time function of an independent source.

    Parameters
    ----------
    kind : str
        ``"pulse"``, ``"sin"``, ``"exp"``, ``"pwl"``, ``"sffm"`` or ``"am"``; ``"mixed"``: a weighted sum of the
        circuit's first sources, of which no card is made.
    values : tuple of float
        The card's numbers in the card's order, in SI units; NaN where the card leaves one
        out (the default then comes from the transient card). For ``"pwl"``: t0, v0, t1, v1, …; for ``"mixed"``: the
        weights of the first sources.
    repeat : float
        ``"pwl"`` only: time of the corner to go back to after the last one; NaN for none. [s]
    delay : float
        ``"pwl"`` only: shift of the whole waveform. [s]
    """

    kind: str
    values: tuple[float, ...]
    repeat: float = float("nan")
    delay: float = 0.0


@dataclass(frozen=True, eq=False)
class Elements:
    """Elements of one linear or independent kind, one row per element.

    Parameters
    ----------
    kind : str
        Letter of an element, see `circuitnn.elements`.
    names : sequence of str, length n
        Names as ngspice has them: ``r1``, in a subcircuit ``r.x1.r1``.
    nodes : ndarray of int32, shape (n, terminals)
        Node numbers in the card's order.
    values : mapping of str to ndarray, shape (n,)
        Columns of the element; for the built-in kinds
        ``r``: ``r`` [Ohm], ``tc1`` [1/K], ``tc2`` [1/K²], ``temp`` [°C, NaN: circuit's];
        ``c``: ``c`` [F], ``ic`` [V, NaN: none], ``tc1``, ``tc2``, ``temp``;
        ``l``: ``l`` [H], ``ic`` [A, NaN: none], ``tc1``, ``tc2``, ``temp``; ``k``: ``k``;
        ``v``, ``i``: ``dc``, ``acmag``, ``acphase`` (NaN: not given);
        ``e``, ``f``, ``g``, ``h``: ``gain``; ``t``: ``z0`` [Ohm], ``td`` [s], ``o``: ``r``, ``l``, ``g``, ``c`` of
        unit length, ``len``, both: ``v1``, ``i1``, ``v2``, ``i2`` (before t = 0).
        Multipliers (``m=``) are already applied; a table with any keeps them in the column ``multiplier``.
    waveforms : tuple of Waveform or None, length n
        Sources only.
    controls : tuple of tuple of str, length n
        Names of controlling sources, or of coupled inductors.
    places : ndarray of int, shape (n,)
        Positions of their cards in the flattened deck; empty unless requested.
    """

    kind: str
    names: tuple[str, ...]
    nodes: np.ndarray
    values: Mapping[str, np.ndarray] = field(default_factory=dict)
    waveforms: tuple[Waveform | None, ...] = ()
    controls: tuple[tuple[str, ...], ...] = ()
    places: np.ndarray = field(default_factory=nowhere)

    @property
    def each_waveform(self) -> tuple[Waveform | None, ...]:
        """Waveform of each element; None where it has none."""
        return self.waveforms or (None,) * len(self.names)


@dataclass(frozen=True, eq=False)
class Behavioural:
    """Behavioural sources that share one expression and differ in nodes and numbers only.

    Parameters
    ----------
    kind : {"i", "v"}
        What the expression gives: the current from the first node through the source
        to the second [A], or the voltage between them [V].
    names : tuple of str, length n
    nodes : ndarray of int32, shape (n, 2)
    expression : Expr
        In the symbols below and the reserved ``time``, ``temper``, ``gmin``.
    voltages : mapping of str to ndarray of int32, shape (n,)
        Symbol of a node voltage → node numbers.
    currents : mapping of str to tuple of str, length n
        Symbol of a branch current → names of the elements whose current it is.
    columns : mapping of str to ndarray, shape (n,)
        Symbol of a number → its value in each instance.
    places : ndarray of int, shape (n,)
        Positions of their cards in the flattened deck; empty unless requested.
    form : str
        How the card states the expression: ``value``, ``poly``, ``table``; empty for B sources and the like.
    spectral : Expr, optional
        The expression for small signals, in terms of their frequency ``hertz``, if it depends on frequency.
    moving : frozenset of str
        Symbols of numbers that are about to change: the equations are built for any value of them.
    """

    kind: str
    names: tuple[str, ...]
    nodes: np.ndarray
    expression: Expr
    voltages: Mapping[str, np.ndarray]
    currents: Mapping[str, tuple[str, ...]]
    columns: Mapping[str, np.ndarray]
    places: np.ndarray = field(default_factory=nowhere)
    form: str = ""
    spectral: Expr | None = None
    moving: frozenset[str] = frozenset()


@dataclass(frozen=True, eq=False)
class Devices:
    """Instances of one compact model.

    Parameters
    ----------
    model : str
        Name of the model in ``circuitnn.models`` (``"diode"``, ``"switch"``, …).
    names : tuple of str, length n
    nodes : ndarray of int32, shape (n, terminals)
        In the order of the model's terminals.
    columns : mapping of str to ndarray, shape (n,)
        Every parameter of the model, defaults filled in.
    controls : tuple of str, length n
        Controlling source of each instance, for current-controlled models; else empty.
    places : ndarray of int, shape (n,)
        Positions of their cards in the flattened deck; empty unless requested.
    """

    model: str
    names: tuple[str, ...]
    nodes: np.ndarray
    columns: Mapping[str, np.ndarray]
    controls: tuple[str, ...] = ()
    places: np.ndarray = field(default_factory=nowhere)


@dataclass(frozen=True)
class Sweep:
    """One axis of a sweep.

    Parameters
    ----------
    target : str
        Source name (``v1``), resistor name (``r1``), ``temp``, or ``param:NAME``.
    values : tuple of float
        Points of the axis, in order.
    table : str
        The ``.data`` table that it is a column of; columns of one table vary together. Empty: an axis of its own.
    """

    target: str
    values: tuple[float, ...]
    table: str = ""


@dataclass(frozen=True, eq=False)
class ArrayCard:
    """A ``.crossbar`` card, its expressions evaluated.

    Parameters
    ----------
    name : str
    rows, cols : int
    parts : tuple of (str, mapping of str to ndarray or float)
        Models of the cell from the word line to the bit line, and their parameters.
    values : mapping of str to ndarray or float
        Other values on the card: ``g``, ``r``, ``rw``, ``rb``, …
    joins : mapping of str to str
        ``left``, ``right``, ``top``, ``bottom``, ``gate``: prefix of the nodes' names; ``wordlines``,
        ``bitlines``: array whose plane of lines it shares.
    where : str
        ``file:line`` of the card.
    seed : int
        Seed of random numbers.
    """

    name: str
    rows: int
    cols: int
    parts: tuple[tuple[str, Mapping[str, Any]], ...]
    values: Mapping[str, Any]
    joins: Mapping[str, str]
    where: str = ""
    seed: int = 1


@dataclass(frozen=True)
class AnalysisCard:
    """An analysis the deck asks for.

    Parameters
    ----------
    kind : str
        Name of the analysis, which is the name of its file in `circuitnn.analyses`.
    arguments : mapping
        Arguments of its ``run`` by name.
    where : str
        ``file:line`` of the card.
    """

    kind: str
    arguments: Mapping[str, Any]
    where: str = ""


class Printed(NamedTuple):
    """A ``.print`` or ``.plot`` card.

    Parameters
    ----------
    analysis : str
        Name of the analysis; empty if the card names none.
    signals : tuple of str
        Expressions.
    drawn : bool
        Whether it is a ``.plot`` card.
    where : str
        ``file:line`` of the card.
    """

    analysis: str
    signals: tuple[str, ...]
    drawn: bool = False
    where: str = ""


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
