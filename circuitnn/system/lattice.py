"""Lattices: circuits whose devices meet only through linear elements, as oscillators of a network do.

The unknowns of each device are a cell, and the cells of a group have the same equations. What couples two cells
is constant, and often a diagonal of the matrix between two of their unknowns. What belongs to no cell, such as the
rails that ideal voltage sources fix, must follow from the cells, or from the sources, one unknown after the other.
"""

from __future__ import annotations

from collections import deque
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from circuitnn._cext.lattice_layout import LARGEST_CELL

if TYPE_CHECKING:
    from circuitnn.equations.kernel import Kernel
    from circuitnn.system.accuracy import Accuracy
    from circuitnn.system.condensed import Condensed
    from circuitnn.system.system import System

FILLED = 0.25  # least share of a diagonal's places that must be coupled, and of all places


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
    """Constant entries of the Jacobian, one in an equation of each cell.

    Parameters
    ----------
    charge : bool
        Whether the entries belong to C rather than G.
    to : (int, int)
        Cells and row of the equation.
    of : (int, int) or None
        Cells and row of the unknown, if it is that of the cell `offset` cells on.
    offset : int
    values : ndarray, shape (n,)
        0: not coupled. [S, F, or other]
    others : ndarray of int, shape (n,)
        Unknowns of the circuit, if `of` is None.
    """

    charge: bool
    to: tuple[int, int]
    of: tuple[int, int] | None
    offset: int
    values: np.ndarray
    others: np.ndarray


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
    if system.assembly.noise is not None:
        return "there is noise"
    if not system.condensed:
        return "there is no device"
    cells = []
    for c in system.condensed:
        instances = _cells(c, exact)
        if isinstance(instances, str):
            return instances
        cells.append(instances)
    owners = _Owners(system.n, cells)
    if not owners.alone:
        return "devices share nodes"
    return _coupled(system, owners, cells)


def _coupled(system: System, owners: _Owners, cells: list[Cells]) -> Structure | str:
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
        return "some devices are coupled to many more than others"
    couplings = links[0] + links[1]
    cells = [_filled(c, number, couplings) for number, c in enumerate(cells)]
    if not all(np.all(np.diagonal(c.nonzero)) for c in cells):
        return "the equations of a device do not determine its own unknowns"
    return Structure(cells, couplings, rails, tuple(a[~at_rail & of_rail] for a in G))


def _cells(c: Condensed, exact: Accuracy) -> Cells | str:
    """The cells of a group, or why its instances are none."""
    kernel, nodes, name = c.placed.kernel, c.placed.nodes, c.placed.instances[0]
    if kernel.limits or kernel.carried_columns:
        return f"{name} has junctions, or follows a path"
    ungrounded = [i for i in range(len(nodes)) if np.any(nodes[i] >= 0)]
    if not ungrounded or any(np.any(nodes[i] < 0) for i in ungrounded):
        return f"{name} and devices of its kind differ in what is grounded"
    if len(ungrounded) > LARGEST_CELL:
        return f"{name} has more than {LARGEST_CELL} unknowns"
    rows = sorted(ungrounded, key=lambda i: (i not in c.rows, i))
    row_of = [rows.index(i) if i in rows else -1 for i in range(len(nodes))]
    stamps = _stamps(kernel, row_of, len(rows))
    nonzero = np.zeros(len(rows) ** 2, dtype=bool)
    nonzero[[place for place, _ in (*stamps.G, *stamps.C)]] = True
    tolerances = np.stack([exact.relative, exact.x_tolerance, exact.f_tolerance])[:, nodes[rows]]
    if np.any(tolerances != tolerances[:, :, :1]):
        return f"{name} and devices of its kind differ in tolerances"
    return Cells(nodes[rows], row_of, stamps, nonzero.reshape(len(rows), -1), tolerances[:, :, 0])


def _stamps(kernel: Kernel, row_of: list[int], m: int) -> Stamps:
    """Where the outputs of a kernel belong; those at ground are left out."""
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


