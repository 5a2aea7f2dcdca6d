"""What elements stamp into: coordinate triples of G and C.

Rows and columns are unknowns; -1 is ground. A stamp into ground is dropped by the pattern.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from circuitnn.elements import element
from circuitnn.elements.temperature import temperature_factor
from circuitnn.flat import Elements, of_nodes
from circuitnn.options import Options
from circuitnn.records import dataclass, field
from circuitnn.system.unknowns import Unknowns


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


class Stamping:
    """Where the elements of a circuit stamp.

    Parameters
    ----------
    unknowns : Unknowns
    options : Options
        `temp` and `tnom` count here.

    Attributes
    ----------
    G, C : Triples
    lines : Stamped
    inductances : dict of str to float
        Of the inductors so far. [H]
    """

    def __init__(self, unknowns: Unknowns, options: Options) -> None:
        self.unknowns = unknowns
        self.options = options
        self.G, self.C = Triples(), Triples()
        self.lines = Stamped()
        self.inductances: dict[str, float] = {}

    def factor(self, table: Elements) -> np.ndarray:
        """What the temperature makes of each value."""
        return temperature_factor(table, self.options.temp, self.options.tnom)

    def branch(self, table: Elements) -> np.ndarray:
        """KCL of a branch current and v(p) - v(n) in its equation; returns the branches."""
        p, n = of_nodes(table.nodes[:, :2]).T
        branch = self.unknowns.of_branches(table.names)
        for node, sign in ((p, 1.0), (n, -1.0)):
            self.G.add(node, branch, sign)
            self.G.add(branch, node, sign)
        return branch

    def line(self, table: Elements) -> None:
        """Place transmission lines."""
        from circuitnn.system.lines import place_lines  # few circuits have any

        place_lines(table, self.unknowns, self.G, self.C, self.lines)

    def parasitics(self, tables: tuple[Elements, ...]) -> None:
        """Options ``cshunt``, from every node to ground, and ``rseries``, within every inductor."""
        if self.options.cshunt:
            nodes = np.arange(self.unknowns.n_nodes)
            self.C.add(nodes, nodes, self.options.cshunt)
        for table in tables if self.options.rseries else ():
            if element(table.kind).flux:
                branch = self.unknowns.of_branches(table.names)
                self.G.add(branch, branch, -self.options.rseries)
