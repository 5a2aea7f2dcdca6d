"""The circuit linearised at a point: G and C as sparse matrices over all unknowns."""

from __future__ import annotations

import numpy as np

from circuitnn.records import dataclass
from circuitnn.solvers import smallsignal
from circuitnn.system.pattern import Pattern
from circuitnn.system.stamps import Dispersive
from circuitnn.system.system import System


@dataclass(frozen=True, eq=False)
class Linearised:
    """G·δx + C·dδx/dt = δb around a solution, inner unknowns of devices included.

    Parameters
    ----------
    starts, rows : ndarray of int32
        CSC pattern that both share.
    G, C : ndarray, shape (nonzeros,)
    dispersive : list of (positions, Dispersive)
        Entries of lines, which depend on the frequency otherwise than G + jωC.
    """

    starts: np.ndarray
    rows: np.ndarray
    G: np.ndarray
    C: np.ndarray
    dispersive: list[tuple[np.ndarray, Dispersive]]

    def entries(self, omega: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Positions, shape (k,), and values, shape (m, k), of what lines add at every ω [rad/s]."""
        positions = [np.zeros(0, np.int32), *(p for p, _ in self.dispersive)]
        values = [np.zeros((len(omega), 0), complex), *(d.at(omega) for _, d in self.dispersive)]
        return np.concatenate(positions), np.concatenate(values, axis=1)

    def solve(
        self, omega: np.ndarray, b: np.ndarray, transposed: bool = False, kept: np.ndarray | None = None
    ) -> np.ndarray:
        """Phasors at every ω [rad/s], of all unknowns or those kept; see `smallsignal.solve`."""
        return smallsignal.solve(
            self.starts, self.rows, self.G, self.C, omega, b, transposed, self.entries(omega), kept
        )


def linearise(system: System, x: np.ndarray, frozen: bool = False) -> Linearised:
    """Derivatives at a point.

    Parameters
    ----------
    system : System
    x : ndarray, shape (n + 1,)
        Ground is last.
    frozen : bool
        Keep states that operating points hold where they are, instead of letting them follow their rates.
    """
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
        for k, (row, column) in enumerate((*kernel.G_places, *kernel.C_places)):
            rows.append(nodes[row])
            columns.append(nodes[column])
            values.append(outputs[k])
            matrix.append(np.full(nodes.shape[1], int(k >= len(kernel.G_places))))
    shunt = np.asarray(system.assembly.shunt_view)[:-1]
    nodes = np.flatnonzero(shunt)
    rows.append(nodes)
    columns.append(nodes)
    values.append(shunt[nodes])
    matrix.append(np.zeros(len(nodes), dtype=int))
    joined = [np.concatenate(part) for part in (rows, columns, values, matrix)]
    if frozen:
        joined = _frozen(joined, [p.numbers for p in system.unknowns.states if p.state.hold])
    return _compressed(system, *joined)


def _frozen(entries: list[np.ndarray], states: list[np.ndarray]) -> list[np.ndarray]:
    """The entries with δx = 0 for the equations of some states."""
    held = np.concatenate([*states, np.zeros(0, dtype=np.int64)])
    kept = ~np.isin(entries[0], held)
    diagonal = (held, held, np.ones(len(held)), np.zeros(len(held), dtype=int))
    return [np.concatenate([part[kept], more]) for part, more in zip(entries, diagonal, strict=True)]


def _compressed(
    system: System, rows: np.ndarray, columns: np.ndarray, values: np.ndarray, matrix: np.ndarray
) -> Linearised:
    lines = system.lines.dispersive
    pattern = Pattern(
        system.n,
        np.concatenate([rows, *(d.rows for d in lines)]),
        np.concatenate([columns, *(d.columns for d in lines)]),
    )
    entries, *others = np.split(pattern.entries, np.cumsum([len(rows), *(len(d.rows) for d in lines)])[:-1])
    if not lines:
        entries, others = pattern.entries, []
    G, C = (
        np.bincount(
            entries[matrix == which], weights=values[matrix == which], minlength=pattern.nonzeros + 1
        )[: pattern.nonzeros]
        for which in (0, 1)
    )
    return Linearised(pattern.starts, pattern.indices, G, C, list(zip(others, lines, strict=True)))
