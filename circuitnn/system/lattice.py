"""Lattices: circuits whose devices meet only through linear elements, as oscillators of a network do.

The unknowns of each device are a cell, and the cells of a group have the same equations. What couples two cells
is constant: a diagonal of the matrix between two of their unknowns. What belongs to no cell, such as the rails
that ideal voltage sources fix, must follow from the cells, or from the sources, one unknown after the other.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from circuitnn._cext.lattice_layout import LARGEST_CELL

if TYPE_CHECKING:
    from circuitnn.equations.kernel import Kernel
    from circuitnn.system.accuracy import Accuracy
    from circuitnn.system.condensed import Condensed
    from circuitnn.system.system import System

DIAGONALS = 24  # most per unknown of a cell
FILLED = 0.25  # least share of a diagonal's places that must be coupled, on average
RAILS = 64  # most unknowns outside of cells


class Stamps(NamedTuple):
    """Where the outputs of a kernel belong in the equations of a cell.

    Parameters
    ----------
    f, q : list of (row, output)
    G, C : list of (place in the block, output)
    """

    f: list[tuple[int, int]]
    q: list[tuple[int, int]]
    G: list[tuple[int, int]]
    C: list[tuple[int, int]]


class Cells(NamedTuple):
    """The cells of one group; all groups of a lattice are cells.

    Parameters
    ----------
    unknowns : ndarray of int, shape (m, n)
        Unknowns of each cell; those that are invisible from outside come first.
    row_of : list of int
        Row in `unknowns` of each local unknown of the kernel; -1: ground.
    stamps : Stamps
    nonzero : ndarray of bool, shape (m, m)
        Entries of the factors of a cell's block of the Jacobian.
    tolerances : ndarray, shape (3, m)
        Relative tolerance of each unknown, its absolute tolerance, and that of its equation.
    """

    unknowns: np.ndarray
    row_of: list[int]
    stamps: Stamps
    nonzero: np.ndarray
    tolerances: np.ndarray


class Link(NamedTuple):
    """Constant entries of the Jacobian between an unknown of each cell and one `offset` cells on.

    Parameters
    ----------
    charge : bool
        Whether the entries belong to C rather than G.
    to, of : (int, int)
        Cells and row: equation and unknown.
    offset : int
    values : ndarray, shape (n,)
        For each cell that has the equation; 0: not coupled. [S, F, or other]
    """

    charge: bool
    to: tuple[int, int]
    of: tuple[int, int]
    offset: int
    values: np.ndarray


class Rail(NamedTuple):
    """An unknown outside of the cells: coefficient·x + Σ values·(other unknowns) + sources = 0.

    Parameters
    ----------
    unknown, equation : int
    coefficient : float
    others : ndarray of int
    values : ndarray
    first : bool
        Whether it is known before the cells are.
    """

    unknown: int
    equation: int
    coefficient: float
    others: np.ndarray
    values: np.ndarray
    first: bool


class Structure(NamedTuple):
    """A circuit as a lattice.

    Parameters
    ----------
    cells : list of Cells
    links : list of Link
    rails : list of Rail
        In the order in which they are solved.
    feeds : (ndarray, ndarray, ndarray)
        Entries of G in the cells' equations at rails: equations, rails, values.
    """

    cells: list[Cells]
    links: list[Link]
    rails: list[Rail]
    feeds: tuple[np.ndarray, np.ndarray, np.ndarray]


class _Owners:
    """Which cells each unknown is in.

    Attributes
    ----------
    row, index : ndarray of int, shape (n + 1,)
        Row among those of all cells, and number of the cell; -1: in none.
    """

    def __init__(self, n: int, cells: list[Cells]) -> None:
        self.row, self.index = np.full((2, n + 1), -1)
        self.rows = [(number, i) for number, c in enumerate(cells) for i in range(len(c.unknowns))]
        self.alone = True
        for number, (c, i) in enumerate(self.rows):
            unknowns = cells[c].unknowns[i]
            self.alone &= bool(np.all(self.row[unknowns] < 0))
            self.row[unknowns], self.index[unknowns] = number, np.arange(len(unknowns))
            self.alone &= bool(np.all(self.index[unknowns] == np.arange(len(unknowns))))


def lattice(system: System, exact: Accuracy) -> Structure | str:
    """The lattice that a circuit is, or why it is none."""
    if system.lines.dispersive or system.circuit.logic is not None:
        return "there are lines or logic"
    if not system.condensed:
        return "there is no device"
    cells = []
    for c in system.condensed:
        found = _cells(c, exact)
        if isinstance(found, str):
            return found
        cells.append(found)
    owners = _Owners(system.n, cells)
    if not owners.alone:
        return "devices share nodes"
    return _joined(system, owners, cells)


def _joined(system: System, owners: _Owners, cells: list[Cells]) -> Structure | str:
    """The cells with what couples them."""
    G, C = (_entries(parts) for parts in (system.assembly.conductances, system.assembly.capacitances))
    at_rail, of_rail = (owners.row[G[k]] < 0 for k in (0, 1))
    if np.any(owners.row[C[0]] < 0) or np.any(owners.row[C[1]] < 0):
        return "there is a capacitance or inductance at a node without device"
    rails = _rails(owners, tuple(a[at_rail] for a in G))
    if rails is None:
        return "the nodes without device do not follow from sources one by one"
    links = [_links(owners, cells, G, charge=False), _links(owners, cells, C, charge=True)]
    if links[0] is None or links[1] is None:
        return "what couples the devices has no regular pattern"
    both = links[0] + links[1]
    cells = [_filled(c, number, both) for number, c in enumerate(cells)]
    if not all(np.all(np.diagonal(c.nonzero)) for c in cells):
        return "the equations of a device do not determine its own unknowns"
    return Structure(cells, both, rails, tuple(a[~at_rail & of_rail] for a in G))


def _cells(c: Condensed, exact: Accuracy) -> Cells | str:
    """The cells of a group, or why its instances are none."""
    kernel, nodes, name = c.placed.kernel, c.placed.nodes, c.placed.instances[0]
    if kernel.limits or kernel.carried_columns:
        return f"{name} has junctions, or follows a path"
    own = [i for i in range(len(nodes)) if np.any(nodes[i] >= 0)]
    if not own or any(np.any(nodes[i] < 0) for i in own):
        return f"{name} and devices of its kind differ in what is grounded"
    if len(own) > LARGEST_CELL:
        return f"{name} has more than {LARGEST_CELL} unknowns"
    rows = sorted(own, key=lambda i: (i not in c.rows, i))
    row_of = [rows.index(i) if i in rows else -1 for i in range(len(nodes))]
    stamps = _stamps(kernel, row_of, len(rows))
    nonzero = np.zeros(len(rows) ** 2, dtype=bool)
    nonzero[[place for place, _ in (*stamps.G, *stamps.C)]] = True
    tolerances = np.stack([exact.relative, exact.x_tolerance, exact.f_tolerance])[:, nodes[rows]]
    if np.any(tolerances != tolerances[:, :, :1]):
        return f"{name} and devices of its kind differ in tolerances"
    return Cells(nodes[rows], row_of, stamps, nonzero.reshape(len(rows), -1), tolerances[:, :, 0])


def _stamps(kernel: Kernel, row_of: list[int], m: int) -> Stamps:
    """Where the outputs of a kernel belong; those at ground belong nowhere."""
    outputs = count()
    rows = [
        [(row_of[row], output) for row, output in zip(places, outputs, strict=False) if row_of[row] >= 0]
        for places in (kernel.f_rows, kernel.q_rows)
    ]
    entries = [
        [
            (row_of[row] * m + row_of[column], output)
            for (row, column), output in zip(places, outputs, strict=False)
            if row_of[row] >= 0 and row_of[column] >= 0
        ]
        for places in (kernel.G_places, kernel.C_places)
    ]
    return Stamps(*rows, *entries)


def _entries(parts: tuple) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows, columns and values of a constant matrix."""
    starts, rows, _, values = (np.asarray(part) for part in parts)
    columns = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    return rows[:-1], columns, values[:-1]


