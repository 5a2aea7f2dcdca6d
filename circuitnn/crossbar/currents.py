"""Currents of compact models from the voltages at their terminals and their states.

Results do not contain nodes inside devices; Kirchhoff's current law there determines them.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from circuitnn.crossbar.parts import Condensed
from circuitnn.equations.kernel import handle
from circuitnn.errors import AnalysisError, ConvergenceError
from circuitnn.models import Model

MAX_ITERATIONS = 200
VNTOL, RELTOL = 1e-12, 1e-10
# Slopes that should be 0 may be this part of the others.
NOTHING = 1e-9


class Currents:
    """Currents into the first terminal of instances of a model.

    Parameters
    ----------
    model : type of Model
    columns : ndarray, shape (columns, instances)
        The kernel's columns.
    merged : mapping of str to str
        Inner nodes merged with another node, in all these instances; see `merged_nodes`.
    gmin : float
        [S]
    """

    def __init__(
        self, model: type[Model], columns: np.ndarray, merged: Mapping[str, str], gmin: float
    ) -> None:
        self.model = model
        self.kernel = kernel = model.kernel()
        self.native = handle(kernel)
        self.columns = np.ascontiguousarray(columns)
        self.gmin = gmin
        inner = [kernel.inputs.index(name) for name in model.internal]
        # Outputs that are charges of inner nodes.
        self.charges = [len(kernel.f_rows) + k for k, row in enumerate(kernel.q_rows) if row in inner]
        # Each unknown's own number, or that of the unknown it is merged with.
        self.owner = list(range(len(kernel.inputs)))
        for name, other in merged.items():
            self.owner[kernel.inputs.index(name)] = kernel.inputs.index(other)
        self.inner = [k for k in inner if self.owner[k] == k]
        self.plus, self.minus = (kernel.inputs.index(name) for name in model.terminals[:2])
        # The current that enters the first terminal leaves by the second: no other terminal takes a current.
        self.passing = not {kernel.inputs.index(name) for name in model.terminals[2:]} & set(kernel.f_rows)
        self.loose = [kernel.inputs.index(s.name) for s in model.states if not s.hold]
        self._guess: np.ndarray | None = None

    def linearised(
        self, x: np.ndarray, low: np.ndarray | float = 0.0
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Currents into the first terminal, their slopes by its voltage, and currents out of the second terminal.

        All unknowns `x` are given. Inner unknowns follow the voltage; states that operating points hold do not. The
        two currents differ where a gate takes a current. `low`: rounding error of `x`. [A, S, A]
        """
        out = self.native.evaluate(np.ascontiguousarray(x), self.columns, (0.0, self.gmin))
        current, slope = self._passing(out, np.broadcast_to(low, x.shape))
        if self.passing:
            return current, slope, current
        return current, slope, -self._sum(out, self.minus)

    def _passing(self, out: np.ndarray, low: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Currents into the first terminal, corrected by the residuals of inner nodes, and their slopes. [A, S]

        A voltage difference across a large conductance is mostly rounding. Together with the residual currents at the
        nodes between the parts, the current is accurate.
        """
        parts, f = self._parts(out), self._lacking(out, [self.plus, self.minus, *self.inner], low)
        if parts is not None:
            return parts.current(f), parts.by_word
        follow = [*self.inner, *self.loose]
        slope = self._slope(out, self.plus, self.plus)
        current = f[0]
        if follow:
            lacking = self._lacking(out, follow, low)
            felt = np.array([self._slope(out, i, self.plus) for i in follow])
            moved = self._follow(out, follow, np.stack([felt, lacking], axis=2))
            back = np.array([self._slope(out, self.plus, i) for i in follow])[..., None]
            slope, current = (
                a - b for a, b in zip((slope, current), np.sum(back * moved, axis=0).T, strict=True)
            )
        return current, slope

    def _parts(self, out: np.ndarray) -> Condensed | None:
        """The instances as small networks; None if they are not."""
        if not self.passing or self.loose:
            return None
        nodes = [self.plus, self.minus, *self.inner]
        coupling = -np.array([[self._slope(out, i, j) for j in nodes] for i in nodes])
        size = np.abs(coupling).max(axis=(0, 1), initial=0.0)
        coupling[np.arange(len(nodes)), np.arange(len(nodes))] = 0.0
        return Condensed(np.maximum(coupling, 0.0)) if np.all(coupling >= -NOTHING * size) else None

    def _follow(self, out: np.ndarray, rows: list[int], right: np.ndarray) -> np.ndarray:
        """Solutions of the inner equations for right-hand sides of shape (rows, instances, sides)."""
        block = np.array([[self._slope(out, i, j) for j in rows] for i in rows])
        try:
            return np.linalg.solve(block.transpose(2, 0, 1), right.transpose(1, 0, 2)).transpose(1, 0, 2)
        except np.linalg.LinAlgError:
            raise ConvergenceError(
                f"the nodes inside {self.kernel.name} are not determined by those outside"
            ) from None

    def _lacking(self, out: np.ndarray, rows: list[int], low: np.ndarray) -> np.ndarray:
        """Residual f of unknowns, corrected for the rounding of all voltages."""
        residual = np.array([self._sum(out, row) for row in rows])
        for k, rest in enumerate(low):
            if np.any(rest):
                residual += np.array([self._slope(out, row, k) for row in rows]) * rest
        return residual

    def _unknown(self, why: str) -> AnalysisError:
        return AnalysisError(
            f"the current of {self.kernel.name} cannot be computed from voltages and states alone: it has {why}"
        )

    def at(
        self, x: np.ndarray, time: float, moving: bool = False, low: np.ndarray | float = 0.0
    ) -> np.ndarray:
        """Currents. [A]

        Parameters
        ----------
        x : ndarray, shape (inputs, instances)
            Voltages and states; those of inner nodes are found here.
        time : float
            [s]
        moving : bool
            Whether voltages change, so that inner charges matter.
        low : ndarray, shape (inputs, instances)
            Rounding error of the terminals' voltages.

        Raises
        ------
        AnalysisError
            If the current depends on memories, random numbers, or, in a transient, charges of inner nodes.
        ConvergenceError
            If the inner nodes are not found.
        """
        if self.model.memories or self.model.randoms:
            raise self._unknown("memories or random numbers")
        if self.inner:
            minus = min(1, x.shape[0] - 1)
            x[self.inner] = 0.5 * (x[self.plus] + x[minus]) if self._guess is None else self._guess
        for _ in range(MAX_ITERATIONS):
            for k, owner in enumerate(self.owner):
                if owner != k:
                    x[k] = x[owner]
            out = self.native.evaluate(np.ascontiguousarray(x), self.columns, (time, self.gmin))
            if moving and np.any(out[self.charges]):
                raise self._unknown("charge inside")
            if not self.inner:
                return self._passing(out, np.broadcast_to(low, x.shape))[0]
            step = self._step(out)
            if np.all(np.abs(step) <= VNTOL + RELTOL * np.abs(x[self.inner])):
                x[self.inner] += step  # the last step squares the error
                self._guess = x[self.inner]
                out = self.native.evaluate(np.ascontiguousarray(x), self.columns, (time, self.gmin))
                return self._passing(out, np.broadcast_to(low, x.shape))[0]
            x[self.inner] = _stopped(x[self.inner], step, x[[self.plus, self.minus]])
        raise ConvergenceError(f"the nodes inside {self.kernel.name} were not found from those outside")

    def _step(self, out: np.ndarray) -> np.ndarray:
        """Newton's step of the nodes inside. [V]"""
        parts = self._parts(out)
        if parts is None:
            lacking = np.array([self._sum(out, i) for i in self.inner])
            return -self._follow(out, self.inner, lacking[..., None])[..., 0]
        parts.current(np.array([self._sum(out, i) for i in (self.plus, self.minus, *self.inner)]))
        still = np.zeros(out.shape[1])
        return parts.inside(still, still)

    def _sum(self, out: np.ndarray, row: int) -> np.ndarray:
        """Residual f of an unknown, including those merged into it."""
        rows = self.kernel.f_rows
        chosen = [out[rows.index(k)] for k, owner in enumerate(self.owner) if owner == row and k in rows]
        return np.sum(chosen, axis=0) if chosen else np.zeros(out.shape[1])

    def _slope(self, out: np.ndarray, row: int, column: int) -> np.ndarray:
        base = len(self.kernel.f_rows) + len(self.kernel.q_rows)
        chosen = [
            out[base + k]
            for k, (i, j) in enumerate(self.kernel.G_places)
            if self.owner[i] == row and self.owner[j] == column
        ]
        return np.sum(chosen, axis=0) if chosen else np.zeros(out.shape[1])


def merged_nodes(
    model: type[Model], columns: Mapping[str, np.ndarray], count: int
) -> list[tuple[np.ndarray, dict[str, str]]]:
    """Group instances by their inner nodes; with each group, the nodes that its merged inner nodes coincide with.

    Parameters
    ----------
    columns : mapping of str to ndarray
        Parameters of `count` instances.
    """
    groups: list[tuple[np.ndarray, dict[str, str]]] = [(np.arange(count), {})]
    for inner, (other, parameter) in model.collapse.items():
        zero = np.broadcast_to(np.asarray(columns[parameter]) == 0.0, count)
        split = [(members[zero[members]], {**merged, inner: other}) for members, merged in groups]
        split += [(members[~zero[members]], merged) for members, merged in groups]
        groups = [(members, merged) for members, merged in split if len(members)]
    return groups


def _stopped(inner: np.ndarray, step: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Voltages after a step that stops where it leaves the range of the ends' voltages.

    The Newton step of a blocking junction may be hundreds of volts, from where a conducting junction returns by kT/q a
    step. A solution outside the range is reached by the next steps.
    """
    low, high, after = ends.min(axis=0), ends.max(axis=0), inner + step
    after = np.where((inner > low) & (after < low), low, after)
    return np.where((inner < high) & (after > high), high, after)
