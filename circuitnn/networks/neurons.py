"""Neurons that integrate the current of a bit line: cells with a node ``in``."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from circuitnn.errors import AnalysisError
from circuitnn.machine.arguments import checked_arguments
from circuitnn.networks.kinds import Cell

INTEGRATE_AND_FIRE = """c1 in 0 {capacitance} ic={start}
r1 in 0 {resistance}
s1 in 0 in 0 discharge
s2 one out in 0 spike
r2 out 0 1meg
.model discharge sw(ron={width/(capacitance*ln(threshold/reset))} roff=1e12
+ vt={0.5*(threshold+reset)} vh={0.5*(threshold-reset)})
.model spike sw(ron=1 roff=1e12 vt={0.5*(threshold+reset)} vh={0.5*(threshold-reset)})"""


@checked_arguments
def integrate_and_fire(
    threshold: ArrayLike = 0.5,
    reset: ArrayLike = 0.05,
    resistance: ArrayLike = 100e3,
    capacitance: ArrayLike = 1e-12,
    width: ArrayLike = 2e-9,
    start: ArrayLike = 0.0,
) -> Cell:
    """Make a leaky integrate-and-fire neuron: a switch with hysteresis discharges a capacitor at the threshold.

    The current enters at its node ``in``, where the capacitor is. While the switch conducts, ``out`` is at 1 V, else at
    0 V: a rectangular spike, during which the neuron does not integrate.

    Parameters
    ----------
    threshold : array_like
        Voltage at which it fires. [V]
    reset : array_like
        Voltage at which the spike ends, above 0. [V]
    resistance : array_like
        The leak. [Ohm]
    capacitance : array_like
        [F]
    width : array_like
        Duration of a spike if no current enters, from which the switch's resistance follows. A current that keeps the
        switch above the reset makes it longer. [s]
    start : array_like
        Voltage at t = 0. [V]

    Returns
    -------
    Cell

    Raises
    ------
    AnalysisError
        A value is not positive, or the reset is not below the threshold.
    """
    given = {
        "threshold": threshold,
        "reset": reset,
        "resistance": resistance,
        "capacitance": capacitance,
        "width": width,
    }
    for name, values in given.items():
        if not np.all(np.asarray(values) > 0.0):
            raise AnalysisError(f"{name} = {values!r:.60}: must be positive")
    try:
        low, high = np.broadcast_arrays(reset, threshold)
    except ValueError:
        raise AnalysisError("reset and threshold: one for all neurons, or one for each, are needed") from None
    if not np.all(low < high):
        k = int(np.argmax(~(low < high)))
        raise AnalysisError(
            f"reset: {low.flat[k]:g} V is not below the threshold of {high.flat[k]:g} V, so that a spike would not end"
        )
    return Cell(INTEGRATE_AND_FIRE, {**given, "start": start}, 0.5, rails={"one": 1.0})
