"""The circuit linearised at a point: G and C as sparse matrices over all unknowns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from circuitnn.records import dataclass
from circuitnn.solvers.smallsignal import LITTLE, ROUNDING, Phasors
from circuitnn.system.exact_delays import dispersive
from circuitnn.system.pattern import Pattern
from circuitnn.system.spectral import spectral
from circuitnn.system.system import System
from circuitnn.system.triples import Dispersive, concatenated

if TYPE_CHECKING:
    from scipy.sparse import csc_array


@dataclass(frozen=True, eq=False)
class Response:
    """Phasors of the unknowns of a linearised circuit with a right-hand side."""

    phasors: Phasors
    lines: list[Dispersive]

    def at(self, omega: np.ndarray, kept: np.ndarray, out: np.ndarray) -> None:
        """Write the unknowns kept at every ω [rad/s] to `out`, shape (m, s); see `Phasors.at`."""
        omega = np.ascontiguousarray(omega, dtype=float)
        D = np.concatenate([np.zeros((len(omega), 0), complex), *(d.at(omega) for d in self.lines)], axis=1)
        self.phasors.at(omega, D, kept, out)


@dataclass(frozen=True, eq=False)
class Linearised:
    """G·δx + C·dδx/dt = δb around a solution, inner unknowns of devices included.

    Parameters
    ----------
    starts, rows : ndarray of int32
        CSC pattern of both G and C.
    G, C : ndarray, shape (nonzeros,)
    dispersive : list of (positions, Dispersive)
        Entries whose dependence on frequency is not G + jωC, such as those of lines.
    exact : bool
        Whether all elements are linear. Otherwise G and C are known only to the tolerance of the operating point, so
        that solutions need not be refined to rounding.
    names : sequence of str
        Names of the unknowns, for messages.
    """

    starts: np.ndarray
    rows: np.ndarray
    G: np.ndarray
    C: np.ndarray
    dispersive: list[tuple[np.ndarray, Dispersive]]
    exact: bool = True
    names: Sequence[str] = ()

    def response(self, b: np.ndarray, transposed: bool = False) -> Response:
        """Prepare the solution of (G + jωC + D)·x = b, or of the transposed system, at successive ω."""
        positions = concatenated([p for p, _ in self.dispersive], np.int32)
        good = ROUNDING if self.exact else LITTLE
        phasors = Phasors(self.starts, self.rows, self.G, self.C, b, transposed, positions, good, self.names)
        return Response(phasors, [d for _, d in self.dispersive])

    def static(self) -> np.ndarray:
        """G with the lines as they are at ω = 0, shape (nonzeros,)."""
        G = np.append(self.G, 0.0)  # the last is ground
        for positions, line in self.dispersive:
            np.add.at(G, positions, line.at(np.zeros(1))[0].real)
        return G[:-1]

    def dense(self) -> tuple[np.ndarray, np.ndarray]:
        """G with the lines as they are at ω = 0, and C, shape (n, n)."""
        n = len(self.starts) - 1
        column = np.repeat(np.arange(n), np.diff(self.starts))
        G, C = np.zeros((2, n, n))
        G[self.rows, column], C[self.rows, column] = self.static(), self.C
        return G, C

    def sparse(self) -> tuple[csc_array, csc_array]:
        """G with the lines as they are at ω = 0, and C, shape (n, n)."""
        from scipy.sparse import csc_array

        shape = (len(self.starts) - 1, len(self.starts) - 1)
        G, C = (csc_array((values, self.rows, self.starts), shape) for values in (self.static(), self.C))
        return G, C

    def solve(self, omega: np.ndarray, b: np.ndarray, transposed: bool = False) -> np.ndarray:
        """Phasors of all unknowns at every ω [rad/s], shape (m, n)."""
        x = np.empty((len(omega), len(b)), dtype=complex)
        self.response(b, transposed).at(omega, np.arange(len(b)), x)
        return x


class Point(NamedTuple):
    """The equations linearised at a point.

    Parameters
    ----------
    f, q : ndarray, shape (n,)
        Static residual and charges.
    G, C : scipy.sparse.csc_array, shape (n, n)
        ∂f/∂x and ∂q/∂x.
    """

    f: np.ndarray
    q: np.ndarray
    G: csc_array
    C: csc_array


def linearise(
    system: System,
    x: np.ndarray,
    shunt: np.ndarray | None = None,
    frozen: bool = False,
    t: float = 0.0,
    ac: bool = True,
) -> Linearised:
    """Linearise a system at a point.

    Parameters
    ----------
    system : System
    x : ndarray, shape (n + 1,)
        Ground is last.
    shunt : ndarray, shape (n + 1,), optional
        Conductances from the unknowns to ground: ties, gshunt. [S]
    frozen : bool
        Keep states that the operating point holds, and the resistances there, instead of
        letting states follow their rates and resistors use ``ac=``.
    t : float
        [s]
    ac : bool
        Whether resistors use ``ac=``, delays of devices are exact, and sources know the frequency.
    """
    lines = system.lines.dispersive + (dispersive(system.devices) + spectral(system, x, t) if ac else [])
    return _compressed(system, lines, *entries(system, x, shunt, frozen, t, ac))


def entries(
    system: System,
    x: np.ndarray,
    shunt: np.ndarray | None = None,
    frozen: bool = False,
    t: float = 0.0,
    ac: bool = True,
) -> list[np.ndarray]:
    """The entries that `linearise` sums: rows, columns (-1: ground), values, and 0 for G or 1 for C."""
    system.assembly.evaluate(x, t)
    parts = [(t.joined(), which) for which, t in enumerate((system.G, system.C))]
    if system.small.rows and ac and not frozen:
        parts.append((system.small.joined(), 0))
    places = device_places(system)
    rows, columns = ([entries[k] for entries, _ in parts] + [places[k]] for k in (0, 1))
    values = [entries[2] for entries, _ in parts] + [device_values(system)]
    matrix = [np.full(len(entries[0]), which) for entries, which in parts] + [places[2]]
    if shunt is not None:
        nodes = np.flatnonzero(shunt[:-1])
        rows.append(nodes)
        columns.append(nodes)
        values.append(shunt[nodes])
        matrix.append(np.zeros(len(nodes), dtype=int))
    joined = [np.concatenate(part) for part in (rows, columns, values, matrix)]
    if frozen:
        nodes = np.array([node - 1 for node in system.circuit.held], dtype=np.int64)
        joined = _frozen(joined, [nodes, *(p.numbers for p in system.unknowns.states if p.state.hold)])
    return joined


def device_places(system: System) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows and columns (-1: ground) of the derivatives of all devices, and 0 for G or 1 for C."""
    rows, columns, matrix = ([np.zeros(0, dtype=np.int64)] for _ in range(3))
    for c in system.condensed:
        kernel, nodes = c.placed.kernel, c.placed.nodes
        for k, (row, column) in enumerate((*kernel.G_places, *kernel.C_places)):
            rows.append(nodes[row])
            columns.append(nodes[column])
            matrix.append(np.full(nodes.shape[1], int(k >= len(kernel.G_places))))
    return np.concatenate(rows), np.concatenate(columns), np.concatenate(matrix)


def device_values(system: System) -> np.ndarray:
    """These derivatives at the point of the last evaluation."""
    values = [np.zeros(0)]
    for c, group in zip(system.condensed, system.groups, strict=True):
        kernel = c.placed.kernel
        first = len(kernel.f_rows) + len(kernel.q_rows)
        values.append(group.outputs[first : first + len(kernel.G_places) + len(kernel.C_places)].ravel())
    return np.concatenate(values)


def _frozen(entries: list[np.ndarray], states: list[np.ndarray]) -> list[np.ndarray]:
    """Replace the equations of some states by δx = 0."""
    held = concatenated(states, np.int64)
    kept = ~np.isin(entries[0], held)
    diagonal = (held, held, np.ones(len(held)), np.zeros(len(held), dtype=int))
    return [np.concatenate([part[kept], more]) for part, more in zip(entries, diagonal, strict=True)]


def _compressed(
    system: System,
    lines: list[Dispersive],
    rows: np.ndarray,
    columns: np.ndarray,
    values: np.ndarray,
    matrix: np.ndarray,
) -> Linearised:
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
    placed = list(zip(others, lines, strict=True))
    names = system.unknowns.names
    return Linearised(pattern.starts, pattern.indices, G, C, placed, system.assembly.linear, names)
