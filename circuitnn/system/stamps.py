"""Constant stamps of the linear elements, as coordinate triples of G and C.

Rows and columns are unknowns; -1 is ground. A stamp into ground is dropped by the pattern.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np

from circuitnn.constants import SMALLEST_RESISTANCE
from circuitnn.errors import AnalysisError, DeckWarning
from circuitnn.flat import Elements, FlatCircuit
from circuitnn.options import Options
from circuitnn.records import dataclass, field
from circuitnn.system.unknowns import Unknowns, of_nodes

# ngspice's least resistance. [Ohm]


class Triples:
    """Entries (row, column, value) of a sparse matrix, gathered in blocks."""

    def __init__(self) -> None:
        self.rows: list[np.ndarray] = []
        self.columns: list[np.ndarray] = []
        self.values: list[np.ndarray] = []

    def add(self, rows: np.ndarray, columns: np.ndarray, values: np.ndarray | float) -> None:
        """Add entries; the arguments broadcast."""
        rows, columns, filled = np.broadcast_arrays(rows, columns, np.asarray(values, dtype=float))
        self.rows.append(rows)
        self.columns.append(columns)
        self.values.append(filled)

    def add_pair(self, p: np.ndarray, n: np.ndarray, values: np.ndarray) -> None:
        """Stamp two-terminal admittances between `p` and `n`."""
        self.add(p, p, values)
        self.add(n, n, values)
        self.add(p, n, -values)
        self.add(n, p, -values)

    def joined(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """All rows, columns and values."""
        if not self.rows:
            empty = np.zeros(0, dtype=np.int64)
            return empty, empty, np.zeros(0)
        return np.concatenate(self.rows), np.concatenate(self.columns), np.concatenate(self.values)


@dataclass(frozen=True, eq=False)
class Dispersive:
    """Matrix entries that depend on the frequency otherwise than G + jωC.

    Parameters
    ----------
    rows, columns : ndarray of int, shape (k,)
        -1 is ground.
    at : callable
        Angular frequencies, shape (m,) [rad/s] → complex values, shape (m, k); real at 0.
    """

    rows: np.ndarray
    columns: np.ndarray
    at: Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class Stamped:
    """What the lines of a circuit stamp.

    Attributes
    ----------
    dispersive : list of Dispersive
        At a frequency only.
    moving : Triples
        Entries of G in transients only.
    """

    dispersive: list[Dispersive] = field(default_factory=list)
    moving: Triples = field(default_factory=Triples)


def temperature_factor(table: Elements, temperature: float, tnom: float) -> np.ndarray:
    """1 + tc1·ΔT + tc2·ΔT² of each element, ΔT from `tnom`; `temp=` of an instance wins. [°C]

    Raises
    ------
    AnalysisError
        Where a temperature is so far off that this is not finite.
    """
    own = table.values.get("temp")
    t = np.full(len(table.names), temperature) if own is None else np.where(np.isnan(own), temperature, own)
    delta = t - tnom
    with np.errstate(over="ignore", invalid="ignore"):
        factor = 1.0 + table.values.get("tc1", 0.0) * delta + table.values.get("tc2", 0.0) * delta**2
    wrong = np.flatnonzero(~np.isfinite(factor))
    if len(wrong):
        k = wrong[0]
        raise AnalysisError(f"{table.names[k]} has no value at {t[k]:g} °C: a temperature is out of range")
    return factor


def _resistors(t: Elements, factor: np.ndarray, u: Unknowns, G: Triples, C: Triples) -> None:
    for k in np.flatnonzero(factor <= 0.0)[:1]:
        r = t.values["r"][k]
        message = f"{t.names[k]}: its temperature coefficients make {r:g} Ohm {r * factor[k]:g}"
        warnings.warn(message, DeckWarning, stacklevel=2)
    p, n = of_nodes(t.nodes).T
    G.add_pair(p, n, conductances(t.values["r"] * factor))


def conductances(resistances: np.ndarray) -> np.ndarray:
    """Of resistances, which are at least `SMALLEST_RESISTANCE`. [S]"""
    small = np.abs(resistances) < SMALLEST_RESISTANCE
    return 1.0 / np.where(small, np.copysign(SMALLEST_RESISTANCE, resistances), resistances)


def _capacitors(t: Elements, factor: np.ndarray, u: Unknowns, G: Triples, C: Triples) -> None:
    p, n = of_nodes(t.nodes).T
    C.add_pair(p, n, t.values["c"] * factor)


def _branch(t: Elements, u: Unknowns, G: Triples) -> np.ndarray:
    """KCL of a branch current and v(p) - v(n) in its equation; returns the branches."""
    p, n = of_nodes(t.nodes[:, :2]).T
    branch = u.of_branches(t.names)
    for node, sign in ((p, 1.0), (n, -1.0)):
        G.add(node, branch, sign)
        G.add(branch, node, sign)
    return branch


def _inductors(t: Elements, factor: np.ndarray, u: Unknowns, G: Triples, C: Triples) -> None:
    branch = _branch(t, u, G)
    C.add(branch, branch, -t.values["l"] * factor)


def _voltage_sources(t: Elements, factor: np.ndarray, u: Unknowns, G: Triples, C: Triples) -> None:
    _branch(t, u, G)


def _current_sources(t: Elements, factor: np.ndarray, u: Unknowns, G: Triples, C: Triples) -> None:
    """Nothing: a current source stamps no matrix entry."""


def _vcvs(t: Elements, factor: np.ndarray, u: Unknowns, G: Triples, C: Triples) -> None:
    branch = _branch(t, u, G)
    cp, cn = of_nodes(t.nodes[:, 2:]).T
    G.add(branch, cp, -t.values["gain"])
    G.add(branch, cn, t.values["gain"])


def _vccs(t: Elements, factor: np.ndarray, u: Unknowns, G: Triples, C: Triples) -> None:
    p, n, cp, cn = of_nodes(t.nodes).T
    for row, sign in ((p, 1.0), (n, -1.0)):
        G.add(row, cp, sign * t.values["gain"])
        G.add(row, cn, -sign * t.values["gain"])


def _cccs(t: Elements, factor: np.ndarray, u: Unknowns, G: Triples, C: Triples) -> None:
    p, n = of_nodes(t.nodes).T
    control = u.of_branches([c[0] for c in t.controls])
    G.add(p, control, t.values["gain"])
    G.add(n, control, -t.values["gain"])


def _ccvs(t: Elements, factor: np.ndarray, u: Unknowns, G: Triples, C: Triples) -> None:
    branch = _branch(t, u, G)
    G.add(branch, u.of_branches([c[0] for c in t.controls]), -t.values["gain"])


STAMPS: dict[str, Callable[[Elements, np.ndarray, Unknowns, Triples, Triples], None]] = {
    "r": _resistors,
    "c": _capacitors,
    "l": _inductors,
    "v": _voltage_sources,
    "i": _current_sources,
    "e": _vcvs,
    "g": _vccs,
    "f": _cccs,
    "h": _ccvs,
}


def parasitics(circuit: FlatCircuit, options: Options, u: Unknowns, G: Triples, C: Triples) -> None:
    """Options ``cshunt``, from every node to ground, and ``rseries``, within every inductor."""
    if options.cshunt:
        nodes = np.arange(u.n_nodes)
        C.add(nodes, nodes, options.cshunt)
    for table in circuit.elements if options.rseries else ():
        if table.kind == "l":
            branch = u.of_branches(table.names)
            G.add(branch, branch, -options.rseries)


def mutual_inductances(
    tables: tuple[Elements, ...], inductances: dict[str, float], u: Unknowns, C: Triples
) -> None:
    """Stamp K elements: M = k·√(L1·L2) between every pair of the coupled inductors.

    Raises
    ------
    AnalysisError
        If a K element names something that is not an inductor.
    """
    for table in tables:
        for name, k, coupled in zip(table.names, table.values["k"], table.controls, strict=True):
            for i, first in enumerate(coupled):
                for second in coupled[i + 1 :]:
                    if first not in inductances or second not in inductances:
                        missing = first if first not in inductances else second
                        raise AnalysisError(f"{name}: there is no inductor {missing}")
                    m = k * np.sqrt(inductances[first] * inductances[second])
                    a, b = u.of_branches([first, second])
                    C.add(np.array([a, b]), np.array([b, a]), -m)
