"""Condensation: unknowns of a device that are invisible from outside are eliminated inside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from circuitnn._cext.group import Inner
from circuitnn.system.groups import Placed
from circuitnn.system.pattern import Pattern
from circuitnn.system.unknowns import Unknowns

MOST = 8  # CNN_MAX_INNER of the compiled side


class Condensed:
    """A placed kernel and its condensed local unknowns.

    States and inner nodes are condensed if they are separate unknowns in every instance and their own equations
    determine them.

    Parameters
    ----------
    placed : Placed
    unknowns : Unknowns or None
        None condenses nothing.

    Attributes
    ----------
    rows, outer : list of int
        Condensed local unknowns; local unknowns coupled to them.
    """

    def __init__(self, placed: Placed, unknowns: Unknowns | None) -> None:
        self.placed = placed
        kernel = placed.kernel
        self.entries = {*kernel.G_places, *kernel.C_places}
        self.rows = self._inner(unknowns.first_inner) if unknowns is not None else []
        inner = set(self.rows)
        touched = {i for entry in self.entries if not inner.isdisjoint(entry) for i in entry}
        self.outer = sorted(touched - inner)

    def _inner(self, first: int) -> list[int]:
        nodes = self.placed.nodes
        late = {self.placed.kernel.inputs.index(name) for name in self.placed.delayed}
        rows = [i for i in range(len(nodes)) if i not in late and np.all(nodes[i] >= first)]
        # Inner nodes merged with each other are not condensed: each has a part of one equation.
        rows = [i for i in rows if np.count_nonzero(nodes == nodes[i]) == nodes.shape[1]]
        if len(rows) > MOST or not _solvable(rows, self.entries):
            return []
        return rows

    def pairs(self) -> Iterator[tuple[int, int]]:
        """Local rows and columns of the entries in the matrix, including fill-in of the elimination."""
        inner = set(self.rows)
        for entry in sorted(self.entries):
            if inner.isdisjoint(entry):
                yield entry
        yield from sorted(self._fill())

    def _fill(self) -> set[tuple[int, int]]:
        """Pairs of outer unknowns that are connected through inner ones."""
        inner = set(self.rows)
        seen = {row for row, column in self.entries if column in inner and row not in inner}
        felt = {column for row, column in self.entries if row in inner and column not in inner}
        return {(row, column) for row in seen for column in felt}

    def inner(self, pattern: Pattern) -> Inner:
        """Tables for the compiled side."""
        nodes, fill = self.placed.nodes, self._fill()
        pairs = [(i, j) for i in self.outer for j in self.outer]
        slots = pattern.positions(nodes[[i for i, _ in pairs]], nodes[[j for _, j in pairs]])
        slots[[pair not in fill for pair in pairs]] = -1
        kernel = self.placed.kernel
        return Inner(
            rows=self.rows,
            outer=self.outer,
            G=[self._block(row, column) for row, column in kernel.G_places],
            C=[self._block(row, column) for row, column in kernel.C_places],
            fill=slots,
            rates=[row in kernel.rate_rows for row in self.rows],
        )

    def _block(self, row: int, column: int) -> int:
        """Position of an entry in the concatenated blocks J_ss, J_so, J_os; -1: in none."""
        m, r = len(self.rows), len(self.outer)
        if row in self.rows and column in self.rows:
            return self.rows.index(row) * m + self.rows.index(column)
        if row in self.rows:
            return m * m + self.rows.index(row) * r + self.outer.index(column)
        if column in self.rows:
            return m * (m + r) + self.outer.index(row) * m + self.rows.index(column)
        return -1


def _solvable(rows: Sequence[int], entries: set[tuple[int, int]]) -> bool:
    """Whether the block of these rows is structurally regular: each row can be matched with an unknown."""
    owner: dict[int, int] = {}

    def place(row: int, seen: set[int]) -> bool:
        for column in rows:
            if (row, column) in entries and column not in seen:
                seen.add(column)
                if column not in owner or place(owner[column], seen):
                    owner[column] = row
                    return True
        return False

    return all(place(row, set()) for row in rows)