def _links(
    owners: _Owners, cells: list[Cells], entries: tuple[np.ndarray, ...], charge: bool
) -> list[Link] | None:
    """The diagonals of a constant matrix among the cells; None if they are too many, or nearly empty."""
    rows, columns, values = entries
    kept = (owners.row[rows] >= 0) & (owners.row[columns] >= 0)
    rows, columns, values = rows[kept], columns[kept], values[kept]
    to, of, at = owners.row[rows], owners.row[columns], owners.index[rows]
    offset = owners.index[columns] - at
    order = np.lexsort((at, offset, of, to))
    keys = np.stack([to, of, offset])[:, order]
    firsts = np.flatnonzero(np.append(True, np.any(np.diff(keys), axis=0))[: len(order)])
    if len(firsts) > DIAGONALS * len(owners.rows):
        return None
    made = []
    for entries_of in np.split(order, firsts[1:]) if len(order) else []:
        first = entries_of[0]
        of_cells = owners.rows[to[first]]
        placed = np.zeros(cells[of_cells[0]].unknowns.shape[1])
        placed[at[entries_of]] = values[entries_of]
        made.append(Link(charge, of_cells, owners.rows[of[first]], int(offset[first]), placed))
    if len(order) < FILLED * sum(len(link.values) for link in made):
        return None
    return made


def _filled(c: Cells, number: int, links: list[Link]) -> Cells:
    """Cells with the entries that links within them, and the elimination, add to their blocks."""
    nonzero = c.nonzero.copy()
    for link in links:
        if link.to[0] == link.of[0] == number and link.offset == 0:
            nonzero[link.to[1], link.of[1]] = True
    for pivot in range(len(nonzero)):
        nonzero[pivot + 1 :, pivot + 1 :] |= np.outer(
            nonzero[pivot + 1 :, pivot], nonzero[pivot, pivot + 1 :]
        )
    return c._replace(nonzero=nonzero)


def _rails(owners: _Owners, entries: tuple[np.ndarray, ...]) -> list[Rail] | None:
    """How the unknowns outside of cells are solved for one by one; None if they are not, or too many."""
    left = set(np.flatnonzero(owners.row[:-1] < 0).tolist())
    if len(left) > RAILS:
        return None
    rows, columns, values = entries
    equations = {row: np.flatnonzero(rows == row) for row in left}
    made: list[Rail] = []
    for first in (True, False):
        found = True
        while found:
            found = False
            for row, places in equations.items():
                unknown = [k for k in places.tolist() if int(columns[k]) in left]
                if len(unknown) != 1 or values[unknown[0]] == 0.0:
                    continue
                others = places[places != unknown[0]]
                if first and np.any(owners.row[columns[others]] >= 0):
                    continue
                rail = int(columns[unknown[0]])
                made.append(
                    Rail(rail, row, float(values[unknown[0]]), columns[others], values[others], first)
                )
                left.remove(rail)
                del equations[row]
                found = True
                break
    return None if left else made
