"""What couples two oscillators of a network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

import numpy as np

from circuitnn.elements.card import digits
from circuitnn.records import dataclass, field


class Coupling(Protocol):
    """What couples the ends of an edge; a class of your own needs this one method."""

    def cards(self, edges: list[tuple[str, str]], weights: np.ndarray) -> Iterator[str]:
        """Write the cards.

        Parameters
        ----------
        edges : list of (str, str)
            Nodes of the two oscillators.
        weights : ndarray, shape (edges,)
            Of the edges of the graph; 1 if it has none.

        Yields
        ------
        str
        """
        ...


@dataclass(frozen=True)
class Resistive:
    """Resistors between the oscillators.

    Parameters
    ----------
    resistance : float
        Of an edge of weight 1; that of an edge of weight w is w times smaller. [Ohm]
    """

    resistance: float

    def cards(self, edges: list[tuple[str, str]], weights: np.ndarray) -> Iterator[str]:
        """Write the cards; see `Coupling`."""
        for k, (one, other) in enumerate(edges):
            yield f"redge{k} {one} {other} {digits(self.resistance / weights[k])}"


@dataclass(frozen=True)
class Capacitive:
    """Capacitors between the oscillators.

    Parameters
    ----------
    capacitance : float
        Of an edge of weight 1; that of an edge of weight w is w times larger. [F]
    """

    capacitance: float

    def cards(self, edges: list[tuple[str, str]], weights: np.ndarray) -> Iterator[str]:
        """Write the cards; see `Coupling`."""
        for k, (one, other) in enumerate(edges):
            yield f"cedge{k} {one} {other} {digits(self.capacitance * weights[k])}"


@dataclass(frozen=True, eq=False)
class Memristive:
    """Instances of a compact model between the oscillators; they learn while the network runs.

    Parameters
    ----------
    model : str
        Name of a two-terminal compact model.
    parameters : mapping of str to float
        Of the model.
    """

    model: str
    parameters: Mapping[str, float] = field(default_factory=dict)

    def cards(self, edges: list[tuple[str, str]], weights: np.ndarray) -> Iterator[str]:
        """Write the cards; see `Coupling`. The weights multiply the currents (``m=``)."""
        given = " ".join(f"{key}={digits(value)}" for key, value in self.parameters.items())
        yield f".model edge {self.model} {given}"
        for k, (one, other) in enumerate(edges):
            yield f"nedge{k} {one} {other} edge m={digits(weights[k])}"
