"""Sources of noise in a circuit: which fluctuate at a point, how densely, and which equations they enter."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from circuitnn.elements import element
from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.expr import ONE
from circuitnn.flat import of_nodes
from circuitnn.records import dataclass, field
from circuitnn.simulation.simulation import Simulation
from circuitnn.system.derivatives import values_at
from circuitnn.system.groups import Placed


@dataclass(frozen=True, eq=False)
class Fluctuation:
    """Noise currents of one kind in several instances.

    Parameters
    ----------
    names : tuple of str, length n
        ``r1_thermal``, ``d1_id``.
    devices : tuple of str, length n
    plus, minus : ndarray of int, shape (n,)
        Equations between which the current flows; -1 is ground.
    white, flicker, exponent : ndarray, shape (n,)
        The density is white + flicker/f^exponent. [A²/Hz, A² Hz^(exponent - 1), 1]
    rows, factors : ndarray, shape (k, n), optional
        Equations that they enter, and times what, where these are others than `plus` and `minus`.
    """

    names: tuple[str, ...]
    devices: tuple[str, ...]
    plus: np.ndarray
    minus: np.ndarray
    white: np.ndarray
    flicker: np.ndarray
    exponent: np.ndarray
    rows: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), dtype=int))
    factors: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))

    def audible(self) -> Fluctuation:
        """Those of the instances that fluctuate at all."""
        some = np.flatnonzero((self.white != 0.0) | (self.flicker != 0.0))
        names, devices = (tuple(names[k] for k in some) for names in (self.names, self.devices))
        numbers = self.plus, self.minus, self.white, self.flicker, self.exponent
        more = (a[:, some] for a in (self.rows, self.factors)) if len(self.rows) else ()
        return Fluctuation(names, devices, *(a[some] for a in numbers), *more)


def fluctuations(simulation: Simulation) -> Iterator[Fluctuation]:
    """Noise currents of all elements and devices at the operating point."""
    system, options = simulation.system, simulation.options
    for table in simulation.circuit.elements:
        density = element(table.kind).noise(table, options.temp, options.tnom)
        if density is not None:
            plus, minus = of_nodes(table.nodes[:, :2]).T
            names = tuple(f"{name}_thermal" for name in table.names)
            none, one = np.zeros(len(names)), np.ones(len(names))
            yield Fluctuation(names, table.names, plus, minus, density, none, one)
            flicker = element(table.kind).flicker(
                table, _across(simulation, plus, minus), options.temp, options.tnom
            )
            if flicker is not None:
                names = tuple(f"{name}_1overf" for name in table.names)
                yield Fluctuation(names, table.names, plus, minus, none, *flicker)
    for condensed in system.condensed:
        yield from _of_devices(condensed.placed, simulation)


def _across(simulation: Simulation, plus: np.ndarray, minus: np.ndarray) -> np.ndarray:
    """Voltages between nodes at the operating point, shape (n,). [V]"""
    x = np.append(simulation.x, 0.0)  # ground last
    return x[plus] - x[minus]


def _of_devices(placed: Placed, simulation: Simulation) -> Iterator[Fluctuation]:
    inputs, noises = placed.kernel.inputs, placed.kernel.noises
    if not noises:
        return
    values = values_at(placed, simulation.system, simulation.x)
    n = len(placed.instances)
    for name, into, *expressions in noises:
        numbers = evaluate([*expressions, *(factor for _, factor in into)], values)
        densities, factors = np.split(np.array([np.broadcast_to(v, n) for v in numbers]), [3])
        white, flicker, exponent = densities
        rows = np.array([placed.nodes[inputs.index(target)] for target, _ in into])
        names = tuple(f"{instance}_{name}" for instance in placed.instances)
        if [factor for _, factor in into] == [ONE, -ONE]:
            yield Fluctuation(names, placed.instances, rows[0], rows[1], white, flicker, exponent)
        else:
            nowhere = np.full(n, -1)
            yield Fluctuation(
                names, placed.instances, nowhere, nowhere, white, flicker, exponent, rows, factors
            )
