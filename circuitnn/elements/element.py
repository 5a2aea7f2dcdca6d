"""Interface of an element: what it stamps, how it acts in a circuit, which values decks may ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from circuitnn.elements.notation import Notation
from circuitnn.elements.temperature import temperature_factor
from circuitnn.equations.graph import Expr, symbol
from circuitnn.models.declarations import Probe
from circuitnn.records import dataclass

if TYPE_CHECKING:
    from circuitnn.flat import Elements, FlatCircuit
    from circuitnn.system.stamps import Stamping
    from circuitnn.system.unknowns import Unknowns

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


class Element(Notation):
    """An element letter. A new one takes only a file ``elements/<letter>.py`` with a subclass in it.

    `Notation` has the attributes and methods that concern its cards.

    Attributes
    ----------
    sensed : tuple of str
        Columns with respect to which `.sens` differentiates; stamps are linear in each of them or in its inverse.
    inverse : frozenset of str
        Those in whose inverse stamps are linear.
    alternating : frozenset of str
        Those of the `related` numbers that matter in small signals only.
    compact : bool
        Whether its instances are those of compact models: `devices` of the flat circuit in place of `elements`.
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
    joint : frozenset of str
        Values that depend on coupled elements as well.
    currents : tuple of str
        Values that ``.options savecurrents`` saves.
    """

    sensed: ClassVar[tuple[str, ...]] = ()
    inverse: ClassVar[frozenset[str]] = frozenset()
    alternating: ClassVar[frozenset[str]] = frozenset()
    compact: ClassVar[bool] = False
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
    joint: ClassVar[frozenset[str]] = frozenset()
    currents: ClassVar[tuple[str, ...]] = ()

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


def node(circuit: FlatCircuit, number: int) -> str:
    """Name of a node's voltage; ``"0"`` for ground."""
    return f"v({circuit.node_names[number]})" if number > 0 else "0"


def simple_probes(i: Expr, v: Expr, *more: tuple[str, str, str, Expr]) -> dict[str, Probe]:
    """Make probes of current, voltage and power, and of `more`: names, unit, meaning and value of each."""
    probes = {"i": Probe("A", "current", i), "v": Probe("V", "voltage", v), "p": Probe("W", "power", i * v)}
    for names, unit, meaning, value in more:
        probes = dict.fromkeys(names.split(), Probe(unit, meaning, value)) | probes
    return probes
