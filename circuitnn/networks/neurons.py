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

REFRACTORY = """
s3 one rest in 0 charge
s4 in 0 rest out hold
c3 rest 0 1p ic=0
r3 rest 0 {(refractory+width/20)/(1p*ln(4))}
.model charge sw(ron={width/20p} roff=1e12 vt={0.5*(threshold+reset)} vh={0.5*(threshold-reset)})
.model hold sw(ron={1m*width/(capacitance*ln(threshold/reset))} roff=1e12 vt=0.5 vh=0.25)"""


@checked_arguments
def integrate_and_fire(
    threshold: ArrayLike = 0.5,
    reset: ArrayLike = 0.05,
    resistance: ArrayLike = 100e3,
    capacitance: ArrayLike = 1e-12,
    width: ArrayLike = 2e-9,
    start: ArrayLike = 0.0,
    refractory: ArrayLike = 0.0,
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
    refractory : array_like
        Time after a spike during which a second switch keeps the neuron discharged, whatever current enters; 0 for
        none, of all neurons or of none of them. [s]

    Returns
    -------
    Cell

    Raises
    ------
    AnalysisError
        A value is not positive, the reset is not below the threshold, or only some neurons have a refractory time.
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
    body, more = INTEGRATE_AND_FIRE, {"start": start}
    if np.any(np.asarray(refractory) != 0.0):
        if not np.all(np.asarray(refractory) > 0.0):
            raise AnalysisError(
                f"refractory = {refractory!r:.60}: must be positive for all neurons, or 0 for all of them"
            )
        body, more = body + REFRACTORY, {**more, "refractory": refractory}
    return Cell(body, {**given, **more}, 0.5, rails={"one": 1.0})
