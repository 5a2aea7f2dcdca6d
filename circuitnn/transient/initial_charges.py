"""Charges that SPICE's own devices have at the start of a transient with uic.

A junction starts at the voltage between its device's terminals, whatever resistance lies between: at that of the
device's ``ic=``, otherwise at that of the nodes' ``.ic``. As in ngspice, initial voltages of capacitors charge no
device; the junction of a bipolar transistor's substrate and a power MOSFET's body diode start at 0 V, and so does all
of a MOSFET that is ``off``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from circuitnn.elements import element
from circuitnn.elements.device import Device
from circuitnn.equations.evaluate import evaluate
from circuitnn.models import named
from circuitnn.operating_point.simulation import Simulation
from circuitnn.system.derivatives import values_at
from circuitnn.system.groups import Placed


class Precharged(NamedTuple):
    """A table of devices and where it starts.

    Parameters
    ----------
    placed : Placed
    start : ndarray, shape (inputs, n)
        Local unknowns.
    """

    placed: Placed
    start: np.ndarray


def precharged(simulation: Simulation, nodes: np.ndarray) -> list[Precharged]:
    """Find where SPICE's own devices with charges start, and start the inner nodes in `simulation.x` there.

    Parameters
    ----------
    simulation : Simulation
    nodes : ndarray, shape (n + 1,)
        Voltages of the nodes' ``.ic``; ground is last.
    """
    charged = []
    for placed in simulation.system.devices:
        if placed.plain and placed.kernel.q_rows:
            start = _start(placed, nodes)
            inner = placed.nodes >= simulation.system.unknowns.first_inner
            simulation.x[placed.nodes[inner]] = start[inner]
            charged.append(Precharged(placed, start))
    return charged


def charge(simulation: Simulation, devices: list[Precharged], q: np.ndarray) -> None:
    """Add to the charges at `simulation.x`, shape (n + 1,), what the devices have more where they start."""
    for placed, start in devices:
        if np.array_equal(start, simulation.x[placed.nodes]):
            continue
        kernel = placed.kernel
        here = values_at(placed, simulation.system, simulation.x)
        there = here | dict(zip(kernel.inputs, start, strict=True))
        charges = [kernel.q[row] for row in kernel.q_rows]
        for row, before, after in zip(
            kernel.q_rows, evaluate(charges, here), evaluate(charges, there), strict=True
        ):
            np.add.at(q, placed.nodes[row], np.broadcast_to(after - before, start.shape[1]))
    q[-1] = 0.0


def _start(placed: Placed, nodes: np.ndarray) -> np.ndarray:
    """Local unknowns of the instances at the start, shape (inputs, n)."""
    model, columns = named(placed.name), placed.columns
    device = element(model.letter)
    assert isinstance(device, Device)
    local = dict(zip(placed.kernel.inputs, nodes[placed.nodes], strict=True))
    for name, plus, minus in device.initial:
        if name in columns and plus in local:
            specified = ~np.isnan(columns[name])
            local[plus] = np.where(specified, local[minus] + columns[name], local[plus])
    for inner, (outer, _) in model.collapse.items():
        local[inner] = local[outer]
    device.settle(local, columns)
    return np.array([local[name] for name in placed.kernel.inputs])
