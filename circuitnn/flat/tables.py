"""Tables of the flat circuit: one row for each element, behavioural source or device."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.records import dataclass, field

if TYPE_CHECKING:
    from circuitnn.equations.graph import Expr

GROUND = 0


def nowhere() -> np.ndarray:
    """No positions: cards have not been placed."""
    return np.zeros(0, dtype=np.int64)


def of_nodes(nodes: np.ndarray) -> np.ndarray:
    """Unknowns of node numbers; -1 is ground."""
    return np.asarray(nodes, dtype=np.int64) - 1


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
