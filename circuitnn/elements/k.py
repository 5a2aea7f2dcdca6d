"""K: couplings of inductors."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.elements.card import CardError, Number, card
from circuitnn.elements.element import Element
from circuitnn.errors import AnalysisError

if TYPE_CHECKING:
    from circuitnn.flat import Elements
    from circuitnn.netlist.elements import ElementReader
    from circuitnn.system.stamps import Stamping
    from circuitnn.system.unknowns import Unknowns


MOST = 2000  # inductors of a set that is examined
SHOWN = 4  # of their names
ROUNDING = 1e-9  # of an eigenvalue


class Coupling(Element):
    """M = k·√(L₁·L₂) between every two of the coupled inductors."""

    letter, name, plural = "k", "coupling", "couplings"
    example = "K1 L1 L2 0.9"
    meaning = "coupling of two inductors or more, every two with the same coefficient"
    order = 3
    terminals = ()
    main = "k"
    aliases = {"coupling": "k"}
    conducts = ()
    passive = rings = summarised = True

    def read(self, reader: ElementReader, text: str, origin: int) -> None:
        """Read the names of inductors, and the coefficient."""
        card, _ = self.begin(reader, text, origin)
        name, *inductors = card.words
        coefficient = reader.take(card, "k")
        reader.leftover(card, "k")
        if coefficient is None and inductors:
            coefficient = reader.value(inductors.pop())
        if len(inductors) < 2 or coefficient is None:
            raise CardError(f"'{name}' needs two inductors or more, and a coefficient", name)
        if len(set(inductors)) < len(inductors):
            raise CardError(f"'{name}' couples an inductor with itself", name)
        for inductor in inductors:
            if inductor[0] != "l":
                raise CardError(f"'{name}' couples inductors; '{inductor}' is not one", inductor)
        reader.row("k", name, [], coefficient, origin).controls.append(tuple(inductors))

    def doubts(
        self, columns: Mapping[str, np.ndarray], controls: Sequence[tuple[str, ...]] = ()
    ) -> tuple[int, str] | None:
        """Warn of coefficients that no windings can have."""
        k = columns["k"]
        for row, least in _outside(k, controls):
            return (
                row,
                f"a coupling coefficient of {k[row]:g} is not between {least:g} and 1: the inductors' energy "
                "is negative",
            )
        for row, names in _contradicting(k, controls):
            return (
                row,
                f"the coupling coefficients of {names} contradict each other: their energy is negative",
            )
        return None

    def untimely(self, table: Elements) -> tuple[int, str] | None:
        """Refuse coefficients with negative energy: transients would grow without bound."""
        for row, least in _outside(table.values["k"], table.controls):
            return row, f"in a transient a coupling coefficient must be between {least:g} and 1"
        for row, names in _contradicting(table.values["k"], table.controls):
            return (
                row,
                f"in a transient the energy of coupled inductors must not be negative, as that of {names} is",
            )
        return None

    def stamp(self, table: Elements, s: Stamping) -> None:
        """Add mutual inductances.

        Raises
        ------
        AnalysisError
            If it names something that is not an inductor.
        """
        for name, k, coupled in zip(table.names, table.values["k"], table.controls, strict=True):
            for inductor in coupled:
                if inductor not in s.inductances:
                    raise AnalysisError(f"{name}: there is no inductor {inductor}")
            for first, second in combinations(coupled, 2):
                mutual = k * _mean(s.inductances[first], s.inductances[second])
                a, b = s.unknowns.of_branches([first, second])
                s.C.add(np.array([a, b]), np.array([b, a]), -mutual)

    def mutual(
        self, table: Elements, inductances: Mapping[str, float], unknowns: Unknowns
    ) -> Iterator[tuple[str, np.ndarray, np.ndarray, np.ndarray]]:
        """Derivatives of -M with respect to the coefficient and both inductances, as they are in the circuit.

        Raises
        ------
        AnalysisError
            If an inductance is zero, where the root has no derivative.
        """
        for name, k, coupled in zip(table.names, table.values["k"], table.controls, strict=True):
            for first, second in combinations(coupled, 2):
                m = _mean(inductances[first], inductances[second])
                a, b = unknowns.of_branches([first, second])
                rows, columns = np.array([a, b]), np.array([b, a])
                slopes = {name: m}
                for inductor, other in ((first, second), (second, first)):
                    if inductances[inductor] == 0.0 and k * inductances[other] != 0.0:
                        raise AnalysisError(
                            f"{name}: its mutual inductance has no derivative where {inductor} is 0 H"
                        )
                    slopes[inductor] = k * m / 2 / (inductances[inductor] or 1.0)
                for value, slope in slopes.items():
                    yield value, rows, columns, np.full(2, -slope)

    @staticmethod
    def build(name: str, first: str, second: str, value: Number) -> str:
        """Couple two inductors, named with their letter."""
        return card(f"k{name}", first, second, value)


def _mean(first: float, second: float) -> float:
    """Geometric mean of two inductances' magnitudes, as in ngspice: a negative one counts as positive. [H]"""
    return math.sqrt(abs(first)) * math.sqrt(abs(second))


def _outside(k: np.ndarray, coupled: Sequence[tuple[str, ...]]) -> Iterator[tuple[int, float]]:
    """Rows with a coefficient beyond 1, or below -1/(n - 1), the least that n windings can have in common."""
    least = np.array([-1.0 / (len(names) - 1) for names in coupled])
    least = np.resize(least, len(k))
    for row in np.flatnonzero((k > 1.0) | (k < least)).tolist():
        yield row, float(least[row])


def _contradicting(k: np.ndarray, coupled: Sequence[tuple[str, ...]]) -> Iterator[tuple[int, str]]:
    """Sets of couplings with a row of each: their matrix of coefficients has a negative eigenvalue."""
    if len(coupled) < 2:
        return
    from scipy.sparse import coo_array  # rarely needed, and 0.1 s
    from scipy.sparse.csgraph import connected_components

    place = {name: i for i, name in enumerate(dict.fromkeys(n for names in coupled for n in names))}
    pairs = [
        (place[a], place[b], row) for row, names in enumerate(coupled) for a, b in combinations(names, 2)
    ]
    first, second, rows = np.array(pairs).T
    matrix = coo_array((k[rows], (first, second)), shape=(len(place), len(place)))
    whole = (matrix + matrix.T).tocsr()
    count, of = connected_components(whole, directed=False)
    for which in range(count):
        members = np.flatnonzero(of == which)
        if not 3 <= len(members) <= MOST:
            continue
        inner = whole[members][:, members].toarray() + np.eye(len(members))
        if np.linalg.eigvalsh(inner)[0] < -ROUNDING:
            names = [name for name, i in place.items() if of[i] == which]
            shown = ", ".join(names[:SHOWN]) + (
                f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
            )
            yield int(rows[of[first] == which][0]), shown
