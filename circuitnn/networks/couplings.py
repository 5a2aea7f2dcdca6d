"""Couplings between the oscillators of a network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Protocol

import numpy as np

from circuitnn.elements.card import digits
from circuitnn.machine.frozen_values import Plain
from circuitnn.machine.user_input import flag_of, mapping_of, name_of
from circuitnn.records import dataclass, field
from circuitnn.units import number_of


class Coupling(Protocol):
    """Coupling of the ends of an edge; a class of your own needs only this method.

    Weights are positive: where that of the graph is negative, two edges lead from the one oscillator to the inverted
    output of the other, and back; where it is positive, if there is a true attribute ``inverting``.
    An attribute ``node = "heat"`` says that it joins the thermal nodes of the oscillators, not their outputs.
    """

    def cards(self, edges: list[tuple[str, str]], weights: np.ndarray) -> Iterator[str]:
        """Write the cards.

        Parameters
        ----------
        edges : list of (str, str)
            Nodes of the two oscillators: ``n0``, …, or thermal nodes ``h0``, ….
        weights : ndarray, shape (edges,)
            Of the edges of the graph; 1 if it has none.

        Yields
        ------
        str
        """
        ...


class SignedCoupling(Protocol):
    """Coupling that takes weights of either sign itself, as it senses voltages and does not only join nodes."""

    signed: ClassVar[bool]  # True

    def cards(
        self, edges: list[tuple[str, str]], weights: np.ndarray, middles: list[tuple[str, str]]
    ) -> Iterator[str]:
        """Write the cards.

        Parameters
        ----------
        edges
            As for `Coupling`.
        weights : ndarray, shape (edges,)
            Of either sign.
        middles : list of (str, str)
            Nodes at the levels of the two oscillators.

        Yields
        ------
        str
        """
        ...


CLIQUE = 4  # number of oscillators from which a star has fewer elements than the pairs it replaces
ALIKE = 1e-12  # relative difference of weights that counts as rounding


def star(edges: list[tuple[str, str]], weights: np.ndarray) -> list[tuple[str, float]]:
    """Find the star that is equivalent to all-to-all couplings.

    Conductances (or capacitances) g_i from each node to a common one equal conductances g_i·g_j/Σg between all
    pairs. So weights w_ij = a_i·a_j, including equal ones, are those of a star with g_i = a_i·Σa.

    Parameters
    ----------
    edges : list of (str, str)
    weights : ndarray, shape (edges,)

    Returns
    -------
    list of (str, float)
        Each node and its weight in the star; empty if there is none.
    """
    place = {node: k for k, node in enumerate(dict.fromkeys(node for edge in edges for node in edge))}
    pairs = np.array([(place[first], place[second]) for first, second in edges], dtype=int).reshape(-1, 2)
    n = len(place)
    full = np.zeros((n, n))
    full[pairs[:, 0], pairs[:, 1]] = full[pairs[:, 1], pairs[:, 0]] = weights
    off = ~np.eye(n, dtype=bool)
    if n < CLIQUE or len(edges) != n * (n - 1) // 2 or full.diagonal().any() or not full[off].all():
        return []
    # a_i from the triangles of i, the node after it and the one after that
    after, then = np.roll(np.arange(n), -1), np.roll(np.arange(n), -2)
    here = np.arange(n)
    a = np.sqrt(full[here, after] * full[here, then] / full[after, then])
    if not np.allclose(np.outer(a, a)[off], full[off], rtol=ALIKE, atol=0.0):
        return []
    return list(zip(place, (a * a.sum()).tolist(), strict=True))


class _Weighted:
    """Elements of one kind along the edges, with values by the weights of these, or those of the equivalent star."""

    prefix: ClassVar[str]  # of the names of the elements, and of the star's node

    def __post_init__(self) -> None:
        for name, value in [*vars(self).items()]:  # the value of an edge, which may be a text
            taken = flag_of if name == "inverting" else number_of
            object.__setattr__(self, name, taken(value, name))

    def _value(self, weight: float) -> float:
        """Value of an element."""
        raise NotImplementedError

    def cards(self, edges: list[tuple[str, str]], weights: np.ndarray) -> Iterator[str]:
        """Write the cards.

        Parameters
        ----------
        edges, weights
            As for `Coupling`.

        Yields
        ------
        str
        """
        name = self.prefix
        for k, (node, weight) in enumerate(rays := star(edges, weights)):
            yield f"{name}ray{k} {node} {name}common {digits(self._value(weight))}"
        for k, (first, second) in enumerate([] if rays else edges):
            yield f"{name}edge{k} {first} {second} {digits(self._value(weights[k]))}"


@dataclass(frozen=True)
class Resistive(_Weighted):
    """Resistors between the oscillators.

    All-to-all couplings whose weights are equal, or products of one number for each oscillator, are written as the
    equivalent star of resistors.

    Parameters
    ----------
    resistance : float
        Resistance of an edge of weight 1; an edge of weight w has a w times smaller one. [Ohm]
    inverting : bool
        Whether each oscillator is joined to the inverted outputs of the others: equal phases repel each other.
    """

    resistance: float
    inverting: bool = False
    prefix: ClassVar[str] = "r"

    def _value(self, weight: float) -> float:
        """Resistance of an edge. [Ohm]"""
        return self.resistance / weight


@dataclass(frozen=True)
class Capacitive(_Weighted):
    """Capacitors between the oscillators; written as a star where `Resistive` would be.

    Parameters
    ----------
    capacitance : float
        Capacitance of an edge of weight 1; an edge of weight w has a w times larger one. [F]
    inverting : bool
        As for `Resistive`.
    """

    capacitance: float
    inverting: bool = False
    prefix: ClassVar[str] = "c"

    def _value(self, weight: float) -> float:
        """Capacitance of an edge. [F]"""
        return self.capacitance * weight


@dataclass(frozen=True)
class Thermal(_Weighted):
    """Paths of heat between the devices of the oscillators; written as a star where `Resistive` would be.

    The cell of the network needs a thermal node.

    Parameters
    ----------
    resistance : float
        Thermal resistance of an edge of weight 1; an edge of weight w has a w times smaller one. [K/W]
    """

    resistance: float
    prefix: ClassVar[str] = "rheat"
    node: ClassVar[str] = "heat"

    def _value(self, weight: float) -> float:
        """Thermal resistance of an edge. [K/W]"""
        return self.resistance / weight


@dataclass(frozen=True)
class Transconductive:
    """Transconductors between the oscillators, one in each direction, whose outputs do not load them.

    A current of transconductance · weight · (v - level) flows into an oscillator, where v is the output of the other,
    and `level` that of its cell. Positive ones act like a resistor: they draw the phases together.

    Parameters
    ----------
    transconductance : float
        Of an edge of weight 1; an edge of weight w has a w times larger one. Both may be negative. [S]
    balanced : bool
        Whether what flows into an oscillator is divided by the root of the sum of its weights' magnitudes, over the
        mean of this sum, so that one with many neighbours is not overdriven. Phases at rest stay the same.
    """

    transconductance: float
    balanced: bool = False
    signed: ClassVar[bool] = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "transconductance", number_of(self.transconductance, "transconductance"))
        object.__setattr__(self, "balanced", flag_of(self.balanced, "balanced"))

    def cards(
        self, edges: list[tuple[str, str]], weights: np.ndarray, middles: list[tuple[str, str]]
    ) -> Iterator[str]:
        """Write the cards.

        Parameters
        ----------
        edges, weights, middles
            As for `SignedCoupling`.

        Yields
        ------
        str
        """
        gains = self._gains(edges, weights) if self.balanced else {}
        values = (self.transconductance * weights).tolist()
        for k, ((first, second), (of_first, of_second)) in enumerate(zip(edges, middles, strict=True)):
            yield f"gto{k} 0 {first} {second} {of_second} {digits(values[k] * gains.get(first, 1.0))}"
            yield f"gback{k} 0 {second} {first} {of_first} {digits(values[k] * gains.get(second, 1.0))}"

    @staticmethod
    def _gains(edges: list[tuple[str, str]], weights: np.ndarray) -> dict[str, float]:
        """Factor of what flows into each oscillator."""
        sums: dict[str, float] = {}
        for ends, size in zip(edges, np.abs(weights).tolist(), strict=True):
            for node in ends:
                sums[node] = sums.get(node, 0.0) + size
        mean = sum(sums.values()) / max(len(sums), 1)
        return {node: (mean / total) ** 0.5 for node, total in sums.items()}


@dataclass(frozen=True, eq=False)
class Memristive(Plain):
    """Instances of a compact model between the oscillators; they learn while the network runs.

    Parameters
    ----------
    model : str
        Name of a two-terminal compact model.
    parameters : mapping of str to float
        Parameters of the model.
    """

    model: str
    parameters: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "model", name_of(self.model, "model"))
        given = mapping_of(self.parameters, "parameters", '{"x0": 0.5}')
        object.__setattr__(self, "parameters", {key: number_of(v, str(key)) for key, v in given.items()})
        super().__post_init__()

    def cards(self, edges: list[tuple[str, str]], weights: np.ndarray) -> Iterator[str]:
        """Write the cards; the weights multiply the currents (``m=``).

        Parameters
        ----------
        edges, weights
            As for `Coupling`.

        Yields
        ------
        str
        """
        given = " ".join(f"{key}={digits(value)}" for key, value in self.parameters.items())
        yield f".model edge {self.model} {given}"
        for k, (first, second) in enumerate(edges):
            yield f"nedge{k} {first} {second} edge m={digits(weights[k])}"
