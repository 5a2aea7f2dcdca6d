"""A parsed deck before elaboration: definitions, their elements and their scopes.

The top level is a definition too. Nodes are numbered locally within a definition, so that elaboration creates all
its instances at once by indexing.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.equations.graph import Expr
from circuitnn.errors import DeckWarning, Fault
from circuitnn.flat import nowhere
from circuitnn.machine.cached import cached_property
from circuitnn.netlist.bins import families
from circuitnn.netlist.dialect import USUAL, Dialect
from circuitnn.netlist.expressions import GROUND_NAMES
from circuitnn.netlist.language import Draw, UserFunction
from circuitnn.netlist.origins import Sources
from circuitnn.records import dataclass, field

if TYPE_CHECKING:
    from circuitnn.elements.digital import LogicCard
    from circuitnn.elements.waveforms import WaveformCard

Value = float | Expr
EVERYWHERE = -1  # in place of a local node: all nodes, of .nodeset all=


@dataclass
class Text:
    """Part of a card that is parsed later."""

    text: str
    origin: int


@dataclass
class Complaints:
    """Faults and warnings of a definition or model, reported if it is used and only counted if it is not.

    A library of a thousand models may contain cards for other simulators; a deck that uses none of them is fine.
    """

    faults: list[Fault] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def raise_in(self, sources: Sources) -> None:
        """Report the faults and warnings to the deck, once."""
        faults, remarks = self.faults, self.remarks
        self.faults, self.remarks = [], []
        sources.faults += faults
        for remark in remarks:
            warnings.warn(remark, DeckWarning, stacklevel=2)


@dataclass
class ModelCard:
    """A ``.model`` card; its parameters are parsed once the functions of the deck are known."""

    name: str
    type: str
    owner: Definition
    texts: dict[str, str]
    origin: int
    parameters: dict[str, Value] | None = None
    complaints: Complaints = field(default_factory=Complaints)
    altered: frozenset[str] = frozenset()  # parameters given by the user instead of the card
    base: str = ""  # the model it builds on
    spice: str = ""  # letter of the SPICE devices whose card this is, where a module takes the model's place
    bins: tuple[ModelCard, ...] = ()  # cards for different channel sizes, if this is a binned model


@dataclass
class Table:
    """Elements of one kind in one definition, one row per element.

    Parameters
    ----------
    kind : str
        Letter of the element.
    nodes : list of int
        Local node numbers, element after element.
    values : list of float or Expr
        The main value.
    extras : dict of str to dict of int to float or Expr
        Values that only some elements have: name → row → value.
    constant : dict of (str, int) to ndarray
        Columns of devices that depend on no parameter of the deck, by name and number of instances. They are
        the same in every elaboration.
    places : ndarray of int, length n
        Positions in the flattened deck, see `circuitnn.netlist.deck_order`.
    """

    kind: str
    names: list[str] = field(default_factory=list)
    origins: list[int] = field(default_factory=list)
    nodes: list[int] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)
    extras: dict[str, dict[int, Value]] = field(default_factory=dict)
    waveforms: dict[int, WaveformCard] = field(default_factory=dict)
    controls: list[tuple[str, ...]] = field(default_factory=list)
    models: list[ModelCard] = field(default_factory=list)
    constant: dict[tuple[str, int], np.ndarray] = field(default_factory=dict)
    places: np.ndarray = field(default_factory=nowhere)

    def set(self, **extras: Value | None) -> None:
        """Set values of the last row."""
        row = len(self.names) - 1
        for name, value in extras.items():
            if value is not None:
                self.extras.setdefault(name, {})[row] = value

    @property
    def stride(self) -> int:
        """Nodes of each row."""
        return len(self.nodes) // len(self.names)

    def part(self, rows: list[int]) -> Table:
        """Return some rows of a table of devices."""
        stride = self.stride
        place = {row: k for k, row in enumerate(rows)}
        extras = {
            name: {place[row]: v for row, v in values.items() if row in place}
            for name, values in self.extras.items()
        }
        return Table(
            self.kind,
            [self.names[row] for row in rows],
            [self.origins[row] for row in rows],
            [n for row in rows for n in self.nodes[row * stride : row * stride + stride]],
            [self.values[row] for row in rows],
            {name: values for name, values in extras.items() if values},
            controls=[self.controls[row] for row in rows] if self.controls else [],
            models=[self.models[row] for row in rows],
            places=self.places[rows] if len(self.places) else self.places,
        )


@dataclass
class Group:
    """Behavioural sources of one definition that share a skeleton; see `behavioural`.

    Parameters
    ----------
    kind : {"i", "v"}
    template : Expr
        In the symbols ``#v0`` (node voltages), ``#i0`` (branch currents), ``#p0`` (numbers).
    voltages : list of tuple of int
        Local node of each slot, one tuple per source.
    currents : list of tuple of str
    numbers : list of list of (float, str or Expr)
        A string is the name of a parameter.
    form : str
        How the cards state it: ``value``, ``poly``, ``table``; empty for B sources and the like.
    copies : dict of int to (float or Expr)
        ``m=`` of current sources that give it, by their place.
    """

    kind: str
    template: Expr
    names: list[str] = field(default_factory=list)
    origins: list[int] = field(default_factory=list)
    nodes: list[int] = field(default_factory=list)
    voltages: list[tuple[int, ...]] = field(default_factory=list)
    currents: list[tuple[str, ...]] = field(default_factory=list)
    numbers: list[Sequence[float | str | Expr]] = field(default_factory=list)
    form: str = ""
    copies: dict[int, Value] = field(default_factory=dict)
    places: np.ndarray = field(default_factory=nowhere)

    def add(
        self,
        name: str,
        origin: int,
        nodes: list[int],
        voltages: tuple[int, ...],
        currents: tuple[str, ...],
        numbers: Sequence[float | str | Expr],
    ) -> None:
        """Add a source."""
        self.names.append(name)
        self.origins.append(origin)
        self.nodes += nodes
        self.voltages.append(voltages)
        self.currents.append(currents)
        self.numbers.append(numbers)


@dataclass
class Calls:
    """Instances of one subcircuit in one definition."""

    callee: Definition
    names: list[str] = field(default_factory=list)
    origins: list[int] = field(default_factory=list)
    nodes: list[int] = field(default_factory=list)
    parameters: list[dict[str, Value]] = field(default_factory=list)
    places: np.ndarray = field(default_factory=nowhere)


@dataclass(eq=False)
class Definition:
    """A subcircuit, or the top level (``name == ""``)."""

    name: str
    origin: int
    parent: Definition | None = None
    ports: list[str] = field(default_factory=list)
    header: dict[str, Text] = field(default_factory=dict)
    parameters: dict[str, Text] = field(default_factory=dict)
    functions: dict[str, UserFunction] = field(default_factory=dict)
    models: dict[str, ModelCard] = field(default_factory=dict)
    definitions: dict[str, Definition] = field(default_factory=dict)
    cards: list[str] = field(default_factory=list)
    origins: list[int] = field(default_factory=list)
    statements: list[tuple[str, str, int]] = field(
        default_factory=list
    )  # .op, .print, …: keyword, text, origin
    initial: list[tuple[str, Text]] = field(default_factory=list)  # .ic and .nodeset
    complaints: Complaints = field(default_factory=Complaints)
    # filled by the second pass
    expressions: dict[str, Value] = field(default_factory=dict)
    index: dict[str, int] = field(default_factory=lambda: dict.fromkeys(GROUND_NAMES, 0))
    locals: list[str] = field(default_factory=lambda: ["0"])  # names of the local nodes
    inside: set[str] = field(default_factory=set)  # nodes inside elements, which results do not show
    referenced: dict[str, int] = field(default_factory=dict)  # nodes that expressions read: name → origin
    hinted: dict[str, int] = field(default_factory=dict)  # nodes that .ic and .nodeset name
    element_origins: dict[str, int] = field(default_factory=dict)
    sensed: dict[str, str] = field(default_factory=dict)  # element → source that carries its current
    tables: dict[str, Table] = field(default_factory=dict)
    groups: dict[object, Group] = field(default_factory=dict)
    calls: dict[str, Calls] = field(default_factory=dict)
    logic: list[LogicCard] = field(default_factory=list)
    meters: list[tuple[str, int, str, Value, int]] = field(default_factory=list)  # as `Meter`, and origin
    conditions: list[tuple[str, int, Value, int]] = field(default_factory=list)  # kind, node, value, origin
    states: list[tuple[str, Value, int]] = field(default_factory=list)  # name, initial value, origin
    currents: list[tuple[str, Value, int]] = field(default_factory=list)  # inductor, initial current, origin

    def everything(self) -> Iterator[Definition]:
        """Iterate over this definition and all nested ones."""
        waiting = [self]
        while waiting:
            definition = waiting.pop()
            yield definition
            waiting += definition.definitions.values()

    def scopes(self) -> Iterator[Definition]:
        """Iterate over this definition and the enclosing ones, innermost first."""
        scope: Definition | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def visible(self, kind: str) -> dict[str, object]:
        """Names of one kind (``"models"``, …) visible here; inner ones hide outer ones."""
        names: dict[str, object] = {}
        for scope in reversed(list(self.scopes())):
            names.update(getattr(scope, kind))
        return names

    def model(self, name: str) -> ModelCard | None:
        """Find the model card of this name in scope."""
        for scope in self.scopes():
            if name in scope.models:
                return scope.models[name]
            if name in scope.families:
                return scope.families[name]
        return None

    @cached_property
    def families(self) -> dict[str, ModelCard]:
        """Binned models by name; first used when all cards have been read."""
        return {
            name: ModelCard(name, cards[0].type, self, {}, cards[0].origin, bins=tuple(cards))
            for name, cards in families(self.models).items()
        }

    def subcircuit(self, name: str) -> Definition | None:
        """Find the subcircuit of this name in scope."""
        for scope in self.scopes():
            if name in scope.definitions:
                return scope.definitions[name]
        return None

    def node(self, name: str) -> int:
        """Local number of a node that a terminal touches."""
        number = self.index.get(name)
        if number is None:
            number = self.index[name] = len(self.locals)
            self.locals.append(name)
        return number

    def inner_node(self, name: str) -> int:
        """Local number of a node inside an element, which results do not show."""
        self.inside.add(name)
        return self.node(name)

    def table(self, kind: str) -> Table:
        """Table of a kind of elements."""
        if kind not in self.tables:
            self.tables[kind] = Table(kind)
        return self.tables[kind]

    def calls_of(self, callee: Definition) -> Calls:
        """Instances of a subcircuit here."""
        key = f"{callee.name}@{callee.origin}"
        if key not in self.calls:
            self.calls[key] = Calls(callee)
        return self.calls[key]


@dataclass(eq=False)
class Deck:
    """A deck that has been read, ready for elaboration.

    Parameters
    ----------
    title : str
    sources : Sources
        Its files and faults.
    root : Definition
        The top level.
    cards : list of (str, str, int)
        Dot cards that are read in elaboration: keyword, text, origin.
    globals : list of str
        Nodes of ``.global`` cards.
    draws : list of Draw
        Random numbers in its expressions.
    control : list of (str, int)
        Lines of control blocks, and their origins.
    watched : tuple of str
        Devices whose values the removed control blocks may need; ``"*"``: all.
    shared : list of str
        Parameters of ``.csparam`` cards, which control blocks can read.
    dialect : Dialect
        Rules by which it is read.
    offered : tuple of str
        Names of the models and subcircuits in large libraries; only those in use were read.
    decided_by : dict of str to float or None
        Parameters with which the ``.if`` cards were evaluated; None if there are none.
    measured : frozenset of str
        Instances of the top level whose currents ``.probe`` cards ask for; ``*``: all.
    noted : set of str
        Numbers that may be doubtful, see `circuitnn.netlist.doubtful_numbers`.
    repeated : bool
        Whether ``.step`` counts with a name on which no element depends.
    """

    title: str
    sources: Sources
    root: Definition
    cards: list[tuple[str, str, int]] = field(default_factory=list)
    globals: list[str] = field(default_factory=list)
    shared: list[str] = field(default_factory=list)
    draws: list[Draw] = field(default_factory=list)
    control: list[tuple[str, int]] = field(default_factory=list)
    watched: tuple[str, ...] = ()
    dialect: Dialect = USUAL
    offered: tuple[str, ...] = ()
    decided_by: dict[str, float] | None = None
    measured: frozenset[str] = frozenset()
    noted: set[str] = field(default_factory=set)
    repeated: bool = False

    def drawn_anew(self) -> bool:
        """Find out whether each point of ``.step`` has random numbers of its own.

        Returns
        -------
        bool
        """
        return self.repeated or any(draw.anew for draw in self.draws)

    def where(self, name: str) -> str:
        """Find the card of an element.

        Parameters
        ----------
        name : str
            Flat name of the element (``r.x1.r1``).

        Returns
        -------
        str
            ``file:line``; empty if unknown.
        """
        definition, own = self.home(name)
        origin = definition.element_origins.get(own) if definition is not None else None
        return self.sources.where(origin) if origin else ""

    def home(self, name: str) -> tuple[Definition | None, str]:
        """Find the definition that contains an element.

        Parameters
        ----------
        name : str
            Flat name (``r.x1.r1``).

        Returns
        -------
        definition : Definition or None
        own : str
            The element's name there.
        """
        definition = self.root
        parts = name.split(".")
        if len(parts) > 2:
            parts = parts[1:]  # the letter in front
            for instance in parts[:-1]:
                callees = [c.callee for c in definition.calls.values() if instance in c.names]
                if not callees:
                    return None, parts[-1]
                definition = callees[0]
        return definition, parts[-1]
