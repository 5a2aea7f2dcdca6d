"""Which operating point is taken where a circuit has several."""

from __future__ import annotations

from typing import TYPE_CHECKING

from circuitnn.operating_point import implausible, stability

if TYPE_CHECKING:
    from circuitnn.operating_point.simulation import Simulation
    from circuitnn.operating_point.stability import GrowingModes


def prefer(simulation: Simulation, iterations: int) -> GrowingModes:
    """Move from the operating point at `x` to a nearer one, or from an unstable one to a stable one; notes say so.

    Parameters
    ----------
    simulation : Simulation
    iterations : int
        Newton iterations a solve may take.

    Returns
    -------
    GrowingModes
        How the circuit leaves the point where it then is.
    """
    implausible.come_nearer(simulation, iterations)
    return stability.leave(simulation, iterations)
