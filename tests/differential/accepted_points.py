"""Every accepted point of a transient: do currents and charges, evaluated anew, obey a formula of integration there?

Of f + dq/dt = 0 an accepted step keeps backward Euler's, the trapezoidal rule's or Gear's discrete form, one of them
for all equations at once. f and q come from outside: from equations written anew, or from the graph by numpy.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from circuitnn.circuit.circuit import Circuit
from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.expr import Expr
from circuitnn.operating_point.simulation import Simulation


class Sums(NamedTuple):
    """What the equations add up at each point, and the sums of the sizes; shape (points, equations)."""

    f: np.ndarray
    f_size: np.ndarray
    q: np.ndarray
    q_size: np.ndarray


def broken_steps(t: np.ndarray, sums: Sums, tolerance: float, least: float) -> list[tuple[int, int, float]]:
    """Steps that obey none of the formulas: number of the point, of the equation, and what is left of it.

    Parameters
    ----------
    tolerance : float
        Of the sum of the sizes of currents and of rates of charge.
    least : float
        [A]
    """
    broken = []
    for k in range(1, len(t)):
        left = _formulas(t, sums, k)
        h = t[k] - t[k - 1]
        size = sums.f_size[k] + (sums.q_size[k] + sums.q_size[k - 1]) / h
        ratio = np.abs(left) / (tolerance * size + least)
        best = int(np.argmin(ratio.max(axis=1)))
        worst = int(np.argmax(ratio[best]))
        if not ratio[best, worst] <= 1.0:
            broken.append((k, worst, float(left[best, worst])))
    return broken


def _formulas(t: np.ndarray, sums: Sums, k: int) -> np.ndarray:
    """What is left of each formula at a point, shape (formulas, equations)."""
    f, q = sums.f, sums.q
    h = t[k] - t[k - 1]
    moved = (q[k] - q[k - 1]) / h
    left = [moved + f[k], 2.0 * moved + f[k] + f[k - 1]]
    if k > 1:
        h1 = t[k - 1] - t[k - 2]
        before = (q[k - 1] - q[k - 2]) / h1
        left.append(moved + h / (h + h1) * (moved - before) + f[k])
    return np.array(left)


class Graph:
    """Devices of a circuit, whose equations numpy evaluates.

    Parameters
    ----------
    circuit : Circuit
    """

    def __init__(self, circuit: Circuit) -> None:
        simulation = Simulation(circuit.flat, circuit.options())
        self.placed = simulation.system.placed
        self.names = list(simulation.system.unknowns.names)
        self.gmin = circuit.options().gmin

    def sums(self, t: np.ndarray, x: np.ndarray, share: float) -> Sums:
        """Of devices alone.

        Parameters
        ----------
        x : ndarray, shape (points, unknowns)
        share : float
            Added to the sizes: so much of what the slopes make of the unknowns themselves, since these are known to
            a part of their size only.
        """
        made = Sums(*(np.zeros(x.shape) for _ in range(4)))
        grounded = np.column_stack([x, np.zeros(len(x))])
        for p in self.placed:
            values = {
                n: grounded[:, p.nodes[k]] for k, n in enumerate(p.kernel.inputs)
            }  # (points, instances)
            values |= {n: np.asarray(v)[None, :] for n, v in p.columns.items()}
            values |= {"time": t[:, None], "gmin": np.full((1, 1), self.gmin)}
            for name, expr in p.kernel.setup:
                values[name] = evaluate([expr], values)[0]
            values |= _paths(p.kernel.carried, values)
            for exprs, total, size in ((p.kernel.f, made.f, made.f_size), (p.kernel.q, made.q, made.q_size)):
                for row, value in zip(p.nodes, evaluate(exprs, values), strict=True):
                    self._add(row, value, total)
                    self._add(row, np.abs(value), size)
            for entries, size in ((p.kernel.G, made.f_size), (p.kernel.C, made.q_size)):
                slopes = evaluate([e for _, _, e in entries], values)
                for (row, column, _), slope in zip(entries, slopes, strict=True):
                    self._add(p.nodes[row], share * np.abs(slope * grounded[:, p.nodes[column]]), size)
        return made

    @staticmethod
    def _add(row: np.ndarray, value: np.ndarray, total: np.ndarray) -> None:
        value = np.broadcast_to(value, (len(total), len(row)))
        for instance in np.flatnonzero(row >= 0):
            total[:, row[instance]] += value[:, instance]


def _paths(carried: tuple[tuple[str, Expr], ...], values: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Memories that charges which hang on their way have at each point: what was at the point before."""
    before, exprs = {}, dict(carried)
    for k in range(len(carried) // 3):
        v, c = (np.asarray(a) for a in evaluate([exprs[f"_voltage{k}"], exprs[f"_capacitance{k}"]], values))
        v, c = np.broadcast_arrays(v, c)
        steps = (c[1:] + c[:-1]) * np.diff(
            v, axis=0
        )  # of the capacitance, its share in the mean of a step is kept
        charge = np.concatenate([np.zeros((1, v.shape[1])), np.cumsum(steps, axis=0)])
        for name, at in (("voltage", v), ("capacitance", c), ("charge", charge)):
            before[f"_{name}{k}"] = np.concatenate([at[:1], at[:-1]])
    return before
