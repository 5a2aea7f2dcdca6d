"""Cards of the flat circuit that are no elements: sweeps, arrays, analyses, output; see `requested` for ``.meas``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from circuitnn.records import dataclass


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
