"""Interface of an element: how its cards are read and written, what it stamps, which values decks may ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import isnan
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from circuitnn.elements.card import CardError, digits
from circuitnn.elements.temperature import temperature_factor
from circuitnn.equations.graph import Expr, symbol
from circuitnn.models.declarations import Probe
from circuitnn.records import dataclass

if TYPE_CHECKING:
    from circuitnn.elements.card import Card
    from circuitnn.flat import Elements, FlatCircuit
    from circuitnn.netlist.elements import ElementReader
    from circuitnn.netlist.expansion import Expansion
    from circuitnn.system.stamps import Stamping
    from circuitnn.system.unknowns import Unknowns

NAN = float("nan")
# Column of tables: number of the model card, by which `.sens` sorts. No deck can ask for a name with a blank.
MODEL = "of model"
PLUS, MINUS, BRANCH, CONTROL = map(symbol, ("plus", "minus", "branch", "control"))
ACROSS = PLUS - MINUS
Edges = tuple[tuple[int, int], ...]  # pairs of terminals


@dataclass(frozen=True, eq=False)
class Instance:
    """One device whose values can be computed.

    Parameters
    ----------
    kind : str
        Kind of device: ``resistor``, or the model's name.
    probes : mapping of str to Probe
    inputs : mapping of str to str
        Symbols in the probes that are unknowns → their names, ``"0"`` for ground.
    columns : mapping of str to float
        Symbols in the probes that are numbers.
    kept : frozenset of str
        Symbols of memories, whose values are not kept.
    linear : bool
        Whether the same expressions hold for phasors of currents and voltages.
    into : callable, optional
        Terminal → current into it, ``@q1[into_collector]``.
    """

    kind: str
    probes: Mapping[str, Probe]
    inputs: Mapping[str, str]
    columns: Mapping[str, float]
    kept: frozenset[str] = frozenset()
    linear: bool = False
    into: Callable[[str], Probe] | None = None


class Element:
    """An element letter. A new one takes only a file ``elements/<letter>.py`` with a subclass in it.

    Attributes
    ----------
    letter, name, plural : str
        ``r``, ``resistor``, ``resistors``.
    title : str
        Its title in ngspice's ``show``.
    example, meaning : str
        A card, and a sentence about it, for the manual.
    order : int
        Place among the tables of a flat circuit, which decides the order of branch currents in results.
    terminals : tuple of str
        Names of the nodes; `probes` uses them as symbols of the node voltages.
    plain : bool
        Whether a card may be ``r1 a b 1.5``: a name, two nodes and the main value.
    main : str
        Column of the main value; empty if there is none.
    columns : mapping of str to float
        Further columns and their defaults; NaN: not given.
    rare : mapping of str to float
        The same for columns that a table has only if some card gives them.
    aliases : mapping of str to str
        Other name of a column in decks → the column.
    parallel : mapping of str to int
        Column → power of the multiplier ``m`` by which m parallel copies scale it.
    sensed : tuple of str
        Columns with respect to which `.sens` differentiates; stamps are linear in each of them or in its inverse.
    inverse : frozenset of str
        Those in whose inverse stamps are linear.
    alternating : frozenset of str
        Those of the `related` numbers that matter in small signals only.
    compact : bool
        Whether its instances are those of compact models: `devices` of the flat circuit in place of `elements`.
    yields : bool
        Whether a user's own element may take its letter.
    ours : bool
        Whether SPICE does not have it: instances may give any parameter of the model card.
    source : bool
        Whether it is an independent source, with a dc value, an ac value and a waveform.
    branch : bool
        Whether its current is an unknown; it then fixes the voltage between its first two terminals.
    flux : bool
        Whether it fixes the voltage at rest only: the branch equation has a flux.
    ends : bool
        Whether it is a line: each pair of terminals is an end with a current of its own.
    conducts, stores, doubtful : tuple of (int, int)
        Pairs of terminals: with a path for direct current; for currents of charges only; with a path that depends
        on the control.
    passive, rings : bool
        Whether it gives no more energy than it got; whether its voltages can exceed the sources' nevertheless.
    sweep : (str, str) or None
        Name and type of the axis when its main value is swept; None if it cannot be.
    model_words : mapping of str to frozenset of str
        Type of a model card → words without a value on it that have no effect.
    narrower : mapping of (str, str) to str
        Type of a model card, and a word on it → the type that the word makes it.
    joint : frozenset of str
        Values that depend on coupled elements as well.
    currents : tuple of str
        Values that ``.options savecurrents`` saves.
    summarised : bool
        Whether ``show`` omits it unless it is named.
    build : callable or None
        Arguments of the builder's method → text of the card; None: name, fields and ``name=value`` as given.
    """

    letter: ClassVar[str]
    name: ClassVar[str]
    plural: ClassVar[str]
    title: ClassVar[str] = ""
    example: ClassVar[str]
    meaning: ClassVar[str]
    order: ClassVar[int] = 100
    terminals: ClassVar[tuple[str, ...]] = ("plus", "minus")
    plain: ClassVar[bool] = False
    main: ClassVar[str] = ""
    columns: ClassVar[Mapping[str, float]] = {}
    rare: ClassVar[Mapping[str, float]] = {}
    aliases: ClassVar[Mapping[str, str]] = {}
    parallel: ClassVar[Mapping[str, int]] = {}
    sensed: ClassVar[tuple[str, ...]] = ()
    inverse: ClassVar[frozenset[str]] = frozenset()
    alternating: ClassVar[frozenset[str]] = frozenset()
    compact: ClassVar[bool] = False
    yields: ClassVar[bool] = False
    ours: ClassVar[bool] = False
    source: ClassVar[bool] = False
    branch: ClassVar[bool] = False
    flux: ClassVar[bool] = False
    ends: ClassVar[bool] = False
    conducts: ClassVar[Edges] = ((0, 1),)
    stores: ClassVar[Edges] = ()
    doubtful: ClassVar[Edges] = ()
    passive: ClassVar[bool] = False
    rings: ClassVar[bool] = False
    sweep: ClassVar[tuple[str, str] | None] = None
    model_words: ClassVar[Mapping[str, frozenset[str]]] = {}
    narrower: ClassVar[Mapping[tuple[str, str], str]] = {}
    joint: ClassVar[frozenset[str]] = frozenset()
    currents: ClassVar[tuple[str, ...]] = ()
    summarised: ClassVar[bool] = False
    build: ClassVar[Callable[..., str] | None] = None

    def read(self, reader: ElementReader, text: str, origin: int) -> None:
        """Read a card: two nodes or more, the main value, and columns as ``name=value``.

        Raises
        ------
        CardError, SplitError
        """
        found, nodes = self.begin(reader, text, origin)
        given = found.words[len(nodes) + 1 :]
        value = reader.value(given.pop(0)) if given and self.main else reader.take(found, self.main)
        for word in given:
            raise CardError(f"'{found.words[0]}' has an unexpected word: '{word}'", word)
        if value is None and self.main:
            raise CardError(f"'{found.words[0]}' has no value", found.words[0])
        known = [*self.columns, *(["m"] if self.parallel else [])]
        extras = {name: reader.take(found, name) for name in known}
        reader.leftover(found, " ".join([self.main, *known]))
        reader.row(self.letter, found.words[0], nodes, value or 0.0, origin).set(**extras)

    def begin(self, reader: ElementReader, text: str, origin: int) -> tuple[Card, list[int]]:
        """Split a card and claim its name; return the card and its nodes."""
        found = reader.split(text, origin)
        reader.claim(found.words[0], origin)
        return found, reader.nodes(found, len(self.terminals))

    def senseless(
        self, columns: dict[str, np.ndarray], controls: Sequence[tuple[str, ...]] = ()
    ) -> tuple[np.ndarray, str]:
        """Find rows with invalid values, shape (n,), and say what is wrong with them.

        Parameters
        ----------
        columns : dict of str to ndarray
            Columns that follow from others are filled in here.
        controls : sequence of tuple of str, optional
            Names on each card; length n, or a divisor of n if the columns are those of several instances.
        """
        main = columns[self.main] if self.main else np.zeros(0)
        return np.isinf(main), "its value is not finite"

    def doubts(
        self, columns: Mapping[str, np.ndarray], controls: Sequence[tuple[str, ...]] = ()
    ) -> tuple[int, str] | None:
        """Return a row whose value deserves a warning, and the warning; arguments as for `senseless`."""
        return None

    def untimely(self, table: Elements) -> tuple[int, str] | None:
        """Return a row that makes transients impossible, but not other analyses, and the reason."""
        return None

    def expand(
        self, names: list[str], nodes: np.ndarray, columns: dict[str, np.ndarray], into: Expansion
    ) -> bool:
        """Replace these elements by others; return False if they stay."""
        return False

    def stamp(self, table: Elements, s: Stamping) -> None:
        """Add the entries of G and C."""
        raise NotImplementedError

    def drives(self, table: Elements, unknowns: Unknowns) -> tuple[np.ndarray, np.ndarray]:
        """Return the equations to which a source's value is added and from which it is subtracted; -1: none."""
        raise NotImplementedError

    def shorts(self, table: Elements, at_rest: bool) -> Iterator[tuple[str, int, int]]:
        """Names of elements that fix a voltage, and the nodes between which they do."""
        if self.branch and (at_rest or not self.flux):
            for name, (p, n) in zip(table.names, table.nodes[:, :2].tolist(), strict=True):
                yield name, p, n

    def related(self, table: Elements, temp: float, tnom: float) -> Iterator[tuple[str, np.ndarray]]:
        """Other numbers that the main value depends on, as `.sens` names them, and its slopes by them, shape (n,).

        The main value is meant as the card gives it, for one of ``m`` copies.
        """
        power = self.parallel.get(self.main, 0)
        if power:
            value = np.nan_to_num(self.stated(table))  # a source may have an ac value alone
            yield "_m", power * value / table.values.get("multiplier", 1.0)

    def stated(self, table: Elements) -> np.ndarray:
        """Main values as the cards give them, shape (n,)."""
        copies = table.values.get("multiplier", 1.0) ** self.parallel.get(self.main, 0)
        return table.values[self.main] / (copies * self.scaled(table))

    def scaled(self, table: Elements) -> np.ndarray | float:
        """Main values over those on the cards, beside copies in parallel, shape (n,)."""
        return 1.0

    def share(self, table: Elements) -> np.ndarray | float:
        """Slopes of entries of G by `related` numbers in small signals, over those at rest, shape (n,)."""
        return 1.0

    def noise(self, table: Elements, temp: float, tnom: float) -> np.ndarray | None:
        """Density of the thermal noise current between the first two terminals, shape (n,). [A²/Hz]"""
        return None

    def flicker(
        self, table: Elements, across: np.ndarray, temp: float, tnom: float
    ) -> tuple[np.ndarray, np.ndarray] | None:
        """Density at 1 Hz of a 1/f^b noise current, and b, for given voltages across, shape (n,). [A²/Hz, 1]"""
        return None

    def mutual(
        self, table: Elements, inductances: Mapping[str, float], unknowns: Unknowns
    ) -> Iterator[tuple[str, np.ndarray, np.ndarray, np.ndarray]]:
        """For couplings: names of values, and rows, columns and slopes of the entries of C that depend on them."""
        yield from ()

    def probes(self) -> dict[str, Probe]:
        """Values that decks may ask for, in terms of terminal voltages, ``branch``, ``control`` and the columns."""
        return {}

    def instance(self, circuit: FlatCircuit, table: Elements, k: int, temp: float, tnom: float) -> Instance:
        """Element k of a table, for its probes."""
        nodes = dict(zip(self.terminals, table.nodes[k].tolist(), strict=True))
        inputs = {terminal: node(circuit, number) for terminal, number in nodes.items()}
        if self.branch:
            inputs["branch"] = f"i({table.names[k]})"
        if table.controls:
            inputs["control"] = f"i({table.controls[k][0]})"
        columns = {name: float(values[k]) for name, values in table.values.items()}
        if "tc1" in self.columns:
            columns[self.main] *= float(temperature_factor(table, temp, tnom)[k])
        return Instance(self.name, self.probes(), inputs, columns, linear=True)

    def write(self, table: Elements, row: int, words: list[str]) -> Iterator[str]:
        """Card of one element for ngspice; `words` are its name, nodes and controlling elements."""
        if self.main:
            words = [*words, digits(table.values[self.main][row])]
        yield " ".join([*words, *self.given(table, row)])

    def given(self, table: Elements, row: int) -> Iterator[str]:
        """``name=value`` of columns that are given and differ from their defaults."""
        for name, default in self.columns.items():
            value = float(table.values[name][row]) if name in table.values else default
            if not isnan(value) and value != default:
                yield f"{name}={digits(value)}"


def node(circuit: FlatCircuit, number: int) -> str:
    """Name of a node's voltage; ``"0"`` for ground."""
    return f"v({circuit.node_names[number]})" if number > 0 else "0"


def made(i: Expr, v: Expr, *more: tuple[str, str, str, Expr]) -> dict[str, Probe]:
    """Make probes of current, voltage and power, and of `more`: names, unit, meaning and value of each."""
    found = {"i": Probe("A", "current", i), "v": Probe("V", "voltage", v), "p": Probe("W", "power", i * v)}
    for names, unit, meaning, value in more:
        found = dict.fromkeys(names.split(), Probe(unit, meaning, value)) | found
    return found
