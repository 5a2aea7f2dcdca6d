"""The circuit linearised at a point: G and C as sparse matrices over all unknowns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from circuitnn.system.pattern import Pattern
from circuitnn.system.system import System


@dataclass(frozen=True, eq=False)
class Linearised:
    """G·δx + C·dδx/dt = δb around a solution, inner unknowns of devices included.

    Parameters
    ----------
    starts, rows : ndarray of int32
        CSC pattern that both share.
    G, C : ndarray, shape (nonzeros,)
    """

    starts: np.ndarray
    rows: np.ndarray
    G: np.ndarray
    C: np.ndarray


def linearise(system: System, x: np.ndarray) -> Linearised:
    """Derivatives at `x`, shape (n + 1,) with ground last; states that a solution held are free."""
    system.assembly.evaluate(x)
    parts = [(t.joined(), which) for which, t in enumerate((system.G, system.C))]
    rows = [entries[0] for entries, _ in parts]
    columns = [entries[1] for entries, _ in parts]
    values = [entries[2] for entries, _ in parts]
    matrix = [np.full(len(entries[0]), which) for entries, which in parts]
    for c, group in zip(system.condensed, system.groups, strict=True):
        kernel, nodes = c.placed.kernel, c.placed.nodes
        first = len(kernel.f_rows) + len(kernel.q_rows)
        outputs = group.outputs[first:]
        for k, (row, column, _) in enumerate((*kernel.G, *kernel.C)):
            rows.append(nodes[row])
            columns.append(nodes[column])
            values.append(outputs[k])
            matrix.append(np.full(nodes.shape[1], int(k >= len(kernel.G))))
    shunt = np.asarray(system.assembly.shunt_view)[:-1]
    nodes = np.flatnonzero(shunt)
    rows.append(nodes)
    columns.append(nodes)
    values.append(shunt[nodes])
    matrix.append(np.zeros(len(nodes), dtype=int))
    return _compressed(system.n, *(np.concatenate(part) for part in (rows, columns, values, matrix)))


def _compressed(
    n: int, rows: np.ndarray, columns: np.ndarray, values: np.ndarray, matrix: np.ndarray
) -> Linearised:
    pattern = Pattern(n, rows, columns)
    G, C = (
        np.bincount(
            pattern.entries[matrix == which], weights=values[matrix == which], minlength=pattern.nonzeros + 1
        )[: pattern.nonzeros]
        for which in (0, 1)
    )
    return Linearised(pattern.starts, pattern.indices, G, C)
