"""Transients that come to a halt because a circuit diverges: lines transmit ever steeper edges that steps follow."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.errors import AnalysisError

if TYPE_CHECKING:
    from circuitnn._cext.transient import Transient
    from circuitnn.operating_point.simulation import Simulation

POINTS = 20_000  # points over which progress is measured
PROGRESS = 1e-2  # part of the whole time below which there is hardly any
LINES = "toyu"  # letters of transmission lines
BEYOND = 1e12  # voltages and currents that no circuit has [V, A]


class Stalling:
    """Watches the progress of a transient.

    Parameters
    ----------
    simulation : Simulation
    tstop : float
        [s]
    """

    def __init__(self, simulation: Simulation, tstop: float) -> None:
        self.simulation, self.tstop = simulation, tstop
        self.seen: deque[tuple[int, float]] = deque()

    def look(self, transient: Transient) -> None:
        """Note how far a transient is.

        Raises
        ------
        AnalysisError
            If it hardly goes on while something has become huge.
        """
        self.seen.append((transient.accepted, transient.t))
        while len(self.seen) > 1 and transient.accepted - self.seen[1][0] >= POINTS:
            self.seen.popleft()
        accepted, since = self.seen[0]
        count, gone = transient.accepted - accepted, transient.t - since
        if count < POINTS or gone > PROGRESS * self.tstop:
            return
        x = np.abs(transient.unknowns())
        unknowns = self.simulation.system.unknowns
        worst = max((k for k, kind in enumerate(unknowns.kinds) if kind != "notype"), key=lambda k: x[k])
        if not x[worst] > BEYOND:
            return
        lines = [
            name for table in self.simulation.circuit.elements if table.kind in LINES for name in table.names
        ]
        loop = f", perhaps through {lines[0]}," if lines else ""
        unit = "V" if unknowns.kinds[worst] == "voltage" else "A"
        raise AnalysisError(
            f"tran at t = {transient.t:.6g} s: the circuit diverges: {unknowns.names[worst]} is at {x[worst]:.3g} "
            f"{unit}, and the last {count:,d} steps went on by {gone:.3g} s only. Look for a loop{loop} whose gain is "
            "above 1"
        )
