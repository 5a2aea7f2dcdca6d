"""Cells of compact models as small networks: their inner nodes are eliminated without subtraction."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from circuitnn.crossbar.currents import merged_nodes
from circuitnn.crossbar.description import Array
from circuitnn.crossbar.line_elimination import Declined, columns_of, kernel_columns
from circuitnn.crossbar.parts import Condensed
from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.kernel import handle
from circuitnn.options import Options

# Currents and slopes that should be 0 may be this part of the others.
ROUNDING = 1e-9
# Steps of inner nodes below this, relative to the terminals' voltages, end their iteration; and its longest one.
SETTLED, MAX_SETTLING = 1e-13, 300
TERMINALS = 2


def cell_networks(array: Array, options: Options) -> list[CellNetworks]:
    """The devices of an array, in groups with the same inner nodes.

    Raises
    ------
    Declined
        For cells that are not networks of parts with their memories held.
    """
    model = array.made.model
    if model is None:
        return []
    kernel = model.kernel()
    if kernel.events or model.memories or model.randoms or kernel.time_dependent:
        raise Declined(f"{model.name} has events, memories, random numbers or depends on time")
    if model.nodesets:
        raise Declined(f"{model.name} gives initial values of nodes")
    if any(not s.hold for s in model.states):
        raise Declined(f"{model.name} has states in equilibrium")
    columns = columns_of(array.made, array.temp, options)
    spread = {name: np.broadcast_to(value, array.shape).ravel() for name, value in columns.items()}
    alive = np.flatnonzero(spread["multiplier"] > 0.0)
    collapsing = {p: spread[p][alive] for _, p in model.collapse.values()}
    groups = merged_nodes(model, collapsing, len(alive))
    return [CellNetworks(array, options, columns, alive[members], merged) for members, merged in groups]


class CellNetworks:
    """Devices linearised at their present voltages; the last axis of arrays counts devices.

    Nodes are numbered plus, minus, then inner ones.

    Parameters
    ----------
    array : Array
    options : Options
    columns : mapping of str to ndarray
        All parameters.
    at : ndarray of int
        Flat indices of the cells.
    merged : mapping of str to str
        Inner nodes merged with another node.
    """

    def __init__(
        self,
        array: Array,
        options: Options,
        columns: Mapping[str, np.ndarray],
        cells: np.ndarray,
        merged: Mapping[str, str],
    ) -> None:
        model = array.made.model
        assert model is not None
        self.at, self.gmin, self.name = cells, options.gmin, model.name
        self.kernel = kernel = model.kernel()
        self.native = handle(kernel)

        def chosen(values: np.ndarray | float) -> np.ndarray:
            return np.broadcast_to(np.asarray(values, dtype=float), array.shape).ravel()[cells]

        columns_at = [chosen(c) for c in kernel_columns(kernel, dict(columns))]
        self.columns = np.array(columns_at).reshape(len(columns_at), len(cells))
        self.x = np.zeros((len(kernel.inputs), len(cells)))
        for s in model.states:
            self.x[kernel.inputs.index(s.name)] = chosen(evaluate([s.start()], dict(columns))[0])
        plus, minus, *gate = model.terminals
        self.gates = [kernel.inputs.index(name) for name in gate]
        names = [plus, minus, *(n for n in model.internal if n not in merged)]
        self.nodes = {kernel.inputs.index(n): k for k, n in enumerate(names)}
        self.nodes |= {kernel.inputs.index(n): names.index(other) for n, other in merged.items()}
        self.count = len(names)

    def start(self, word: np.ndarray, bit: np.ndarray, gate: np.ndarray | float) -> np.ndarray:
        """Initial inner voltages: cell voltages divided according to the parts' conductances at 0 V. [V]"""
        at_rest, coupling = self.look(bit, bit, np.broadcast_to(bit, (self.count - 2, len(bit))), gate)
        parts = Condensed(coupling)
        parts.current(np.zeros_like(at_rest))
        return bit + parts.inside(word - bit, np.zeros_like(bit))

    def settled(
        self, word: np.ndarray, bit: np.ndarray, inner: np.ndarray, gate: np.ndarray | float
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Inner voltages by Kirchhoff's law inside each cell, from a guess, with what `look` says there. [V, A, S]

        Parts are passive: inner voltages lie between those of the terminals. Newton's method comes down an exponential
        by kT/q a step; between a single part and another one, bisection is quicker.
        """
        low, high = np.minimum(word, bit), np.maximum(word, bit)
        inner = np.clip(inner, low, high)
        f, coupling = self.look(word, bit, inner, gate)
        below, above, before = low, high, np.full(inner.shape, np.inf)
        small = SETTLED * (np.abs(low) + np.abs(high))
        for _ in range(MAX_SETTLING if self.count > TERMINALS else 0):
            step = self._step(f, coupling)
            after = inner + step
            if self.count == TERMINALS + 1:
                # the current out of the node rises with its voltage
                below, above = np.where(f[-1] <= 0.0, inner, below), np.where(f[-1] >= 0.0, inner, above)
                astray = (np.abs(step) > 0.5 * before) | (after < below) | (after > above)
                after = np.where(astray & (np.abs(step) > small), 0.5 * (below + above), after)
            after = np.clip(after, low, high)
            before = np.abs(after - inner)
            if np.all(before <= small):
                break
            inner = after
            f, coupling = self.look(word, bit, inner, gate)
        return inner, f, coupling

    def _step(self, f: np.ndarray, coupling: np.ndarray) -> np.ndarray:
        """Newton's step of the inner nodes while the terminals stay. [V]"""
        parts, still = Condensed(coupling), np.zeros(f.shape[1])
        parts.current(f)
        return parts.inside(still, still)

    def look(
        self, word: np.ndarray, bit: np.ndarray, inner: np.ndarray, gate: np.ndarray | float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Currents out of the nodes into the parts, and couplings −∂f_i/∂v_j. [A, S]

        Raises
        ------
        Declined
            If these are not those of a passive network.
        """
        kernel, n = self.kernel, self.count
        voltage = [word, bit, *inner]
        for row, node in self.nodes.items():
            self.x[row] = voltage[node]
        for row in self.gates:
            self.x[row] = gate
        out = self.native.evaluate(self.x, self.columns, (0.0, self.gmin))
        f, coupling = np.zeros((n, len(self.at))), np.zeros((n, n, len(self.at)))
        for k, row in enumerate(kernel.f_rows):
            if row in self.nodes:
                f[self.nodes[row]] += out[k]
            elif row in self.gates and np.any(out[k]):
                raise Declined(f"the gate of {self.name} takes a current")
        base = len(kernel.f_rows) + len(kernel.q_rows)
        for k, (i, j) in enumerate(kernel.G_places):
            if i in self.nodes and j in self.nodes and self.nodes[i] != self.nodes[j]:
                coupling[self.nodes[i], self.nodes[j]] -= out[base + k]
        size = np.abs(f).max(axis=0, initial=0.0)
        if not np.all(np.abs(f.sum(axis=0)) <= ROUNDING * size):
            raise Declined(
                f"what enters {self.name} does not leave at its other terminal, or is not a number"
            )
        if np.any(coupling < -ROUNDING * np.abs(coupling).max(axis=(0, 1), initial=0.0)):
            raise Declined(f"{self.name} has a negative differential resistance")
        return f, np.maximum(coupling, 0.0)