class _Couplings:
    """The entries of a constant matrix among cells, ordered by diagonals.

    Attributes
    ----------
    to, of : ndarray of int
        Row, among those of all cells, of each equation and each unknown.
    at, offset : ndarray of int
        Cell of the equation, and how many cells on that of the unknown is.
    columns : ndarray of int
        Unknown of the circuit.
    values : ndarray
    """

    def __init__(self, owners: _Owners, entries: tuple[np.ndarray, ...]) -> None:
        rows, columns, values = entries
        kept = np.flatnonzero((owners.row[rows] >= 0) & (owners.row[columns] >= 0))
        to, of, place = owners.row[rows[kept]], owners.row[columns[kept]], owners.index[rows[kept]]
        offset = owners.index[columns[kept]] - place
        order = np.lexsort((place, offset, of, to))
        self.to, self.of, self.at, self.offset = to[order], of[order], place[order], offset[order]
        self.columns, self.values = columns[kept][order], values[kept][order]

    def __len__(self) -> int:
        return len(self.values)

    def diagonals(self, sizes: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
        """The entries of each diagonal that is full enough, or within a cell; and all others."""
        keys = np.stack([self.to, self.of, self.offset])
        firsts = np.flatnonzero(np.append(True, np.any(np.diff(keys), axis=0))[: len(self)])
        counts = np.diff(np.append(firsts, len(self)))
        within = (self.offset[firsts] == 0) & (sizes[self.to[firsts]] == sizes[self.of[firsts]])
        full = within | (counts >= FILLED * sizes[self.to[firsts]])
        diagonals = [np.arange(f, f + c) for f, c in zip(firsts[full], counts[full], strict=True)]
        return diagonals, np.flatnonzero(np.repeat(~full, counts))

    def turns(self, some: np.ndarray) -> list[np.ndarray]:
        """Some entries in turns, each with at most one in every equation, and all in those of one row."""
        some = some[np.lexsort((self.at[some], self.to[some]))]
        equation = np.stack([self.to[some], self.at[some]])
        new = np.append(True, np.any(np.diff(equation), axis=0))[: len(some)]
        turn = np.arange(len(some)) - np.maximum.accumulate(np.where(new, np.arange(len(some)), 0))
        pairs = sorted(set(zip(self.to[some].tolist(), turn.tolist(), strict=True)))
        return [some[(self.to[some] == row) & (turn == k)] for row, k in pairs]


def _links(
    owners: _Owners, cells: list[Cells], entries: tuple[np.ndarray, ...], charge: bool
) -> list[Link] | None:
    """What couples cells: by diagonals, and the rest one by one; None if that is too uneven."""
    all_of_them = _Couplings(owners, entries)
    sizes = np.array([cells[c].unknowns.shape[1] for c, _ in owners.rows])
    diagonals, rest = all_of_them.diagonals(sizes)
    turns = all_of_them.turns(rest)
    if len(all_of_them) < FILLED * sum(int(sizes[all_of_them.to[some[0]]]) for some in (*diagonals, *turns)):
        return None
    links = []
    for number, some in enumerate((*diagonals, *turns)):
        first = some[0]
        row, size = int(all_of_them.to[first]), int(sizes[all_of_them.to[first]])
        values, others = np.zeros(size), np.full(size, all_of_them.columns[first])
        values[all_of_them.at[some]] = all_of_them.values[some]
        others[all_of_them.at[some]] = all_of_them.columns[some]
        of = owners.rows[all_of_them.of[first]] if number < len(diagonals) else None
        links.append(Link(charge, owners.rows[row], of, int(all_of_them.offset[first]), values, others))
    return links


def _filled(c: Cells, number: int, links: list[Link]) -> Cells:
    """Cells with the entries that links within them, and the elimination, add to their blocks."""
    nonzero = c.nonzero.copy()
    for link in links:
        if link.to[0] == number and link.of is not None and link.of[0] == number and link.offset == 0:
            nonzero[link.to[1], link.of[1]] = True
    for pivot in range(len(nonzero)):
        nonzero[pivot + 1 :, pivot + 1 :] |= np.outer(
            nonzero[pivot + 1 :, pivot], nonzero[pivot, pivot + 1 :]
        )
    return c._replace(nonzero=nonzero)


def _rails(owners: _Owners, entries: tuple[np.ndarray, ...]) -> list[Rail] | None:
    """How the unknowns outside of cells are solved for one by one; None if they are not."""
    rows, columns, values = entries
    left = np.append(owners.row[:-1] < 0, False)  # unknowns that do not follow yet
    of_row, of_column = _places(rows), _places(columns[left[columns]], np.flatnonzero(left[columns]))
    used, rails = set(), []
    for first in (True, False):
        waiting = deque(of_row)
        while waiting:
            row = waiting.popleft()
            places = of_row[row]
            unknown = places[left[columns[places]]]
            if row in used or len(unknown) != 1 or values[unknown[0]] == 0.0:
                continue
            others = places[places != unknown[0]]
            if first and np.any(owners.row[columns[others]] >= 0):
                continue
            rail = int(columns[unknown[0]])
            rails.append(Rail(rail, row, float(values[unknown[0]]), columns[others], values[others], first))
            left[rail] = False
            used.add(row)
            waiting.extend(rows[of_column[rail]].tolist())
    return None if np.any(left) else rails


def _places(numbers: np.ndarray, places: np.ndarray | None = None) -> dict[int, np.ndarray]:
    """Places of each number."""
    order = np.argsort(numbers, kind="stable")
    firsts = np.flatnonzero(np.append(True, np.diff(numbers[order]) > 0))[: len(numbers)]
    groups = np.split(order if places is None else places[order], firsts[1:])
    return dict(zip(numbers[order[firsts]].tolist(), groups, strict=True)) if len(numbers) else {}
